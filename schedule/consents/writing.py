"""Give consents and withdraw them: by the person, or noted from paper by who looks after a class group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from accounts.services.people import lock_people
from schedule.consents.digests import digest_of
from schedule.enums import ConsentGiver
from schedule.models import Consent, ConsentText


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """The consent of a person, as it stands on paper or was pressed; without a guardian it is their own."""

    person: User
    guardian_name: str = ""
    guardian_relation: str = ""

    @property
    def given_by(self) -> ConsentGiver:
        return ConsentGiver.GUARDIAN if self.guardian_name else ConsentGiver.PERSON


@transaction.atomic
def give_consents(
    given: Sequence[GivenConsent],
    *,
    text: ConsentText,
    school_year: int,
    at: dt.datetime,
    by: User | None,
) -> list[User]:
    """Write consents to a text for a school year, and return whose are new. Safe to repeat.

    Nobody agrees any more in the name of people who are being erased.
    """
    keys = [consent.person.pk for consent in given]
    lock_people(keys)
    rows = Consent.objects.filter(person__in=keys, school_year=school_year, text=text)
    have_one = set(rows.filter(withdrawn_at=None).values_list("person", flat=True))
    erasing = User.objects.filter(pk__in=keys, erasing_since__isnull=False)
    left_out = have_one.union(erasing.values_list("pk", flat=True))
    new = [consent for consent in given if consent.person.pk not in left_out]
    Consent.objects.bulk_create(
        _consent(consent, text=text, school_year=school_year, at=at, by=by) for consent in new
    )
    entries: list[AuditEntry] = []
    for consent in new:
        details = {
            "school_year": school_year,
            "version": text.number,
            "given_by": consent.given_by.value,
        }
        audit.record(
            AuditKind.CONSENT_GIVEN, by=by, person=consent.person, details=details, into=entries
        )
    audit.write(entries)
    return [consent.person for consent in new]


def _consent(
    given: GivenConsent, *, text: ConsentText, school_year: int, at: dt.datetime, by: User | None
) -> Consent:
    consent = Consent(
        person=given.person,
        school_year=school_year,
        text=text,
        given_by=given.given_by,
        guardian_name=given.guardian_name,
        guardian_relation=given.guardian_relation,
        given_at=at,
        recorded_by=by,
    )
    consent.digest = digest_of(
        consent,
        name=given.person.display_name,
        guardian_name=given.guardian_name,
        guardian_relation=given.guardian_relation,
    )
    return consent


@transaction.atomic
def withdraw_consents(
    people: Iterable[User], *, school_year: int, at: dt.datetime, by: User | None
) -> list[User]:
    """Withdraw all consents of these people for a school year, and return who had one. Safe to repeat."""
    user_by_key = {user.pk: user for user in people}
    lock_people(user_by_key)
    rows = Consent.objects.filter(
        person__in=user_by_key, school_year=school_year, withdrawn_at=None
    )
    have_one = sorted(set(rows.values_list("person", flat=True)))
    rows.update(withdrawn_at=at, withdrawn_by=by)
    withdrawn = [user_by_key[key] for key in have_one]
    details = {"school_year": school_year}
    audit.record_many(AuditKind.CONSENT_WITHDRAWN, withdrawn, by=by, details=details)
    return withdrawn
