"""The addresses to which families have changes mailed: left, confirmed by a mail, given up.

Nothing but the mail that asks for it goes to an address before somebody has confirmed it. An address goes with its link.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.secret_tokens import digest_of
from edu_platform.lib.statements import Statement
from schedule.families.access import LinkNotFound
from schedule.models import FamilyAddress, FamilyChild, FamilyLink
from schedule.week_grid import DAY, start_of_day

# The mail of the day goes at this hour of the school.
DAILY_HOUR = 18
# So many mails ask for a confirmation in that time, whatever addresses a family leaves.
ASKS_AT_MOST = 3
ASKS_WITHIN = dt.timedelta(days=1)
CONFIRMABLE_FOR = dt.timedelta(days=3)
UNCONFIRMED_KEPT_FOR = dt.timedelta(days=7)
STOP_SALT = "schedule.families.mailing"
TASK = "schedule.mail_families"


class TooManyAsks(Exception):
    """The family has had mails enough that ask for a confirmation."""


@dataclass(frozen=True, slots=True)
class MailWish:
    """A family's wish: where to, how often, and in which language."""

    email: str
    is_daily: bool
    language: str


# --- Left, and given up ---------------------------------------------------------------------------


def address_of(link: FamilyLink) -> FamilyAddress | None:
    """Return the address that the family has left, if any; confirmed or not."""
    return _ADDRESS.first(link_id=link.pk)


_ADDRESS = Statement(
    lambda link_id: FamilyAddress.objects.filter(link_id=link_id).exclude(email="")
)


@transaction.atomic
def leave_address(link: FamilyLink, wish: MailWish, *, at: dt.datetime) -> FamilyAddress:
    """Keep the family's wish; an address that they have not confirmed is asked by a mail.

    Raises:
        LinkNotFound: the link has ended meanwhile.
        TooManyAsks: it was asked often enough; nothing is changed.
    """
    _lock_open(link)
    address = FamilyAddress.objects.select_for_update().filter(link=link).first()
    address = address or FamilyAddress(link=link)
    goes_on = address.is_confirmed and address.email.lower() == wish.email.lower()
    address.is_daily, address.language = wish.is_daily, wish.language
    if not goes_on:
        _ask_again(address, wish.email, at=at)
    elif address.due_at is not None:
        # What waits goes by the new wish.
        address.due_at = next_evening(at) if wish.is_daily else at
    address.save()
    if address.due_at is not None and address.due_at <= at:
        enqueue_on_commit(TASK)
    return address


def _lock_open(link: FamilyLink) -> None:
    """Lock the link, which ends together with its address.

    Raises:
        LinkNotFound: it has ended.
    """
    if not FamilyLink.objects.open().select_for_update(no_key=True).filter(pk=link.pk).first():
        raise LinkNotFound


def _ask_again(address: FamilyAddress, email: str, *, at: dt.datetime) -> None:
    """Make the address one that is asked, and count that."""
    if address.asks_since is None or address.asks_since <= at - ASKS_WITHIN:
        address.asks_since, address.asks = at, 0
    if address.asks >= ASKS_AT_MOST:
        raise TooManyAsks
    address.asks += 1
    address.email = email
    address.asked_at = address.due_at = at
    address.confirmed_at, address.token_digest = None, ""
    address.attempts, address.unreachable_since, address.last_error = 0, None, ""


@transaction.atomic
def end_address(address: FamilyAddress, *, at: dt.datetime) -> None:
    """Delete the address, but none that was left meanwhile in its place.

    How often it was asked of late is kept without it, or deleting would be a way round the limit.
    """
    mine = FamilyAddress.objects.filter(pk=address.pk, asked_at=address.asked_at)
    current = mine.select_for_update().first()
    if current is None:
        return
    if current.asks_since is None or current.asks_since <= at - ASKS_WITHIN:
        current.delete()
    else:
        mine.update(
            email="",
            token_digest="",
            confirmed_at=None,
            due_at=None,
            unreachable_since=None,
            last_error="",
        )


