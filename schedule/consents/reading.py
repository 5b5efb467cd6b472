"""Read who agreed to recordings in a school year: of people, of class groups and of a lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.statements import Statement
from schedule.enums import AgeBand
from schedule.models import ClassGroup, Consent, ConsentText, Lesson, Membership
from schedule.school_years import first_day_of, school_year_of

# Consents to the next school year come on paper before it begins: they are noted from so long before its first day.
NOTED_AHEAD = dt.timedelta(days=92)


def years_noted(day: dt.date) -> list[int]:
    """Return the school years whose consents are noted on a day: the present one, and before long the next one too."""
    year = school_year_of(day)
    return [year, year + 1] if first_day_of(year + 1) - day <= NOTED_AHEAD else [year]


class ConsentState(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    # They agreed to an earlier text, and are asked again.
    OUTDATED = "outdated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PersonConsent:
    """The consent of a person in a school year: what holds, or else what came last."""

    state: ConsentState = ConsentState.MISSING
    consent: Consent | None = None

    @property
    def is_given(self) -> bool:
        return self.state is ConsentState.GIVEN

    @property
    def is_awaited(self) -> bool:
        """Tell whether the person has not answered; who withdrew has."""
        return self.state in {ConsentState.MISSING, ConsentState.OUTDATED}

    @property
    def words(self) -> StateWords:
        return state_words(self.state)


NOTHING_YET = PersonConsent()


def state_words(state: ConsentState) -> StateWords:
    match state:
        case ConsentState.GIVEN:
            return StateWords("✓", pgettext("consent", "Agreed"), "mark-done")
        case ConsentState.WITHDRAWN:
            return StateWords("✕", pgettext("consent", "Withdrawn"), "mark-running")
        case ConsentState.OUTDATED:
            return StateWords("◌", gettext("Agreed to an earlier text"), "mark-waiting")
    return StateWords("○", pgettext("consent", "Not yet"), "mark-quiet")


def consents_of(people: Iterable[int], *, school_year: int) -> dict[int, PersonConsent]:
    """Return the consent of each of these people, by key; those who never gave one are left out."""
    standing = Consent.objects.standing().filter(pk=OuterRef("pk"))
    rows = Consent.objects.filter(school_year=school_year).annotate(stands=Exists(standing))
    rows = rows.select_related("text", "recorded_by", "withdrawn_by").order_by("given_at", "pk")
    consents: dict[int, PersonConsent] = {}
    for keys in in_batches(people):
        for row in rows.filter(person__in=keys):
            last = consents.get(row.person_id)
            if last is None or not last.is_given:
                consents[row.person_id] = PersonConsent(_state_of(row), row)
    return consents


def _state_of(row: Consent) -> ConsentState:
    if row.withdrawn_at is not None:
        return ConsentState.WITHDRAWN
    return ConsentState.GIVEN if row.stands else ConsentState.OUTDATED  # type: ignore[attr-defined] # annotated


def consent_of(person: User, *, school_year: int) -> PersonConsent:
    return consents_of([person.pk], school_year=school_year).get(person.pk, NOTHING_YET)


def with_guardian(people: Collection[int], *, day: dt.date) -> frozenset[int]:
    """Return those for whom a guardian agrees: one of their class groups is under 14 on this day. Keys."""
    rows = Membership.objects.of_students().on(day=day)
    rows = rows.filter(class_group__archived_at=None, class_group__age_band=AgeBand.UNDER_14)
    return frozenset(
        key
        for keys in in_batches(people)
        for key in rows.filter(user__in=keys).values_list("user", flat=True)
    )


# --- A class group --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StudentConsent:
    user: User
    needs_guardian: bool
    held: PersonConsent


def students_with_consents(
    class_group: ClassGroup, *, school_year: int, day: dt.date
) -> list[StudentConsent]:
    """Return the students of a class group on a day, by name; three queries for any number.

    Closed accounts are left out, here and below: nobody can be recorded who cannot come in.
    """
    members = Membership.objects.of_students().on(day=day).filter(class_group=class_group)
    people = User.objects.active().filter(pk__in=members.values("user"))
    students = list(people.order_by("name_key", "username"))
    keys = [user.pk for user in students]
    guarded = with_guardian(keys, day=day)
    consents = consents_of(keys, school_year=school_year)
    return [
        StudentConsent(user, user.pk in guarded, consents.get(user.pk, NOTHING_YET))
        for user in students
    ]


def counts_given(class_group_ids: Collection[int], *, day: dt.date) -> dict[int, tuple[int, int]]:
    """Return how many students of each class group have agreed, of how many; one query."""
    has_agreed = Consent.objects.standing().filter(
        person=OuterRef("user"), school_year=school_year_of(day)
    )
    rows = Membership.objects.of_students().on(day=day)
    rows = rows.filter(class_group__in=class_group_ids, user__is_active=True)
    counted = (
        rows.annotate(has_agreed=Exists(has_agreed))
        .order_by()
        .values_list("class_group", "has_agreed")
        .annotate(count=Count("user", distinct=True))
    )
    counts: dict[int, tuple[int, int]] = {}
    for key, agrees, count in counted:
        given, total = counts.get(key, (0, 0))
        counts[key] = (given + count if agrees else given, total + count)
    return counts


# --- A lesson -------------------------------------------------------------------------------------


def students_without_consent(lesson: Lesson) -> list[User]:
    """Return the students of a lesson who have not agreed to recordings in its school year, by name; one query.

    None, where the school had no text that they could have agreed to by then.
    """
    day = timezone.localdate(lesson.starts_at)
    return _WITHOUT_CONSENT.rows(
        lesson_id=lesson.pk, day=day, ends_at=lesson.ends_at, school_year=school_year_of(day)
    )


def _without_consent(
    lesson_id: int, day: dt.date, ends_at: dt.datetime, school_year: int
) -> QuerySet[User]:
    members = Membership.objects.of_students().on(day=day).filter(class_group__lessons=lesson_id)
    standing = Consent.objects.standing().filter(person=OuterRef("pk"), school_year=school_year)
    texts = ConsentText.objects.filter(published_at__lt=ends_at)
    people = User.objects.active().filter(Exists(texts), ~Exists(standing))
    return people.filter(pk__in=members.values("user")).order_by("name_key", "username")


_WITHOUT_CONSENT = Statement(_without_consent)
