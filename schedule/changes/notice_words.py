"""Texts of the notices about changes of the timetable, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.notice_kinds import NoticeWords
from edu_platform.lib.formatting import followed_by
from schedule.changes.notices import (
    LESSON_GONE_NOTICE,
    LESSON_NOTICE,
    LESSONS_NOTICE,
    LessonNews,
    LessonsNews,
)
from schedule.enums import ChangeKind, NewsKind, Part
from schedule.history.words import lesson_text, period_text, told_differences
from schedule.models import LessonSnapshot


def _one_in_words(kept: Mapping[str, Any]) -> Mapping[str, object]:
    told = LessonNews.read(kept)
    text = _SENTENCES[told.news](told.before, told.after, told.part)
    return {"text": _with_reasons(text, told.reasons)}


def _several_in_words(kept: Mapping[str, Any]) -> Mapping[str, object]:
    told = LessonsNews.read(kept)
    if told.are_new:
        text = ngettext(
            "%(count)s new lesson in your timetable.",
            "%(count)s new lessons in your timetable.",
            told.count,
        )
    else:
        text = ngettext(
            "%(count)s lesson of yours has changed.",
            "%(count)s lessons of yours have changed.",
            told.count,
        )
    return {"text": _with_reasons(text % {"count": told.count}, told.reasons)}


def _with_reasons(text: str, reasons: Sequence[str]) -> str:
    reason = pgettext("between differences", "; ").join(reasons)
    return followed_by(text, _("Reason: %(reason)s") % {"reason": reason}) if reason else text


Side = LessonSnapshot | None


def _new(_before: Side, after: Side, part: Part) -> str:
    if part is Part.TEACHER:
        text = _("New lesson for you to teach: %(lesson)s, %(period)s.")
    elif part is Part.ASSISTANT:
        text = _("New lesson for you to assist in: %(lesson)s, %(period)s, taught by %(teacher)s.")
    else:
        text = _("New in your timetable: %(lesson)s, %(period)s, taught by %(teacher)s.")
    return text % _about(after)


def _gained(before: Side, after: Side, part: Part) -> str:
    if part is Part.TEACHER:
        text = _("You now teach %(lesson)s, %(period)s, in place of %(other)s.")
    elif part is Part.ASSISTANT:
        text = _("You now assist in %(lesson)s, %(period)s, taught by %(teacher)s.")
    else:
        return _new(before, after, part)
    return text % {**_about(after), "other": "" if before is None else before.teacher.name}


def _lost(before: Side, after: Side, part: Part) -> str:
    if part is Part.TEACHER:
        text = _("%(other)s now teaches %(lesson)s, %(period)s, in your place.")
    elif part is Part.ASSISTANT:
        text = _("You no longer assist in %(lesson)s, %(period)s.")
    else:
        text = _("No longer in your timetable: %(lesson)s, %(period)s.")
    return text % {**_about(before), "other": "" if after is None else after.teacher.name}


def _cancelled(before: Side, _after: Side, _part: Part) -> str:
    return _("Cancelled: %(lesson)s, %(period)s.") % _about(before)


def _deleted(before: Side, _after: Side, _part: Part) -> str:
    return _("Deleted from the timetable: %(lesson)s, %(period)s.") % _about(before)


def _restored(_before: Side, after: Side, _part: Part) -> str:
    return _("Takes place after all: %(lesson)s, %(period)s.") % _about(after)


def _changed(before: Side, after: Side, _part: Part) -> str:
    found = told_differences(before, after)
    about = _about(before)
    moves = [each for each in found if each.kind is ChangeKind.MOVED]
    if moves == found:
        period = {"before": moves[0].before, "after": moves[0].after}
        return _("Moved: %(lesson)s, from %(before)s to %(after)s.") % {**about, **period}
    if not moves:
        about["lesson"] = _("%(lesson)s, %(period)s") % about
    what = pgettext("between differences", "; ").join(each.text for each in found)
    return _("Changed: %(lesson)s. %(differences)s.") % {**about, "differences": what}


def _about(side: Side) -> dict[str, str]:
    if side is None:
        raise ValueError("a notice of a lesson that never was")
    return {
        "lesson": lesson_text(side),
        "period": period_text(side.starts_at, side.ends_at),
        "teacher": side.teacher.name,
    }


_SENTENCES: Mapping[NewsKind, Callable[[Side, Side, Part], str]] = {
    NewsKind.NEW: _new,
    NewsKind.GAINED: _gained,
    NewsKind.RESTORED: _restored,
    NewsKind.CHANGED: _changed,
    NewsKind.CANCELLED: _cancelled,
    NewsKind.DELETED: _deleted,
    NewsKind.LOST: _lost,
}

NOTICES = {
    LESSON_NOTICE: NoticeWords("%(text)s", gettext_lazy("To the lesson"), _one_in_words),
    LESSON_GONE_NOTICE: NoticeWords("%(text)s", gettext_lazy("To the week"), _one_in_words),
    LESSONS_NOTICE: NoticeWords("%(text)s", gettext_lazy("To the list"), _several_in_words),
}
