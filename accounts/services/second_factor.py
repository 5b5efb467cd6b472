"""Writes about second factors. allauth sets them up; what they cause here is written beside it."""

from __future__ import annotations

import datetime as dt

from allauth.core import context, ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.urls import reverse

from accounts.enums import AuditKind
from accounts.models import User
from accounts.notices import (
    RECOVERY_CODES_MADE_NOTICE,
    SECOND_FACTOR_ADDED_NOTICE,
    SECOND_FACTOR_REMOVED_NOTICE,
)
from accounts.services import audit, sign_ins
from accounts.services.notices import notify

# Its limits stand in `accounts.sign_in.rate_limits`.
WRONG_CODES = "second_factor_code"
# Where an authenticator keeps the number of the step whose code was used last.
LAST_STEP = "last_step"


def count_try(person: User) -> bool:
    """Count one more code, before it is looked at; False when there were too many wrong ones."""
    counted: bool = ratelimit.consume(context.request, action=WRONG_CODES, key=str(person.pk))
    return counted


def forget_tries(person: User) -> None:
    ratelimit.clear(context.request, action=WRONG_CODES, key=str(person.pk))


@transaction.atomic
def spend_code(person: User, code: str) -> bool:
    """Note that a code of the app is used; False if it, or one after it, was used before.

    allauth keeps used codes in the cache for one step of 30 seconds, and a code holds for three. The row
    is locked, so that of two who bring the same code one is refused.
    """
    row = (
        Authenticator.objects.select_for_update()
        .filter(user=person, type=Authenticator.Type.TOTP)
        .first()
    )
    if row is None:
        return False
    step = _step_of(decrypt(row.data["secret"]), code)
    if step is None or step <= row.data.get(LAST_STEP, 0):
        return False
    row.data[LAST_STEP] = step
    row.save(update_fields=["data"])
    return True


def _step_of(secret: str, code: str) -> int | None:
    """Return the step of this code, among the steps whose codes hold now."""
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


@transaction.atomic
def note_added(person: User, *, keep: str | None, at: dt.datetime) -> None:
    """Log that a second factor was set up, and tell the person, who may not have been it.

    Sign-ins that showed none end, but for that of the session key `keep`: else those who came in by a stolen
    password before would be taken for one who has it.
    """
    audit.record(AuditKind.SECOND_FACTOR_ADDED, by=person, person=person)
    sign_ins.end_other_sign_ins(person, keep=keep, by=person)
    _tell(person, SECOND_FACTOR_ADDED_NOTICE, at)


@transaction.atomic
def note_codes_made(person: User, *, at: dt.datetime) -> None:
    audit.record(AuditKind.RECOVERY_CODES_MADE, by=person, person=person)
    _tell(person, RECOVERY_CODES_MADE_NOTICE, at)


@transaction.atomic
def note_removed(person: User, *, by: User | None, at: dt.datetime) -> None:
    audit.record(AuditKind.SECOND_FACTOR_REMOVED, by=by, person=person)
    _tell(person, SECOND_FACTOR_REMOVED_NOTICE, at)


@transaction.atomic
def remove_second_factor(person: User, *, by: User | None, at: dt.datetime) -> bool:
    """Take a lost second factor away, with its recovery codes; False when there is none.

    All sign-ins end: who lost the phone may have been signed in there, and those who must have a factor are asked
    for one at the sign-in.
    """
    deleted, _of_each_kind = Authenticator.objects.filter(user=person).delete()
    if deleted:
        forget_tries(person)
        note_removed(person, by=by, at=at)
        sign_ins.end_all(person, by=by)
    return bool(deleted)


def _tell(person: User, kind: str, at: dt.datetime) -> None:
    notify(
        user=person,
        kind=kind,
        arguments={},
        address=reverse("mfa_index"),
        cause=f"{kind}:{at.isoformat()}",
        at=at,
    )
