"""Read what a mail tells a family: changes of which its children had notices since the last one, in the children's words."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from accounts.services.notices import count_as_heard, given_to
from edu_platform.lib.natural_keys import in_order
from schedule.changes.notices import (
    LESSONS_NOTICE,
    NOTICE_KINDS,
    LessonNews,
    LessonsNews,
    with_reasons,
)
from schedule.changes.telling import action_code_of
from schedule.history.personal_news import NetChange, Pair, known, parts_in
from schedule.history.telling_rules import told_outside_at
from schedule.models import FamilyAddress, LessonChange, LessonSnapshot

# A mail has a sentence for each of so many lessons by one action; of more, such as those of a new term, their count.
LESSONS_TOLD = 12


@dataclass(frozen=True, slots=True)
class ChildNews:
    """The changes that a mail tells of one child."""

    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """The changes that a mail tells, and the keys of the notices of them."""

    children: tuple[ChildNews, ...]
    notice_ids: frozenset[int]
    # The latest of them was given then.
    until: dt.datetime

    @property
    def names(self) -> list[str]:
        return [child.name for child in self.children]


def children_of(address: FamilyAddress) -> list[User]:
    """Return the children whose changes go to an address: none of a link that has ended."""
    children = User.objects.active().filter(
        family_children__link=address.link_id, family_children__link__ended_at=None
    )
    return in_order(children)


def take_news(address: FamilyAddress, *, at: dt.datetime) -> News | None:
    """Return what a mail tells the family now, in the active language; None: nothing.

    What it tells is not taken back any more: a later change is told as a difference to it.
    """
    children = children_of(address)
    notices = given_since(address, children)
    if not address.is_daily:
        notices = _whose_turn_it_is(notices, at)
    notices = count_as_heard(notices, at=at)
    if not notices:
        return None
    return News(
        children=tuple(_told_by_child(children, notices)),
        notice_ids=frozenset(notice.pk for notice in notices),
        until=notices[-1].created_at,
    )


def given_since(address: FamilyAddress, children: Sequence[User]) -> list[Notice]:
    """Return the notices of changes that the children got since the last mail; the earliest comes first."""
    keys = [child.pk for child in children]
    return list(given_to(keys, kinds=NOTICE_KINDS, since=address.told_until)) if keys else []


def _whose_turn_it_is(notices: Sequence[Notice], at: dt.datetime) -> list[Notice]:
    """Return those that would go by mail now, and all that were given before them: they are told in order."""
    turns = mail_turns(notices)
    latest = max((notice.created_at for notice in notices if turns[notice.pk] <= at), default=None)
    return [notice for notice in notices if latest is not None and notice.created_at <= latest]


def mail_turns(notices: Sequence[Notice]) -> dict[int, dt.datetime]:
    """Return when each of them would go by mail, by its key; one query at most."""
    several = [
        LessonsNews.read(notice.arguments) for notice in notices if notice.kind == LESSONS_NOTICE
    ]
    sides = _sides_by_change(pk for news in several for pk in news.change_ids)
    return {
        notice.pk: told_outside_at(_sides_of(notice, sides), at=notice.created_at)
        for notice in notices
    }


def _sides_by_change(change_ids: Iterable[int]) -> dict[int, list[LessonSnapshot | None]]:
    keys = list(change_ids)
    changes = LessonChange.objects.filter(pk__in=keys) if keys else ()
    return {change.pk: [change.was, change.became] for change in changes}


def _sides_of(
    notice: Notice, sides: dict[int, list[LessonSnapshot | None]]
) -> list[LessonSnapshot | None]:
    if notice.kind != LESSONS_NOTICE:
        news = LessonNews.read(notice.arguments)
        return [news.before, news.after]
    several = LessonsNews.read(notice.arguments)
    return [side for pk in several.change_ids for side in sides.get(pk, ())]


# --- In words -------------------------------------------------------------------------------------


def _told_by_child(children: Sequence[User], notices: Sequence[Notice]) -> Iterator[ChildNews]:
    by_child: defaultdict[int, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_child[notice.user_id].append(notice)
    for child in children:
        if mine := by_child[child.pk]:
            sentences = [text for notice in mine for text in sentences_of(notice)]
            yield ChildNews(child.display_name, tuple(sentences))


def sentences_of(notice: Notice) -> list[str]:
    """Return what a notice says; of several lessons, of which it has the count, what became of each."""
    if notice.kind != LESSONS_NOTICE:
        return [sentence_of(notice.kind, notice.arguments)]
    news = LessonsNews.read(notice.arguments)
    sentences = _sentences_by_lesson(notice, news) if news.count <= LESSONS_TOLD else []
    return sentences or [with_reasons(_count_text(news), news.reasons)]


def _count_text(news: LessonsNews) -> str:
    if news.are_new:
        text = ngettext("%(count)s new lesson.", "%(count)s new lessons.", news.count)
    else:
        text = ngettext(
            "%(count)s lesson has changed.", "%(count)s lessons have changed.", news.count
        )
    return text % {"count": news.count}


def _sentences_by_lesson(notice: Notice, news: LessonsNews) -> list[str]:
    """Return a sentence a lesson, by their time; two queries for the changes, and one for the child's class groups."""
    pairs = _pairs_of(notice, news)
    parts = parts_in(list(pairs.values()), at=notice.created_at, only=notice.user_id)
    by_index = list(pairs.items())
    lessons = []
    for index, (was, becomes) in parts.get(notice.user_id, {}).items():
        change_id, (before, after) = by_index[index]
        kind = NetChange(before, after).news_for(was, becomes)
        if kind is not None:
            lessons.append(
                LessonNews(
                    change_id=change_id,
                    reasons=news.reasons,
                    news=kind,
                    before=before,
                    after=after,
                    was=was,
                    becomes=becomes,
                )
            )
    lessons.sort(key=_time_of)
    return [with_reasons(lesson.sentence, lesson.reasons) for lesson in lessons]


def _pairs_of(notice: Notice, news: LessonsNews) -> dict[int, Pair]:
    """Return each lesson as the child knew it, and as the action left it, by the change since which they had not heard."""
    firsts = list(LessonChange.objects.filter(pk__in=news.change_ids).order_by("pk"))
    # The action may have changed many others.
    codes = {first.lesson_code for first in firsts}
    by_action = LessonChange.objects.filter(
        action__code=action_code_of(notice), lesson_code__in=codes
    )
    last = {change.lesson_code: change for change in by_action}
    return {
        first.pk: (known(first.was), known(last.get(first.lesson_code, first).became))
        for first in firsts
    }


def _time_of(news: LessonNews) -> dt.datetime:
    side = news.after or news.before
    if side is None:
        raise ValueError("news of a lesson that never was")
    return side.starts_at