def forget_unconfirmed(at: dt.datetime) -> int:
    """Delete the addresses that nobody has confirmed in time; return how many rows."""
    old = FamilyAddress.objects.filter(confirmed_at=None, asked_at__lt=at - UNCONFIRMED_KEPT_FOR)
    return old.delete()[0]


# --- Secret addresses in mails --------------------------------------------------------------------


def find_to_confirm(token: str, *, at: dt.datetime) -> FamilyAddress | None:
    """Return the address that the mail with this token asks; None: it is unknown, was used, is too old, or has ended."""
    asked = FamilyAddress.objects.filter(
        token_digest=digest_of(token),
        confirmed_at=None,
        asked_at__gt=at - CONFIRMABLE_FOR,
        link__ended_at=None,
    )
    return asked.first()


def confirm_address(address: FamilyAddress, *, at: dt.datetime) -> None:
    """Mail changes from now on."""
    mine = FamilyAddress.objects.filter(pk=address.pk, token_digest=address.token_digest)
    mine.update(confirmed_at=at, told_until=at, token_digest="", due_at=None)


def stop_token(address: FamilyAddress) -> str:
    """Return what stands in mails for the address; another one that is left for the link has another."""
    return signing.dumps([address.pk, address.asked_at.timestamp()], salt=STOP_SALT)


def find_to_stop(token: str) -> FamilyAddress | None:
    """Return the address whose mails have this token; None: it was given up.

    Raises:
        LinkNotFound: no mail has it.
    """
    try:
        pk, asked_at = signing.loads(token, salt=STOP_SALT)
    except signing.BadSignature:
        raise LinkNotFound from None
    address = FamilyAddress.objects.filter(pk=pk).exclude(email="").first()
    return address if address and address.asked_at.timestamp() == asked_at else None


# --- Due ------------------------------------------------------------------------------------------


def plan_mails(mail_at_by_person: Mapping[int, dt.datetime], at: dt.datetime) -> None:
    """Make the addresses due whose children are told of changes: at the evening, or when the children's own mail goes."""
    if not settings.SENDS_MAIL:
        return
    concerned = FamilyChild.objects.filter(
        person__in=mail_at_by_person,
        link__ended_at=None,
        link__address__confirmed_at__isnull=False,
    )
    soonest: dict[int, dt.datetime] = {}
    for address_id, person_id in concerned.values_list("link__address", "person"):
        mail_at = mail_at_by_person[person_id]
        soonest[address_id] = min(mail_at, soonest.get(address_id, mail_at))
    rows = FamilyAddress.objects.filter(pk__in=soonest).order_by("pk")
    addresses = list(rows.select_for_update(no_key=True)) if soonest else []
    for address in addresses:
        _make_due(address, soonest[address.pk], at)
    FamilyAddress.objects.bulk_update(addresses, ["due_at", "told_until"])
    if any(address.due_at and address.due_at <= at for address in addresses):
        enqueue_on_commit(TASK)


def _make_due(address: FamilyAddress, mail_at: dt.datetime, at: dt.datetime) -> None:
    due_at = next_evening(at) if address.is_daily else mail_at
    address.due_at = due_at if address.due_at is None else min(address.due_at, due_at)
    # Notices of another action may have been mailed already that were given later, and written sooner.
    address.told_until = min(address.told_until, at - dt.timedelta.resolution)


def next_evening(at: dt.datetime) -> dt.datetime:
    """Return when the next mail of a day goes."""
    today = timezone.localdate(at)
    evenings = (_hour_of(today), _hour_of(today + DAY))
    return next(evening for evening in evenings if evening > at)


def _hour_of(day: dt.date) -> dt.datetime:
    return start_of_day(day) + dt.timedelta(hours=DAILY_HOUR)
