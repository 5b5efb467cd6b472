"""The page of overdue replays: what a school should know before somebody complains."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from accounts.models import User
from edu_platform.lib.formatting import NOTHING, StateWords, age_text, moment_text, next_moment_text
from edu_platform.lib.paging import Pager, pager_of
from replays import access, wording
from replays.models import Replay
from replays.models.sessions import title_of, with_sessions
from replays.overdue import CLASS_END, late_replays
from replays.search.filters import Filters, narrowed
from replays.selectors.lists import PageWanted


@dataclass(frozen=True, slots=True)
class LateRow:
    """An overdue replay, the age of its class, and what is done about it."""

    code: str
    title: str
    room_number: str
    teacher: str
    ended_at: dt.datetime
    age: str
    state: StateWords
    why: str
    asked: str
    next: str
    may_ask: bool


@dataclass(frozen=True, slots=True)
class LateList:
    rows: tuple[LateRow, ...]
    pager: Pager


def late_list(filters: Filters, *, page: PageWanted, user: User, at: dt.datetime) -> LateList:
    """One page of the matching overdue replays, oldest first."""
    late = with_sessions(narrowed(late_replays(at), filters)).select_related(
        "room__polling", "teacher", "lesson"
    )
    late = late.defer("title_folded", "title_grams").order_by(CLASS_END, "pk")
    shown = Paginator(late, page.page_size).get_page(page.number)
    return LateList(
        rows=tuple(_row(replay, user, at) for replay in shown.object_list),
        pager=pager_of(shown, path=page.path, query=filters.as_query()),
    )


def late_teacher_choices(at: dt.datetime) -> list[tuple[str, str]]:
    """Return the teachers whose replays are late: username and name."""
    late = late_replays(at).filter(teacher__isnull=False)
    names = late.values_list("teacher__username", "teacher__display_name").distinct()
    return list(names.order_by("teacher__name_key", "teacher__username"))


def _row(replay: Replay, user: User, at: dt.datetime) -> LateRow:
    ended_at: dt.datetime = replay.class_end  # type: ignore[attr-defined] # annotated
    asked_at, upcoming = _questions(replay)
    return LateRow(
        code=replay.code,
        title=title_of(replay),
        room_number=NOTHING if replay.room_number is None else str(replay.room_number),
        teacher=NOTHING if replay.teacher is None else replay.teacher.display_name,
        ended_at=ended_at,
        age=age_text(at - ended_at),
        state=wording.state_words(replay),
        why=wording.explain(replay, at).sentence,
        asked=_("never") if asked_at is None else moment_text(asked_at, at),
        next=_("not any more") if upcoming is None else next_moment_text(upcoming, at),
        may_ask=access.abilities_in_lists(user, replay, at).ask,
    )


def _questions(replay: Replay) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when the cloud last answered, and when it is asked next: of the recording, else of the class."""
    asked_at = replay.asked_at
    if asked_at is None and replay.room is not None:
        asked_at = replay.room.asked_at
    since, upcoming = wording.unanswered(replay)
    return asked_at, replay.due_at if since is None else upcoming
