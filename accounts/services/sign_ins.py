"""Ending sign-ins: the rows go, and the next page there asks to sign in again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from accounts.enums import AuditKind, SignInMethod
from accounts.models import ExternalAccount, Session, User
from accounts.services import audit
from edu_platform.lib.batches import in_batches


def end_sign_in(user: User, code: str, *, by: User | None) -> int:
    """End one of a person's sign-ins, by its public code; return how many there were, one or none."""
    return _end(user, Session.objects.filter(code=code), by=by)


def end_other_sign_ins(user: User, *, keep: str | None, by: User | None) -> int:
    """End all of a person's sign-ins but that of the session key."""
    return _end(user, Session.objects.exclude(session_key=keep or ""), by=by)


def end_all(user: User, *, by: User | None) -> int:
    """End all of a person's sign-ins, in the transaction of what makes it necessary."""
    return _end(user, Session.objects.all(), by=by)


def forget_all(people: Sequence[User]) -> None:
    """End all sign-ins of many people, of which the audit log tells by what it says of each."""
    for keys in in_batches(person.pk for person in people):
        Session.objects.filter(user__in=keys).delete()


def end_by_external_id(external_id: str) -> int:
    """End the sign-ins that another system calls by this name, as it asks; an empty name is nobody's."""
    named = Session.objects.exclude(external_id="").filter(external_id=external_id)
    # Where a second factor is still asked for, nobody is signed in, and nobody is to be any more.
    named.filter(user=None).delete()
    people = User.objects.filter(pk__in=named.values("user"))
    return sum(_end(person, named, by=None) for person in people)


def end_by_external_account(method: SignInMethod, issuer: str, subject: str) -> int:
    """End the sign-ins with an account of another system, as it asks."""
    accounts = ExternalAccount.objects.select_related("user")
    account = accounts.filter(method=method, issuer=issuer, subject=subject).first()
    if account is None or account.user is None:
        return 0
    return _end(account.user, Session.objects.filter(method=method), by=None)


@transaction.atomic
def _end(user: User, some: QuerySet[Session], *, by: User | None) -> int:
    count, _rows = some.filter(user=user).delete()
    if count:
        audit.record(AuditKind.SIGN_INS_ENDED, by=by, person=user, details={"count": count})
    return count
