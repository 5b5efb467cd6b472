"""Leaving: accounts are closed, and what their people leave behind ends or is handed over; opened again without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.enums import AuditKind
from accounts.hooks import leaving_listeners, leaving_note_makers
from accounts.models import Session, User
from accounts.services import audit, people
from edu_platform.lib.batches import in_batches


@transaction.atomic
def deactivate_people(leaving: Sequence[User], *, by: User | None) -> None:
    """Let none of them sign in any more; end their sign-ins, and what all apps say that they leave behind.

    Raises:
        LastSuperuserStays: no other active superuser would be left.
    """
    superusers = _superusers_among(leaving)
    if superusers:
        people.require_another_superuser(*superusers)
    _set_active(leaving, is_active=False)
    audit.record_many(AuditKind.PERSON_DEACTIVATED, leaving, by=by)


@transaction.atomic
def reactivate_people(returning: Sequence[User], *, by: User | None) -> None:
    """They begin signed out, and without what ended or was handed over when they left.

    Those who are erased, or are to be, stay deactivated.
    """
    erased = User.objects.filter(erasing_since__isnull=False).values_list("pk", flat=True)
    stay_closed = set(erased.filter(pk__in=[person.pk for person in returning]))
    opened = [person for person in returning if person.pk not in stay_closed]
    _set_active(opened, is_active=True)
    audit.record_many(AuditKind.PERSON_REACTIVATED, opened, by=by)


def end_what_is_left(at: dt.datetime) -> None:
    """End what people whose accounts are closed still have: of a release before, or begun at the same moment.

    Safe to repeat.
    """
    closed = User.objects.get_queryset().filter(is_active=False)
    for keys in in_batches(closed.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            people.lock_people(keys)
            # Who is active again by now keeps what is theirs.
            end_all_of(list(closed.filter(pk__in=keys).values_list("pk", flat=True)), at)


def leaving_notes(person: User, at: dt.datetime) -> list[str]:
    """Say, a sentence each, what would end or be handed over with the person's account."""
    count = Session.objects.filter(user=person, expire_date__gt=at).count()
    signed_in = ngettext("%(count)s sign-in ends.", "%(count)s sign-ins end.", count)
    own = [signed_in % {"count": count}] if count else []
    return [*own, *(note for maker in leaving_note_makers for note in maker(person, at))]


def _superusers_among(leaving: Sequence[User]) -> list[User]:
    """Return the superusers of now: what was read of them before may be old."""
    superusers = set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))
    return [person for person in leaving if person.pk in superusers]


def _set_active(some_people: Sequence[User], *, is_active: bool) -> None:
    at = timezone.now()
    for some in in_batches(some_people):
        keys = [person.pk for person in some]
        User.objects.get_queryset().filter(pk__in=keys).update(is_active=is_active)
        people.note_changed_people(some)
        if is_active:
            # Somebody may have been signing in while the account was closed.
            Session.objects.filter(user__in=keys).delete()
        else:
            end_all_of(keys, at)
    for person in some_people:
        person.is_active = is_active


def end_all_of(keys: Collection[int], at: dt.datetime) -> None:
    """End what people with these keys leave behind, in the transaction that closes their accounts."""
    Session.objects.filter(user__in=keys).delete()
    for listener in leaving_listeners:
        listener(keys, at)
