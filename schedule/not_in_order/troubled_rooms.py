"""Rooms that the cloud does not make, does not record, or does not tell of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from edu_platform.lib.backlog import Backlog, backlog
from edu_platform.lib.statements import Statement
from schedule.models import (
    FAILS_BY_ITSELF,
    FAILS_FOR_ACCOUNT,
    SILENT_AFTER,
    TOLD_IN_PART,
    WITHOUT_RECORDING,
    WITHOUT_SIGNALLING,
    Room,
    RoomRequest,
    silent_rooms,
)
from schedule.rooms.retries import (
    ask_for_recordings_again,
    ask_for_signalling_again,
    ask_for_states_again,
    make_and_change_again,
)
from schedule.school_day_hooks import NotInOrder, Remedy, begun, counted

# What is counted, and by which moment of a room it is known since when.
TROUBLES = {
    "failing": (FAILS_BY_ITSELF, "failing_from"),
    "unopened": (FAILS_FOR_ACCOUNT, "failing_from"),
    "unrecorded": (WITHOUT_RECORDING, "refused_from"),
    "incomplete": (TOLD_IN_PART, "failed_at"),
    "unsignalled": (WITHOUT_SIGNALLING, "refused_from"),
}


def _troubles(at: dt.datetime) -> QuerySet[Room, dict[str, Any]]:
    first_request = RoomRequest.objects.filter(room=OuterRef("pk")).order_by("sent_at")
    tried_at = Subquery(first_request.values("sent_at")[:1])
    counts = {name: Count("pk", filter=rooms) for name, (rooms, _moment) in TROUBLES.items()}
    since = {
        f"{name}_since": Min(moment, filter=rooms) for name, (rooms, moment) in TROUBLES.items()
    }
    counted_rooms: QuerySet[Room, dict[str, Any]] = (
        Room.objects.of_lessons_to_come(at=at)
        .order_by()
        .annotate(
            # `failed_at` is the last time: of what was tried before there is the first one.
            failing_from=Coalesce("unreachable_since", tried_at, "failed_at"),
            refused_from=tried_at,
        )
        .values(all=Value(1))
        .annotate(**counts, **since)
        .values(*counts, *since)
    )
    return counted_rooms


_TROUBLES = Statement(_troubles)
_silent_backlog = backlog(silent_rooms, since="polling__unreachable_since")


def _rooms(trouble: str) -> str:
    return f"{reverse('schedule:lessons')}?trouble={trouble}"


def rooms_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Rooms that the cloud does not make, change or record as their lessons say."""
    figures = _TROUBLES.first(at=at) or {}

    def backlog_of(trouble: str) -> Backlog:
        return Backlog(figures.get(trouble, 0), figures.get(f"{trouble}_since"))

    yield from counted(backlog_of("unopened"), _unopened_line)
    yield from counted(backlog_of("failing"), _failing_line)
    yield from counted(backlog_of("unrecorded"), _unrecorded_line)
    yield from counted(backlog_of("incomplete"), _incomplete_line)
    yield from counted(backlog_of("unsignalled"), _unsignalled_line)


def _failing_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The cloud could not make or change the room of %(count)s lesson to come.",
        "The cloud could not make or change the rooms of %(count)s lessons to come.",
        count,
    )
    remedy = Remedy(pgettext("not in order", "Try again now"), run=_make_again)
    return NotInOrder(sentence, _rooms("failing"), remedy=remedy, kind="rooms")


def _unopened_line(count: int) -> NotInOrder:
    """Name the account, in one line for all its lessons: none of them can be helped alone."""
    sentence = ngettext(
        "The school's account in the cloud gets no more rooms: %(count)s lesson to come has none.",
        "The school's account in the cloud gets no more rooms: %(count)s lessons to come have none.",
        count,
    )
    advice = gettext(
        "What the account has bought seems to be used up: look at its usage in the cloud's console, buy more there, then try again."
    )
    remedy = Remedy(pgettext("not in order", "Try again now"), run=_make_again)
    return NotInOrder(sentence, _rooms("account"), advice=advice, remedy=remedy, kind="account")


def _unrecorded_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The cloud does not record %(count)s lesson to come: its storage is full, or not paid.",
        "The cloud does not record %(count)s lessons to come: its storage is full, or not paid.",
        count,
    )
    remedy = Remedy(pgettext("not in order", "Ask for recordings now"), run=_record_again)
    advice = gettext("Pay or delete in the cloud first, then ask again.")
    return NotInOrder(
        sentence, _rooms("unrecorded"), advice=advice, remedy=remedy, kind="recordings"
    )


def _incomplete_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The cloud refused part of the changes to %(count)s lesson to come.",
        "The cloud refused part of the changes to %(count)s lessons to come.",
        count,
    )
    advice = gettext(
        "The page of each lesson names what stays as it was in the cloud. All of it is sent again when the lesson changes."
    )
    return NotInOrder(sentence, _rooms("incomplete"), advice=advice, kind="refusals")


def _unsignalled_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The school's edition in the cloud has no signalling recording: %(count)s lesson to come is recorded automatically.",
        "The school's edition in the cloud has no signalling recording: %(count)s lessons to come are recorded automatically.",
        count,
    )
    advice = gettext(
        "Plan these lessons with automatic recording, or buy the edition that has it in the cloud's console, then ask again."
    )
    remedy = Remedy(pgettext("not in order", "Ask for it again now"), run=_signal_again)
    return NotInOrder(
        sentence, _rooms("unsignalled"), advice=advice, remedy=remedy, kind="signalling"
    )


def silence_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Rooms that the cloud has not told of for minutes: whether their classes run or are over is unknown."""
    return counted(_silent_backlog(until=at - SILENT_AFTER), _silent_line)


def _silent_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The cloud does not tell how %(count)s class is.",
        "The cloud does not tell how %(count)s classes are.",
        count,
    )
    advice = gettext("It is asked again by itself, every half minute.")
    remedy = Remedy(pgettext("not in order", "Check the cloud now"), run=_ask_again)
    return NotInOrder(sentence, _rooms("silent"), advice=advice, remedy=remedy, kind="silence")


def _make_again(at: dt.datetime) -> str:
    count = make_and_change_again(at)
    text = ngettext(
        "A worker takes care of %(count)s room now.",
        "A worker takes care of %(count)s rooms now.",
        count,
    )
    return begun(count, text)


def _record_again(_at: dt.datetime) -> str:
    ask_for_recordings_again()
    return gettext("A worker asks for the recordings now.")


def _signal_again(_at: dt.datetime) -> str:
    ask_for_signalling_again()
    return gettext("A worker asks for signalling recordings now.")


def _ask_again(at: dt.datetime) -> str:
    count = ask_for_states_again(at)
    text = ngettext(
        "The cloud is asked about %(count)s class now.",
        "The cloud is asked about %(count)s classes now.",
        count,
    )
    return begun(count, text)
