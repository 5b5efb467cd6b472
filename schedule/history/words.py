"""Changes of lessons in words: what happened, and what was and is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.moments import weekday_label
from edu_platform.lib.natural_order import sorted_names, sorted_people
from schedule.enums import ChangeKind, RecordMode, RoomType
from schedule.history.telling_rules import TOLD_KINDS
from schedule.models import Lesson, LessonSnapshot, kinds_between, topic_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a change made another: its name, and what it was and is."""

    kind: ChangeKind
    what: str
    before: str
    after: str

    @property
    def text(self) -> str:
        values = {"what": self.what, "before": self.before, "after": self.after}
        return _("%(what)s: %(before)s → %(after)s") % values


def differences(before: LessonSnapshot | None, after: LessonSnapshot | None) -> list[Difference]:
    """Return what a change made another, in the language of the page.

    What it did to the lesson as a whole (planned, published, cancelled, restored, deleted) is no difference.
    """
    if before is None or after is None:
        return []
    return [
        Difference(kind, _name_of(kind), _TEXTS[kind](before), _TEXTS[kind](after))
        for kind in kinds_between(before, after)
        if kind in _TEXTS
    ]


def told_differences(
    before: LessonSnapshot | None, after: LessonSnapshot | None
) -> list[Difference]:
    """Those of which people are told; the others are for planners, and for the lesson's page."""
    return [
        difference for difference in differences(before, after) if difference.kind in TOLD_KINDS
    ]


def _name_of(kind: ChangeKind) -> str:
    return _("Time") if kind is ChangeKind.MOVED else str(kind.label)


def start_text(starts_at: dt.datetime) -> str:
    """Return when a lesson starts, in the school's time."""
    start = timezone.localtime(starts_at)
    return f"{start:%Y-%m-%d} {weekday_label(start.date())} {start:%H:%M}"


def period_text(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """Return when a lesson is, in the school's time; its end with its own day when that is another."""
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start_text(starts_at)}–{until}"


def lesson_text(lesson: Lesson | LessonSnapshot) -> str:
    """The course, and the title when that says more."""
    topic = topic_of(lesson.title, lesson.course.name)
    return f"{lesson.course.name} · {topic}" if topic else lesson.course.name


def names_text(names: Iterable[str]) -> str:
    return "、".join(names) or NOTHING


def class_groups_text(lesson: LessonSnapshot) -> str:
    """Name its class groups in the order of their names; a snapshot has them in that of their keys."""
    return names_text(sorted_names(group.name for group in lesson.class_groups))


def _download_text(snapshot: LessonSnapshot) -> str:
    return _allowed_text(snapshot.students_may_download)


def _families_text(snapshot: LessonSnapshot) -> str:
    return _allowed_text(snapshot.families_may_watch)


def _allowed_text(allowed: bool | None) -> str:  # noqa: FBT001 -- a value, as it is stored
    if allowed is None:
        return _("as the school's settings say")
    return _("Yes") if allowed else _("No")


_TEXTS: Mapping[ChangeKind, Callable[[LessonSnapshot], str]] = {
    ChangeKind.MOVED: lambda snapshot: period_text(snapshot.starts_at, snapshot.ends_at),
    ChangeKind.COURSE: lambda snapshot: snapshot.course.name,
    ChangeKind.TITLE: lambda snapshot: topic_of(snapshot.title, snapshot.course.name) or NOTHING,
    ChangeKind.TEACHER: lambda snapshot: snapshot.teacher.name,
    ChangeKind.ASSISTANTS: lambda snapshot: names_text(
        sorted_people(user.name for user in snapshot.assistants)
    ),
    ChangeKind.CLASS_GROUPS: class_groups_text,
    ChangeKind.ROOM_TYPE: lambda snapshot: str(RoomType(snapshot.room_type).label),
    ChangeKind.RECORDING: lambda snapshot: str(RecordMode(snapshot.record_mode).label),
    ChangeKind.DOWNLOAD: _download_text,
    ChangeKind.FAMILIES: _families_text,
    ChangeKind.OVERLAP: lambda snapshot: snapshot.overlap_reason or NOTHING,
}
