"""Telling people and groups of changes of lessons: one notice a person and action, and none of what was taken back.

Notices keep the changes that they tell of, each by the first one that the person had not heard of. While
nobody has heard of a notice, and for as long as mail waits, a later change of the same lesson takes its place:
what is told is the difference to what the person knows, and where there is none, nothing is.

All that follows from one action is written in one transaction, with the mark that it was told: a worker
that is killed leaves nothing behind, and nobody is told twice.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, User
from accounts.services.notices import (
    NoticeContent,
    give_notices,
    lock_unheard,
    say_otherwise,
    withdraw,
)
from edu_platform.lib.due import DueLoop, Rules, exponential
from schedule.changes.notices import (
    LESSON_GONE_NOTICE,
    LESSON_NOTICE,
    LESSONS_NOTICE,
    NOTICE_KINDS,
    LessonNews,
    LessonsNews,
    read_news,
)
from schedule.channels.message_queue import queue_messages
from schedule.enums import NewsKind
from schedule.history.personal_news import NetChange, Parts, parts_in
from schedule.history.telling_rules import OUTSIDE_WAIT, is_told, told_outside_at
from schedule.hooks import people_are_told
from schedule.models import LessonChange, PlanningAction

TELLING = Rules(name="changes of lessons to tell of", limit_s=25.0)
ACTIONS_A_RUN = 200
# Longer than an import of the greatest size takes.
LEASE = dt.timedelta(minutes=5)
FIRST_RETRY = dt.timedelta(seconds=10)
LAST_RETRY = dt.timedelta(minutes=10)
# Over half an hour in all: later changes of the same lessons wait for it.
MAX_TRIES = 10
# When an action is looked at again that has to wait for an earlier one.
TURN_WAIT = dt.timedelta(seconds=5)
# How far back changes of the same lesson may lie of which people have not heard, each soon after the last.
LONGEST_CHAIN = dt.timedelta(hours=2)


def tell_changes(at: dt.datetime) -> int:
    """Tell people of all that was done to their lessons since; return how many actions that were.

    Safe to repeat and to run concurrently.
    """
    loop = DueLoop(rules=TELLING, rows=PlanningAction.objects.all(), lease=LEASE, pause=_pause)
    due = PlanningAction.objects.due(at)[:ACTIONS_A_RUN]
    return loop.run(due, lambda action: tell(action, at), at).done


def _pause(action: PlanningAction, _err: Exception, _at: dt.datetime) -> dt.timedelta | None:
    if action.attempts >= MAX_TRIES:
        return None
    return exponential(action.attempts, FIRST_RETRY, LAST_RETRY)


@transaction.atomic
def tell(action: PlanningAction, at: dt.datetime) -> None:
    """Tell people of one action, unless an earlier one on the same lessons has its turn first."""
    mine = PlanningAction.objects.filter(
        pk=action.pk, due_at__isnull=False, lease_token=action.lease_token
    )
    if not list(mine.select_for_update(no_key=True).values_list("pk")):
        return  # somebody else has told it meanwhile
    changes = _told_of(action.changes.order_by("pk"))
    earlier = _earlier(action, changes)
    if any(change.action.due_at for change in earlier):
        mine.update(due_at=at + TURN_WAIT)
        return
    _tell_people(_Telling(action, changes, earlier, at))
    queue_messages(action, changes, at=at)
    mine.update(due_at=None)


def _told_of(changes: Iterable[LessonChange]) -> list[LessonChange]:
    return [change for change in changes if is_told(change.kinds)]


def _earlier(action: PlanningAction, changes: Sequence[LessonChange]) -> list[LessonChange]:
    """Changes of the same lessons before these, of which people may not have heard."""
    last = {change.lesson_code: change.pk for change in changes}
    is_young = Q(action__at__gt=action.at - LONGEST_CHAIN)
    rows = (
        LessonChange.objects.filter(
            is_young | Q(action__due_at__isnull=False), lesson_code__in=last
        )
        .exclude(action=action)
        .select_related("action")
        .order_by("pk")
    )
    return _told_of(row for row in rows if row.pk < last[row.lesson_code])


@dataclass(frozen=True, slots=True)
class _Chain:
    """Changes of one lesson that follow each other, told as one: from the first to that of this action."""

    changes: Sequence[LessonChange]
    net: NetChange

    @property
    def first(self) -> LessonChange:
        return self.changes[0]

    @property
    def last(self) -> LessonChange:
        return self.changes[-1]

    @property
    def is_longer(self) -> bool:
        return len(self.changes) > 1


@dataclass(frozen=True, slots=True)
class _Item:
    """The news of one lesson for a person."""

    chain: _Chain
    news: NewsKind
    parts: Parts


# By person and lesson: the first change that a notice tells of which nobody has heard.
Unheard = Mapping[int, Mapping[str, int]]


@dataclass(slots=True)
class _Telling:
    """One action with all that telling it goes by."""

    action: PlanningAction
    changes: Sequence[LessonChange]
    earlier: Sequence[LessonChange]
    at: dt.datetime
    chains: list[_Chain] = field(init=False)
    parts: dict[int, dict[int, Parts]] = field(init=False)

    def __post_init__(self) -> None:
        before = defaultdict(list)
        for change in self.earlier:
            before[change.lesson_code].append(change)
        self.chains = []
        for last in self.changes:
            became = last.became
            mine = [*before[last.lesson_code], last]
            for index, first in enumerate(mine):
                self.chains.append(_Chain(mine[index:], NetChange(first.was, became)))
        pairs = [(chain.net.before, chain.net.after) for chain in self.chains]
        self.parts = parts_in(pairs, at=self.at)

    def items_of(self, user_id: int, unheard: Mapping[str, int]) -> list[_Item]:
        """Return the news for the person, each lesson once."""
        is_news = self.action.is_told and user_id != self.action.by_id  # who did it knows
        items = []
        for index, parts in self.parts[user_id].items():
            chain = self.chains[index]
            if chain.first.pk != unheard.get(chain.last.lesson_code, chain.last.pk):
                continue
            # Who hears nothing of this action still hears, rightly, of the one before.
            if not (is_news or chain.is_longer):
                continue
            news = chain.net.news_for(*parts)
            if news is not None:
                items.append(_Item(chain, news, parts))
        return items

    def reasons_of(self, items: Iterable[_Item]) -> list[str]:
        """Return why all of it was done, each reason once; the latest last."""
        earlier = (change for item in items for change in item.chain.changes[:-1])
        given = (*(change.action.reason for change in earlier), self.action.reason)
        return list(dict.fromkeys(filter(None, given)))

    def mail_at(self, items: Iterable[_Item]) -> dt.datetime:
        sides = (side for item in items for side in item.chain.net.sides)
        return told_outside_at(sides, at=self.at)


def _tell_people(telling: _Telling) -> None:
    unheard = _take_back(telling)
    action = telling.action
    contents: dict[int, NoticeContent] = {}
    for user_id in telling.parts:
        if items := telling.items_of(user_id, unheard.get(user_id, {})):
            contents[user_id] = _content(telling, items)
    people = User.objects.active().filter(pk__in=contents)
    columns = people.only("pk", "is_active", "email", "notice_mail_language")
    notices = [(user, contents[user.pk]) for user in columns]
    give_notices(notices, cause=_cause_of(action), at=telling.at)
    people_are_told(
        {user.pk: content.mail_at or telling.at for user, content in notices}, telling.at
    )


def _cause_of(action: PlanningAction) -> str:
    return f"{LESSONS_NOTICE}:{action.code}"


def action_code_of(notice: Notice) -> str:
    """Return the code of the action that a notice of one of `NOTICE_KINDS` tells of."""
    return notice.cause.rpartition(":")[2]


def _take_back(telling: _Telling) -> Unheard:
    """Take lessons out of notices of which nobody has heard; say what these told of, by person."""
    if not telling.earlier:
        return {}
    earlier = {change.pk: change.lesson_code for change in telling.earlier}
    unheard: dict[int, dict[str, int]] = defaultdict(dict)
    gone: list[Notice] = []
    shorter: list[Notice] = []
    since = telling.action.at - OUTSIDE_WAIT
    notices = lock_unheard(telling.parts, kinds=NOTICE_KINDS, since=since, at=telling.at)
    for notice in notices:
        news = read_news(notice.kind, notice.arguments)
        taken = [pk for pk in news.change_ids if pk in earlier]
        for pk in taken:
            unheard[notice.user_id].setdefault(earlier[pk], pk)
        if not taken:
            continue
        if left := news.without(taken):
            notice.arguments = left.kept()
            shorter.append(notice)
        else:
            gone.append(notice)
    withdraw(gone)
    say_otherwise(shorter, at=telling.at)
    return unheard


def _content(telling: _Telling, items: Sequence[_Item]) -> NoticeContent:
    mail_at = telling.mail_at(items)
    reasons = tuple(telling.reasons_of(items))
    if len(items) > 1:
        lessons = LessonsNews(
            change_ids=tuple(item.chain.first.pk for item in items),
            reasons=reasons,
            are_new=all(item.news is NewsKind.NEW for item in items),
        )
        address = reverse("schedule:timetable_change", args=[telling.action.code])
        return NoticeContent(
            kind=LESSONS_NOTICE, arguments=lessons.kept(), address=address, mail_at=mail_at
        )
    (item,) = items
    net, (was, becomes) = item.chain.net, item.parts
    lesson = LessonNews(
        change_id=item.chain.first.pk,
        reasons=reasons,
        news=item.news,
        before=net.before,
        after=net.after,
        was=was,
        becomes=becomes,
    )
    kind, address = _where_to(item)
    return NoticeContent(kind=kind, arguments=lesson.kept(), address=address, mail_at=mail_at)


def _where_to(item: _Item) -> tuple[str, str]:
    """The lesson's page, or where it stood in the person's timetable if they cannot see it any more."""
    after, becomes = item.chain.net.after, item.parts[1]
    if after is not None and becomes is not None:
        return LESSON_NOTICE, reverse("schedule:lesson", args=[item.chain.last.lesson_code])
    before = item.chain.net.before
    if before is None:
        raise ValueError("news of a lesson that never was")
    day = timezone.localdate(before.starts_at)
    return LESSON_GONE_NOTICE, reverse("schedule:week", args=[day])
