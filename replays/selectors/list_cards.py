"""Cards of the list: a picture, the length, and how far the person has watched, beside the cells of the row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.moments import recent_text
from replays.models import Progress, Replay
from replays.models.watching import GOES_ON_FROM_S, is_seen
from replays.selectors.details import overlap
from replays.wording import length_text
from schedule.courses.colours import colour_of
from schedule.enums import CourseColour
from schedule.hooks import lesson_pictures

COLUMNS = ("lesson__course__name", "lesson__course__colour")
# On a card of a class that belongs to no course.
NO_COURSE = "▶"


class FileFacts(NamedTuple):
    """A file, as much as the list knows of it."""

    replay_id: int
    size_bytes: int | None
    pk: int
    duration_s: int | None
    started_at: dt.datetime | None
    stopped_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    # Its address; empty: the course's colour and sign stand there alone.
    picture: str
    colour: int
    sign: str
    length: str
    # How far the person has watched, from 0 to 100.
    percent: int
    # What of its class, when, and how far it was watched.
    facts: tuple[str, ...]


def with_card_facts(
    replays: QuerySet[Replay], *, user_id: int, viewer_id: int | None, at: dt.datetime
) -> QuerySet[Replay]:
    """Replays with what their cards follow from; the viewer is None for one who sees all lessons."""
    pictures = {
        f"picture_{place}": made.facts(viewer_id, at) for place, made in enumerate(lesson_pictures)
    }
    return replays.select_related("lesson__course").annotate(**pictures, places=places_of(user_id))


def places_of(user_id: int) -> Subquery:
    """Read where the person stopped in each file of a replay."""
    places = Progress.objects.filter(user=user_id, file__replay=OuterRef("pk"))
    return lines_of(places, "file_id", "position_s", of="file__replay")


def card_of(
    replay: Replay, files: Sequence[FileFacts], class_groups: Collection[str], at: dt.datetime
) -> Card:
    """The card of a replay that was read `with_card_facts`; of which class groups, where that is to be said."""
    course = replay.lesson.course if replay.lesson else None
    whole = _without_those_beside(files)
    length_s = sum(file.duration_s or 0 for file in whole)
    stops = cells_in(replay.places)  # type: ignore[attr-defined] # annotated
    places: dict[int, int] = dict(stops)
    watched_s = sum(_watched_s(file, places) for file in whole)
    has_seen = bool(whole) and watched_s >= length_s > 0
    when = recent_text(replay.made_at or replay.planned_start, at)
    about = (course.name if course else "", *class_groups, when)
    return Card(
        picture=_picture_of(replay),
        colour=colour_of(course.name, course.colour) if course else CourseColour.GREY,
        sign=course.name[:1] if course else NO_COURSE,
        length=length_text(length_s) if length_s else "",
        percent=100 * watched_s // length_s if length_s else 0,
        facts=tuple(filter(None, (*about, _watched_text(watched_s, length_s, has_seen=has_seen)))),
    )


def _picture_of(replay: Replay) -> str:
    facts = (
        (made, getattr(replay, f"picture_{place}")) for place, made in enumerate(lesson_pictures)
    )
    return next(filter(None, (made.address(read) for made, read in facts)), "")


def _without_those_beside(files: Sequence[FileFacts]) -> list[FileFacts]:
    """Leave out files that run beside earlier ones: merged recordings show the same class once more."""
    whole: list[FileFacts] = []
    for file in files:
        if not any(overlap(file, other) for other in whole):
            whole.append(file)
    return whole


def _watched_s(file: FileFacts, places: Mapping[int, int]) -> int:
    position_s = places.get(file.pk, 0)
    if is_seen(position_s, file.duration_s):
        return file.duration_s or 0
    return position_s if position_s >= GOES_ON_FROM_S else 0


def _watched_text(watched_s: int, length_s: int, *, has_seen: bool) -> str:
    if has_seen:
        return f"✓ {_('seen')}"
    if not watched_s or not length_s:
        return ""
    times = {"place": length_text(watched_s), "length": length_text(length_s)}
    return _("watched to %(place)s of %(length)s") % times
