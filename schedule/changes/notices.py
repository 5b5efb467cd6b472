"""Notices about changes of the timetable: what they keep in the database, as values, and their texts by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.notice_kinds import NoticeWords
from edu_platform.lib.formatting import followed_by
from schedule.enums import ChangeKind, NewsKind, Part
from schedule.history.words import lesson_text, period_text, told_differences
from schedule.models import LessonSnapshot

# A change of one lesson: of one that the person still sees, and of one that they do not.
LESSON_NOTICE = "schedule.lesson_changed"
LESSON_GONE_NOTICE = "schedule.lesson_gone"
# Several of theirs by one action.
LESSONS_NOTICE = "schedule.lessons_changed"
NOTICE_KINDS = (LESSON_NOTICE, LESSON_GONE_NOTICE, LESSONS_NOTICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonNews:
    """The news of one lesson for a person, with the part that they had in it and the one that they have."""

    # The change since which they had not heard of the lesson.
    change_id: int
    # Why it was done, each reason once; the latest last.
    reasons: tuple[str, ...]
    news: NewsKind
    before: LessonSnapshot | None
    after: LessonSnapshot | None
    was: Part | None
    becomes: Part | None

    @property
    def change_ids(self) -> tuple[int, ...]:
        return (self.change_id,)

    @property
    def part(self) -> Part:
        """Return the part in the lesson by which the person hears of it."""
        part = self.becomes or self.was
        if part is None:
            raise ValueError("news for somebody who has nothing to do with the lesson")
        return part

    @property
    def sentence(self) -> str:
        """Return it in words, without the reasons."""
        return _SENTENCES[self.news](self.before, self.after, self.part)

    def without(self, change_ids: Collection[int]) -> Self | None:
        """Return what is left without the lesson of one of these changes: all of it, or nothing."""
        return None if self.change_id in change_ids else self

    def kept(self) -> dict[str, Any]:
        """As JSON, in which the present part is called `is`."""
        return {
            "changes": [self.change_id],
            "reasons": list(self.reasons),
            "news": str(self.news),
            "before": None if self.before is None else self.before.kept(),
            "after": None if self.after is None else self.after.kept(),
            "was": _written(self.was),
            "is": _written(self.becomes),
        }

    @classmethod
    def read(cls, contents: Mapping[str, Any]) -> Self:
        (change_id,) = contents["changes"]
        return cls(
            change_id=change_id,
            reasons=tuple(contents["reasons"]),
            news=NewsKind(contents["news"]),
            before=_snapshot(contents["before"]),
            after=_snapshot(contents["after"]),
            was=_part(contents["was"]),
            becomes=_part(contents["is"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonsNews:
    """The news of several lessons for a person, of which the notice says how many they are."""

    # For each lesson, the change since which they had not heard of it.
    change_ids: tuple[int, ...]
    reasons: tuple[str, ...]
    are_new: bool

    @property
    def count(self) -> int:
        return len(self.change_ids)

    def without(self, change_ids: Collection[int]) -> Self | None:
        """Return what is left without the lessons of these changes, if anything."""
        left = tuple(pk for pk in self.change_ids if pk not in change_ids)
        return replace(self, change_ids=left) if left else None

    def kept(self) -> dict[str, Any]:
        """As JSON, with the count, from which earlier releases made the sentence."""
        return {
            "changes": list(self.change_ids),
            "reasons": list(self.reasons),
            "count": self.count,
            "are_new": self.are_new,
        }

    @classmethod
    def read(cls, contents: Mapping[str, Any]) -> Self:
        return cls(
            change_ids=tuple(contents["changes"]),
            reasons=tuple(contents["reasons"]),
            are_new=contents["are_new"],
        )


def read_news(kind: str, contents: Mapping[str, Any]) -> LessonNews | LessonsNews:
    """Read the contents of a notice of one of `NOTICE_KINDS`."""
    return LessonsNews.read(contents) if kind == LESSONS_NOTICE else LessonNews.read(contents)


def _written(part: Part | None) -> str:
    return "" if part is None else str(part)


def _part(written: str) -> Part | None:
    return Part(written) if written else None


def _snapshot(contents: Mapping[str, Any] | None) -> LessonSnapshot | None:
    return None if contents is None else LessonSnapshot.read(contents)


def _one_in_words(contents: Mapping[str, Any]) -> Mapping[str, object]:
    lesson_news = LessonNews.read(contents)
    return {"text": with_reasons(lesson_news.sentence, lesson_news.reasons)}


def _several_in_words(contents: Mapping[str, Any]) -> Mapping[str, object]:
    lessons_news = LessonsNews.read(contents)
    if lessons_news.are_new:
        text = ngettext(
            "%(count)s new lesson in your timetable.",
            "%(count)s new lessons in your timetable.",
            lessons_news.count,
        )
    else:
        text = ngettext(
            "%(count)s lesson of yours has changed.",
            "%(count)s lessons of yours have changed.",
            lessons_news.count,
        )
    return {"text": with_reasons(text % {"count": lessons_news.count}, lessons_news.reasons)}


def with_reasons(text: str, reasons: Sequence[str]) -> str:
    """Return a sentence, and after it why it was done, if anybody said so."""
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
    differences = told_differences(before, after)
    about = _about(before)
    moves = [difference for difference in differences if difference.kind is ChangeKind.MOVED]
    if moves == differences:
        period = {"before": moves[0].before, "after": moves[0].after}
        return _("Moved: %(lesson)s, from %(before)s to %(after)s.") % {**about, **period}
    if not moves:
        about["lesson"] = _("%(lesson)s, %(period)s") % about
    what = pgettext("between differences", "; ").join(difference.text for difference in differences)
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
