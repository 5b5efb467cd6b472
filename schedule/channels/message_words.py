"""The text of a message to a group: plain, in the school's language, as short as the smallest robot takes."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import in_parts, listed
from schedule.enums import ChangeKind
from schedule.history.personal_news import NetChange, known
from schedule.history.words import class_groups_text, lesson_text, period_text, told_differences
from schedule.models import LessonChange, LessonSnapshot, PlanningAction

# WeCom takes texts of this size; DingTalk and Feishu take ten times as much.
MESSAGE_BYTES_AT_MOST = 2048
# A message names the first so many lessons of a batch.
LESSONS_NAMED = 5
# Robots may be told to take nothing without a keyword: this one stands in each message, in every language.
KEYWORD = "课程表"


def message_text(
    action: PlanningAction, lessons: Mapping[str, GroupNews], *, is_deleted: bool
) -> str:
    """Return what an action did to these lessons; `is_deleted` when the only one of them has no page any more."""
    with translation.override(settings.LANGUAGE_CODE):
        if len(lessons) == 1:
            ((code, news),) = lessons.items()
            lines = _single(news)
            path = _change_path(action) if is_deleted else _lesson_path(code)
        else:
            lines, path = _batch(list(lessons.values())), _change_path(action)
        if action.reason:
            lines.append(_("Why: %(reason)s") % {"reason": action.reason})
        return _fitted(lines, settings.PUBLIC_BASE_URL + path)


def alarm_text(lines: list[str], path: str) -> str:
    """Return a message of these lines, already in the school's language, that leads to a page of ours."""
    first, *others = lines
    return _fitted([f"{_head()} {first}", *others], settings.PUBLIC_BASE_URL + path)


def trial_text(*, class_group_name: str, school_name: str) -> str:
    """Return the text that a new channel is tried with."""
    with translation.override(settings.LANGUAGE_CODE):
        sentence = (
            _("Test: changes of the lessons of %(class_group)s will be told here.")
            % {"class_group": class_group_name}
            if class_group_name
            else _("Test: changes of all lessons of the school will be told here.")
        )
        return _fitted([f"{_head()} {school_name}", sentence], settings.PUBLIC_BASE_URL)


def _head() -> str:
    return f"【{KEYWORD}】" if settings.LANGUAGE_CODE != "en" else f"【{KEYWORD} Timetable】"


def _single(news: GroupNews) -> list[str]:
    snapshot = news.after or news.before
    if snapshot is None:
        return []
    lines = [
        f"{_head()} {lesson_text(snapshot)}",
        _("Class groups: %(names)s") % {"names": class_groups_text(snapshot)},
        _("What: %(what)s") % {"what": _what(news)},
    ]
    if ChangeKind.MOVED not in news.kinds:
        period = period_text(snapshot.starts_at, snapshot.ends_at)
        lines.append(_("Time: %(period)s") % {"period": period})
    lines += [difference.text for difference in told_differences(news.before, news.after)]
    if news.before is None:
        lines.append(_("Teacher: %(name)s") % {"name": snapshot.teacher.name})
    return lines


def _batch(many: list[GroupNews]) -> list[str]:
    count = len(many)
    sentence = ngettext("%(count)s lesson has changed.", "%(count)s lessons have changed.", count)
    lines = [f"{_head()} {sentence % {'count': count}}"]
    pairs = [(news, news.after or news.before) for news in many]
    in_order = sorted(
        ((news, side) for news, side in pairs if side is not None),
        key=lambda pair: pair[1].starts_at,
    )
    for news, side in in_order[:LESSONS_NAMED]:
        period = period_text(side.starts_at, side.ends_at)
        line = {"lesson": in_parts([lesson_text(side), period]), "what": _what(news)}
        lines.append(_("· %(lesson)s: %(what)s") % line)
    if count > LESSONS_NAMED:
        more = count - LESSONS_NAMED
        sentence = ngettext("… and %(count)s more", "… and %(count)s more", more)
        lines.append(sentence % {"count": more})
    return lines


def _what(news: GroupNews) -> str:
    return listed(kind.label for kind in news.kinds)


def _lesson_path(code: str) -> str:
    return reverse("schedule:lesson", args=[code])


def _change_path(action: PlanningAction) -> str:
    """The page of all that an action did."""
    return reverse("schedule:timetable_change", args=[action.code])


def _fitted(lines: list[str], address: str) -> str:
    """The lines and the address, no longer than robots take; what is too long ends in dots."""
    body = "\n".join(_plain(line) for line in lines)
    room = MESSAGE_BYTES_AT_MOST - len(f"…\n{address}".encode())
    encoded = body.encode()
    if len(encoded) > room:
        body = encoded[:room].decode(errors="ignore") + "…"
    return f"{body}\n{address}"


def _plain(line: str) -> str:
    """The line as a text that no robot reads anything into.

    WeCom and Feishu take what stands in angle brackets for people who are to be called.
    """
    letters = (" " if unicodedata.category(letter) == "Cc" else letter for letter in line)
    return "".join(letters).replace("<", "＜").replace(">", "＞")


class GroupNews(NetChange):
    """One lesson's; nothing before or after where nobody knows of it, as of a draft or one that was deleted."""

    @property
    def class_group_ids(self) -> set[int]:
        return {pk for side in self.sides for pk in side.class_group_ids}

    @property
    def kinds(self) -> list[ChangeKind]:
        """Return what is told of it, if anything; nothing when it does not take place and nobody knew of it."""
        return self.told_kinds if self.took_place or self.takes_place else []

    def since(self, earlier: Self) -> GroupNews:
        """Both as one: what people knew before the earlier one, and what it is now."""
        return GroupNews(earlier.before, self.after)

    def kept(self) -> list[dict[str, Any] | None]:
        return [None if side is None else side.kept() for side in (self.before, self.after)]

    @classmethod
    def read(cls, contents: Sequence[Mapping[str, Any] | None]) -> Self:
        before, after = (None if side is None else LessonSnapshot.read(side) for side in contents)
        return cls(before, after)


def news_of(changes: Iterable[LessonChange], *, at: dt.datetime) -> dict[str, GroupNews]:
    """Return the news of these changes, by the lesson's code: nothing of drafts, and of what is over."""
    news_by_code = {
        change.lesson_code: GroupNews(known(change.was), known(change.became)) for change in changes
    }
    return {
        code: news for code, news in news_by_code.items() if news.kinds and not news.is_over(at)
    }
