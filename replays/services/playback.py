"""Signalling replays: tickets to the cloud's own player.

No function here may run inside a transaction: each calls the cloud.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core import ratelimit
from django.db.models import F, Q
from django.http import HttpRequest

from accounts.models import SchoolSettings, User
from accounts.services.registration import ensure_registered
from classroom.client.errors import CloudUnavailable
from classroom.client.playbacks import playback_token
from classroom.client.rate_limits import Priority
from classroom.links import playback_link
from replays.models import Replay, Share
from schedule.models import FamilyLink

# Long enough for a class; later, one clicks again.
TICKET_S = 2 * 3600
# Threads of a process that may wait for tickets; the others keep serving pages. Visitors have slots of their
# own, so that they do not use up those of the school's people.
SLOTS = 16
VISITOR_SLOTS = 4
# Tickets per link: anyone with the link could ask for any number.
TICKETS_A_LINK = 10
TICKETS_WITHIN = dt.timedelta(minutes=1)

_slots = threading.BoundedSemaphore(SLOTS)
_visitor_slots = threading.BoundedSemaphore(VISITOR_SLOTS)


class TooManyTickets(Exception):
    """The link's tickets are used up for now.

    Args:
        wait: how long until there are new ones.
    """

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(f"no tickets for this link for {wait}")
        self.retry_after_s = max(math.ceil(wait.total_seconds()), 1)


def playback_address(replay: Replay, user: User) -> str:
    """The address of the cloud's player, made for one click of this person.

    It holds a ticket: redirect to it and never store it.

    Raises:
        CloudError: the cloud gave no ticket.
    """
    with _slot(_slots):
        keeps_record = SchoolSettings.load().keeps_watch_records
        user_id = ensure_registered(user, Priority.INTERACTIVE).classroom_user_id
        return _address(replay, user_id, Priority.INTERACTIVE, keeps_record=keeps_record)


def visitor_playback_address(link: Share, *, at: dt.datetime) -> str:
    """Like `player_address`, for a visitor by this link.

    Raises:
        TooManyTickets: the link's are used up for now; the cloud was not asked.
        CloudError: the cloud gave no ticket.
    """
    count_ticket(link, at=at)
    with _slot(_visitor_slots):
        # Nobody told them of records, as the profile tells people of the school.
        return _address(link.replay, "", Priority.VISITOR, keeps_record=False)


def family_playback_address(replay: Replay, link: FamilyLink) -> str:
    """Like `playback_address`, for a family by its link.

    Raises:
        TooManyTickets: those of the link are used up for now; the cloud was not asked.
        CloudError: the cloud gave no ticket.
    """
    # The limit is by key: nothing of the request is looked at.
    if not ratelimit.consume(HttpRequest(), action="family_ticket", key=link.code):
        raise TooManyTickets(TICKETS_WITHIN)
    with _slot(_visitor_slots):
        return _address(replay, "", Priority.VISITOR, keeps_record=False)


@contextmanager
def _slot(places: threading.BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise CloudUnavailable("playback", "too many people wait", outcome_is_known=True)
    try:
        yield
    finally:
        places.release()


def _address(replay: Replay, user_id: str, priority: Priority, *, keeps_record: bool) -> str:
    if replay.room_number is None:
        raise CloudUnavailable("playback", "the replay has no room", outcome_is_known=True)
    token = playback_token(
        replay.room_number, user_id=user_id, expires_s=TICKET_S, priority=priority
    )
    return playback_link(replay.room_number, token, title=replay.title, keeps_record=keeps_record)


def count_ticket(link: Share, *, at: dt.datetime) -> None:
    """Take one of a link's tickets; safe for concurrent processes.

    Raises:
        TooManyTickets: they are used up for now.
    """
    same = Share.objects.filter(pk=link.pk)
    is_over = Q(tickets_since=None) | Q(tickets_since__lte=at - TICKETS_WITHIN)
    if same.filter(is_over).update(tickets=1, tickets_since=at):
        return
    if same.filter(tickets__lt=TICKETS_A_LINK).update(tickets=F("tickets") + 1):
        return
    since = same.values_list("tickets_since", flat=True).get()
    raise TooManyTickets((since or at) + TICKETS_WITHIN - at)
