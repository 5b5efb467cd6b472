"""Consents of people who were erased: the row stays for years without a name, and goes then."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Erasure, User
from schedule.consents.digests import consent_on_print
from schedule.consents.forgetting import KEPT_AFTER_ERASURE, forget_consents_of_erased
from schedule.consents.reading import students_without_consent
from schedule.models import Consent, Lesson
from tests.factories.schedule import MembershipFactory
from tests.schedule.consents.conftest import Agrees
from tests.support.erasing import erased

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def test_a_consent_stays_without_names_and_still_answers(student: User, agrees: Agrees):
    name = student.display_name
    consent = agrees(student, "欧阳大山", "父亲")

    erased(student)

    consent.refresh_from_db()
    assert (consent.guardian_name, consent.guardian_relation) == ("", "")
    assert consent.person.display_name != name
    people = {"name": name, "guardian_name": "欧阳大山", "guardian_relation": "父亲"}
    assert consent_on_print(code=consent.code, **people) == consent
    assert consent_on_print(code=consent.code, **{**people, "name": "王芳"}) is None


def test_those_whom_an_erased_person_noted_keep_their_guardians(
    student: User, teacher: User, agrees: Agrees
):
    consent = agrees(student, "欧阳大山", "父亲")
    Consent.objects.update(recorded_by=teacher)
    Lesson.objects.all().delete()

    erased(teacher)

    consent.refresh_from_db()
    assert consent.guardian_name == "欧阳大山"


def test_it_goes_three_years_after_the_erasure(student: User, agrees: Agrees):
    other = MembershipFactory.create().user
    agrees(other)
    agrees(student)
    erased(student)
    at = timezone.now()
    Erasure.objects.update(erased_at=at - KEPT_AFTER_ERASURE)

    assert forget_consents_of_erased(at, KEPT_AFTER_ERASURE) == 0
    assert forget_consents_of_erased(at + DAY, KEPT_AFTER_ERASURE) == 1

    assert [consent.person for consent in Consent.objects.all()] == [other]


def test_a_closed_account_is_not_missed(lesson: Lesson, student: User, agrees: Agrees):
    User.objects.filter(pk=student.pk).update(is_active=False)

    assert students_without_consent(lesson) == []
