"""The seconds of replays that people have really watched: parts of each file, and how many of a lesson.

Players report it, so whoever writes a request by hand can claim anything. One rule keeps that small. A person gains
at most FASTEST seconds of film in each second that passes, of all films together, and has at most AHEAD of that time
saved up, for reports that were late. `Progress.used_until` says up to which time it is used; what goes beyond is left
out, and what was watched before costs nothing. So in one second nobody gains more than four minutes, and an hour takes
them nearly half an hour, as it does somebody who watches at double speed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Max

from accounts.services.people import lock_people
from edu_platform.lib import periods
from replays.models import Progress, ReplayFile
from replays.watched_parts import Part, with_added, within
from schedule.hooks import watched, watched_listeners

# The fastest of the player's speeds (templates/replays/_player.html).
FASTEST = 2
# Reports come every ten seconds; one that did not arrive is made up for by the next.
AHEAD = dt.timedelta(minutes=2)


def keep_reported(
    person_id: int, file: ReplayFile, parts: Sequence[Part], *, at: dt.datetime
) -> None:
    """Add what a person's player reports of a film, as far as the time since then allows.

    Inside a transaction in which the person is locked (`watching.keep_progress`): two windows come one after the
    other, each sees what the other has kept, and the last one tells the whole.
    """
    row = Progress.objects.select_related("file__replay").get(user=person_id, file=file)
    used_until = max(_used_until(person_id) or at - AHEAD, at - AHEAD)
    free_s = max(int((at - used_until).total_seconds() * FASTEST), 0)
    known = parts_in(row)
    length_s = file.duration_s
    told = within(parts, length_s) if length_s else parts
    union = with_added(known, told, most_s=free_s)
    if gained_s := periods.length_s(union) - periods.length_s(known):
        row.used_until = used_until + dt.timedelta(seconds=gained_s / FASTEST)
        _save(row, union)


def _used_until(person_id: int) -> dt.datetime | None:
    """Return up to which time a person's reports have used it, of whatever film."""
    latest: dt.datetime | None = Progress.objects.filter(user=person_id).aggregate(
        latest=Max("used_until")
    )["latest"]
    return latest


@transaction.atomic
def keep_recorded(
    person_id: int, file: ReplayFile, parts: Sequence[Part], *, at: dt.datetime
) -> None:
    """Add when a person watched a signalling replay, as the cloud says it."""
    lock_people([person_id])
    Progress.objects.bulk_create(
        [Progress(user_id=person_id, file=file, position_s=0, updated_at=at)], ignore_conflicts=True
    )
    row = Progress.objects.select_related("file__replay").get(user=person_id, file=file)
    known = parts_in(row)
    union = with_added(known, parts, most_s=periods.length_s(periods.union(parts)))
    if union != known:
        row.updated_at = at
        _save(row, union)


def parts_in(row: Progress) -> list[Part]:
    return [(begin, end) for begin, end in row.watched]


def _save(row: Progress, union: Sequence[Part]) -> None:
    row.watched = union
    row.save(update_fields=["watched", "used_until", "updated_at"])
    lesson_id = row.file.replay.lesson_id
    if lesson_id is not None and watched_listeners:
        watched(lesson_id, row.user_id, seconds_of_lesson(lesson_id, row.user_id))


def seconds_of_lesson(lesson_id: int, person_id: int) -> int:
    """Return how many different seconds of a lesson a person has watched, of all files of its replays."""
    rows = Progress.objects.filter(user=person_id, file__replay__lesson=lesson_id)
    return seconds_watched(rows.select_related("file"))


def seconds_of_people(lesson_id: int, person_ids: Collection[int]) -> dict[int, int]:
    """Return the same for those of these people who have opened a replay of the lesson; one query."""
    rows = Progress.objects.filter(file__replay__lesson=lesson_id)
    rows_by_person: defaultdict[int, list[Progress]] = defaultdict(list)
    for row in rows.select_related("file"):
        rows_by_person[row.user_id].append(row)
    return {
        person_id: seconds_watched(rows_by_person[person_id])
        for person_id in rows_by_person.keys() & set(person_ids)
    }


def seconds_watched(rows: Iterable[Progress]) -> int:
    """Count the seconds of one lesson that these rows of one person have.

    Files that were recorded at the same time, as single streams and recordings beside each other are, show the same
    minutes of the class: what was watched is laid on the class's clock, and counts once. A file whose start the cloud
    does not tell has no place on that clock: its seconds are added.
    """
    on_clock: list[Part] = []
    elsewhere_s = 0
    for row in rows:
        parts = _parts_of_film(row)
        if row.file.started_at is None:
            elsewhere_s += periods.length_s(parts)
        else:
            start_s = int(row.file.started_at.timestamp())
            on_clock += [(start_s + begin, start_s + end) for begin, end in parts]
    return periods.length_s(periods.union(on_clock)) + elsewhere_s


def _parts_of_film(row: Progress) -> list[Part]:
    """Return the parts of the film; of a signalling replay the cloud tells how long, and not which.

    It counts as watched from its beginning: who sees a part of it twice is taken to go on, up to its length.
    """
    if not row.file.is_signalling:
        return parts_in(row)
    length_s = periods.length_s(parts_in(row))
    return [(0, min(length_s, row.file.duration_s or length_s))]
