"""Ask for the erasing of a person, withdraw it, and confirm it as a second hand."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import AuditKind, ErasureState, ErasureStep
from accounts.erasing.names import strikes_text_usually, username_print
from accounts.erasing.refusals import (
    Asking,
    NotErasable,
    last_superuser_refusal,
    refusals_of,
)
from accounts.hooks import ErasureRefusal
from accounts.models import Erasure, User
from accounts.notices import ERASURE_ASKED_NOTICE
from accounts.random_codes import make_code
from accounts.services import audit
from accounts.services.leaving import end_all_of
from accounts.services.notices import notify_many
from accounts.services.people import (
    LastSuperuserStays,
    lock_people,
    require_another_superuser,
)
from edu_platform.lib.queueing import enqueue_on_commit

TASK = "accounts.erase_people"


class NotAsked(Exception):
    """The erasing is not asked for any more: it was withdrawn, or confirmed meanwhile."""


@transaction.atomic
def ask(person: User, *, by: User | None, reason: str) -> Erasure:
    """Note that somebody wants the person erased; a second administrator confirms it.

    Raises:
        NotErasable: something stands against it, such as that it is asked for already.
    """
    erasure = _locked_of(person)
    if erasure is not None and erasure.is_asked:
        raise NotErasable([ErasureRefusal(_("It was asked for already."), _address(erasure))])
    _require_none(Asking(person, by), erasure)
    if person.code is None:
        person.code = make_code()
        person.save(update_fields=["code"])
    erasure, _made = Erasure.objects.update_or_create(
        person=person,
        defaults={
            "state": ErasureState.ASKED,
            "asked_by": by,
            "asked_at": timezone.now(),
            "reason": reason,
        },
    )
    audit.record(AuditKind.ERASURE_ASKED, by=by, person=person)
    _tell_who_may_confirm(erasure)
    return erasure


def _tell_who_may_confirm(erasure: Erasure) -> None:
    """Tell the other administrators; the command on the server confirms what it asks for itself."""
    if erasure.asked_by is None:
        return
    others = User.objects.administrators().active().exclude(pk=erasure.asked_by.pk)
    notify_many(
        list(others.exclude(pk=erasure.person_id)),
        kind=ERASURE_ASKED_NOTICE,
        arguments={},
        address=erasure.get_absolute_url(),
        cause=f"{ERASURE_ASKED_NOTICE}:{erasure.pk}:{erasure.asked_at.isoformat()}",
        at=erasure.asked_at,
    )


@transaction.atomic
def withdraw(erasure: Erasure, *, by: User) -> None:
    """Take a request back that nobody has confirmed.

    Raises:
        NotAsked: somebody has confirmed it, or withdrawn it, meanwhile.
    """
    current = _locked_asked(erasure)
    current.state, current.reason = ErasureState.WITHDRAWN, ""
    current.save(update_fields=["state", "reason"])
    audit.record(AuditKind.ERASURE_WITHDRAWN, by=by, person=current.person)


@transaction.atomic
def confirm(erasure: Erasure, *, by: User | None, strikes_text: bool) -> Erasure:
    """Begin to erase a person whom somebody else has asked to be; `by` None: the command on the server.

    From now on nobody signs in as the person, and nothing brings them back. A worker does the rest.

    Raises:
        NotAsked: it was withdrawn, or confirmed meanwhile.
        NotErasable: something stands against it by now, or the one who asked confirms it.
    """
    current = _locked_asked(erasure)
    _require_none(Asking(current.person, by), current)
    if by is not None and by.pk == current.asked_by_id:
        raise NotErasable(
            [
                ErasureRefusal(
                    _("You have asked for it yourself: another administrator confirms it.")
                )
            ]
        )
    if current.person.is_superuser:
        _require_another_superuser(current.person)
    at = timezone.now()
    current.state, current.step = ErasureState.UNDER_WAY, ErasureStep.CLOUD
    current.confirmed_by, current.confirmed_at, current.due_at = by, at, at
    current.strikes_text = strikes_text
    current.username_print = username_print(current.person.username)
    current.save()
    _close_account(current.person)
    enqueue_on_commit(TASK)
    return current


@transaction.atomic
def begin_again(person: User, *, erased_at: dt.datetime) -> Erasure:
    """Begin to erase somebody who was erased before, in data that was restored since; who is erased stays so."""
    erasure = _locked_of(person)
    if erasure is not None and erasure.is_erased:
        return erasure
    at = timezone.now()
    values = {
        "state": ErasureState.UNDER_WAY,
        "step": ErasureStep.CLOUD,
        "confirmed_at": at,
        "erased_at": erased_at,
        "due_at": at,
        "strikes_text": strikes_text_usually(person),
        "username_print": username_print(person.username),
    }
    erasure, _made = Erasure.objects.update_or_create(person=person, defaults=values)
    _close_account(person)
    return erasure


def _close_account(person: User) -> None:
    """Close the account for good, in the transaction that confirms it; the audit log tells of it at the end."""
    person.is_active, person.erasing_since = False, timezone.now()
    person.save(update_fields=["is_active", "erasing_since"])
    end_all_of([person.pk], person.erasing_since)


def _require_another_superuser(person: User) -> None:
    try:
        require_another_superuser(person)
    except LastSuperuserStays as err:
        raise NotErasable([last_superuser_refusal()]) from err


def _require_none(asking: Asking, erasure: Erasure | None) -> None:
    if refusals := refusals_of(asking, erasure):
        raise NotErasable(refusals)


def _locked_of(person: User) -> Erasure | None:
    """Lock the person, so that of several who ask one is first, and read their erasure and them anew."""
    lock_people([person.pk])
    person.refresh_from_db()
    return Erasure.objects.filter(person=person).first()


def _locked_asked(erasure: Erasure) -> Erasure:
    lock_people([erasure.person_id])
    rows = Erasure.objects.select_for_update(of=("self",)).select_related("person")
    current = rows.get(pk=erasure.pk)
    if not current.is_asked:
        raise NotAsked
    return current


def _address(erasure: Erasure) -> str:
    return erasure.get_absolute_url()
