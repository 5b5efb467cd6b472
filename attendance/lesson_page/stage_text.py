"""Tell in sentences how far the attendance of a lesson is: what happened, and what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.counting.stages import statistics_of
from attendance.enums import AttendanceStage, MissingReason
from attendance.formulas import moment_of
from attendance.lengths import length_text
from attendance.models import LessonAttendance
from attendance.state_words import rules_in_words
from edu_platform.lib.formatting import (
    followed_by,
    listed,
    moment_text,
    next_moment_text,
    time_text,
)
from edu_platform.lib.periods import Period
from schedule.lessons.begun import is_begun, is_over
from schedule.models import Lesson, Room


@dataclass(frozen=True, slots=True)
class StageText:
    # The stage in a word, for who sees nothing else; empty where it is final.
    mark: str = ""
    sentences: list[str] = field(default_factory=list)
    # How each room stands, where that matters.
    rooms: list[str] = field(default_factory=list)
    held: str = ""
    rules: str = ""


def stage_text_of(
    lesson: Lesson, row: LessonAttendance | None, rooms: Collection[Room], at: dt.datetime
) -> StageText:
    """Tell how far a lesson is; its rooms were read with their statistics."""
    if row is None or row.stage == AttendanceStage.TO_COME:
        return _not_counted(lesson, rooms, at)
    if row.stage == AttendanceStage.NOT_HELD:
        return _not_held(lesson)
    held = _("Held %(periods)s, %(length)s.") % {
        "periods": _periods_text(lesson, row),
        "length": length_text(row.held_s),
    }
    sentences = [_at_another_time(lesson)] if row.is_at_another_time else []
    if row.is_final:
        return StageText(sentences=sentences, held=held, rules=rules_in_words(row.rules))
    sentences.append(
        _("Not certain yet: until every room of this class has answered, nobody counts as absent.")
    )
    room_texts = [_room_text(room, at, is_only=len(rooms) == 1) for room in rooms]
    return StageText(
        mark=str(AttendanceStage.PROVISIONAL.label),
        sentences=sentences,
        rooms=[text for text in room_texts if text],
        held=held,
        rules=rules_in_words(row.rules),
    )


def _not_counted(lesson: Lesson, rooms: Collection[Room], at: dt.datetime) -> StageText:
    """Tell what comes of a class that is not over, or of which nothing was collected."""
    mark = str(AttendanceStage.TO_COME.label)
    if lesson.is_cancelled:
        return _not_held(lesson)
    if any(is_begun(room) and not is_over(room) for room in rooms):
        sentence = _("The class goes on. Who was there stands here soon after its end.")
    elif lesson.ends_at > at or any(room.is_current and room.is_open for room in rooms):
        sentence = _("The class is still to come. Who was there stands here soon after its end.")
    else:
        mark = ""
        sentence = _(
            "Nothing is known of this class yet. After a class that has just ended it takes a moment; of older ones nothing is collected unless the school's operator has it done."
        )
    return StageText(mark=mark, sentences=[sentence])


def _not_held(lesson: Lesson) -> StageText:
    if lesson.is_cancelled:
        sentence = _("The lesson was cancelled: nobody was there, and nobody was absent.")
    else:
        sentence = _("The class was never held: nobody was there, and nobody was absent.")
    return StageText(mark=str(AttendanceStage.NOT_HELD.label), sentences=[sentence])


def _periods_text(lesson: Lesson, row: LessonAttendance) -> str:
    day = timezone.localdate(lesson.starts_at)
    return listed(_period_text(period, day) for period in row.held_periods)


def _period_text(period: Period, day: dt.date) -> str:
    """Return a period without its day, where that is the lesson's."""
    start, end = (timezone.localtime(moment_of(second)) for second in period)
    shown_day = "" if start.date() == end.date() == day else f"{start:%Y-%m-%d} "
    return f"{shown_day}{start:%H:%M}–{end:%H:%M}"


def _at_another_time(lesson: Lesson) -> str:
    return _(
        "The class was held at another time than planned (%(planned)s): what counts is when it really was."
    ) % {"planned": f"{time_text(lesson.starts_at)}–{time_text(lesson.ends_at)}"}


def _room_text(room: Room, at: dt.datetime, *, is_only: bool) -> str:
    """Return how a room stands; empty for one in which nobody ever was, nor can come any more."""
    sentence = _state_of_room(room, at)
    if is_only or not sentence:
        return sentence
    return _("Room %(number)s: %(said)s") % {"number": room.room_id, "said": sentence}


def _state_of_room(room: Room, at: dt.datetime) -> str:
    if not is_begun(room):
        opened = room.is_current and room.is_open
        return _("The lesson was opened again: its class is still to come.") if opened else ""
    if not is_over(room):
        return _("The class goes on.")
    statistics = statistics_of(room)
    if statistics is None:
        return _("The class has ended; the classroom service is asked in a moment.")
    if statistics.has_told_all:
        return _("It has answered.")
    if statistics.missing_reason:
        reason = str(MissingReason(statistics.missing_reason).label)
        return followed_by(reason, _("It is not asked any more: correct by hand what is known."))
    if statistics.statistics_at is not None:
        return _("It has told of some people only; asked again at %(next)s.") % {
            "next": next_moment_text(statistics.due_at or at, at)
        }
    return _("No answer since the class ended at %(ended)s; asked again at %(next)s.") % {
        "ended": moment_text(statistics.ended_at, at),
        "next": next_moment_text(statistics.due_at or at, at),
    }
