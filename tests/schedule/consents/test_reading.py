"""Consents as pages read them: which hold, who needs a guardian, and how many there are."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from schedule.consents.reading import (
    ConsentState,
    consent_of,
    counts_given,
    students_with_consents,
    students_without_consent,
    with_guardian,
)
from schedule.consents.writing import GivenConsent, give_consents, withdraw_consents
from schedule.enums import AgeBand
from schedule.models import ClassGroup, Consent, ConsentText, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, ConsentTextFactory, MembershipFactory
from tests.schedule.consents.conftest import Agrees
from tests.support.erasing import under_way

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def state_of(person: User, year: int) -> ConsentState:
    return consent_of(person, school_year=year).state


class TestState:
    def test_holds_for_its_school_year_alone(self, student: User, agrees: Agrees, school_year: int):
        agrees(student)

        assert state_of(student, school_year) is ConsentState.GIVEN
        assert state_of(student, school_year + 1) is ConsentState.MISSING

    def test_is_withdrawn_and_given_once_more(
        self, student: User, agrees: Agrees, school_year: int
    ):
        agrees(student)
        at = timezone.now()
        people = withdraw_consents([student], school_year=school_year, at=at, by=student)

        assert people == [student]
        assert state_of(student, school_year) is ConsentState.WITHDRAWN
        agrees(student)
        assert state_of(student, school_year) is ConsentState.GIVEN
        assert Consent.objects.filter(person=student).count() == 2

    @pytest.mark.parametrize(
        ("asks_again", "state"), [(True, ConsentState.OUTDATED), (False, ConsentState.GIVEN)]
    )
    def test_a_new_text_ends_it_only_where_everybody_is_asked_again(
        self,
        student: User,
        agrees: Agrees,
        school_year: int,
        asks_again: bool,
        state: ConsentState,
    ):
        agrees(student)
        ConsentTextFactory.create(number=2, asks_again=asks_again)
        # Neither does a later one that asks nobody again.
        ConsentTextFactory.create(number=3)

        assert state_of(student, school_year) is state
        agrees(student)
        assert state_of(student, school_year) is ConsentState.GIVEN

    def test_who_has_agreed_is_written_down_once(
        self, student: User, text: ConsentText, school_year: int
    ):
        given, at = [GivenConsent(student)], timezone.now()
        for people in ([student], []):
            assert (
                give_consents(given, text=text, school_year=school_year, at=at, by=None) == people
            )

        assert AuditEntry.objects.filter(kind=AuditKind.CONSENT_GIVEN).count() == 1

    def test_the_database_keeps_one_that_stands(self, student: User, agrees: Agrees):
        consent = agrees(student)
        consent.pk, consent.code = None, "another"

        with pytest.raises(IntegrityError), transaction.atomic():
            consent.save(force_insert=True)

    def test_the_audit_log_names_no_guardian(self, student: User, agrees: Agrees):
        agrees(student, "王大山", "父亲")

        entry = AuditEntry.objects.get(kind=AuditKind.CONSENT_GIVEN)
        assert entry.details["given_by"] == "guardian"
        assert "王大山" not in str(entry.details)


class TestGuardian:
    @pytest.mark.parametrize(
        ("band", "needs"), [("", False), (AgeBand.UNDER_14, True), (AgeBand.FROM_14_TO_17, False)]
    )
    def test_agrees_for_students_of_class_groups_under_14(
        self, student: User, class_group: ClassGroup, today: dt.date, band: str, needs: bool
    ):
        ClassGroup.objects.filter(pk=class_group.pk).update(age_band=band)

        assert with_guardian([student.pk], day=today) == ({student.pk} if needs else set())

    def test_one_class_group_of_several_is_enough(self, student: User, today: dt.date):
        group = ClassGroupFactory.create(age_band=AgeBand.UNDER_14)
        MembershipFactory.create(user=student, class_group=group)

        assert with_guardian([student.pk], day=today) == {student.pk}

    def test_those_of_years_that_are_over_ask_for_none(self, student: User, today: dt.date):
        archived = ClassGroupFactory.create(age_band=AgeBand.UNDER_14, archived_at=timezone.now())
        MembershipFactory.create(user=student, class_group=archived)
        left = ClassGroupFactory.create(age_band=AgeBand.UNDER_14)
        MembershipFactory.create(
            user=student, class_group=left, to_date=today - dt.timedelta(days=1)
        )

        assert with_guardian([student.pk], day=today) == frozenset()


class TestClassGroup:
    def test_counts_each_student_once(
        self, student: User, class_group: ClassGroup, agrees: Agrees, today: dt.date
    ):
        for _number in range(2):
            MembershipFactory.create(class_group=class_group)
        agrees(student)
        empty = ClassGroupFactory.create()

        counts = counts_given([class_group.pk, empty.pk], day=today)

        assert counts == {class_group.pk: (1, 3)}

    def test_takes_three_queries_for_any_number(
        self,
        student: User,
        class_group: ClassGroup,
        agrees: Agrees,
        today: dt.date,
        school_year: int,
    ):
        agrees(student)

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                students_with_consents(class_group, school_year=school_year, day=today)
            return len(captured)

        assert queries() == 3
        for _number in range(20):
            agrees(MembershipFactory.create(class_group=class_group).user)
        assert queries() == 3


class TestLesson:
    def test_names_students_who_have_not_agreed(
        self, lesson: Lesson, student: User, agrees: Agrees, class_group: ClassGroup
    ):
        other = MembershipFactory.create(
            class_group=class_group, user=UserFactory.create(display_name="白小雨")
        ).user
        agrees(student)

        assert students_without_consent(lesson) == [other]

    def test_names_nobody_before_there_is_a_text(self, lesson: Lesson, student: User):
        ConsentTextFactory.create(published_at=lesson.ends_at + dt.timedelta(minutes=1))

        assert students_without_consent(lesson) == []

    def test_asks_for_the_school_year_of_the_lesson(
        self, lesson: Lesson, student: User, agrees: Agrees, school_year: int
    ):
        agrees(student, year=school_year - 1)

        assert students_without_consent(lesson) == [student]


def test_nobody_agrees_for_somebody_who_is_being_erased(
    student: User, text: ConsentText, school_year: int
):
    under_way(student)

    given = [GivenConsent(student, "王大明", "father")]
    at = timezone.now()
    assert give_consents(given, text=text, school_year=school_year, at=at, by=None) == []

    assert not Consent.objects.exists()
