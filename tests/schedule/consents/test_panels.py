"""Consents on pages further down: of a lesson, a person, class groups, and the list of these."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from schedule.enums import RecordMode
from schedule.models import ClassGroup, ConsentText, Lesson
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.schedule.consents.conftest import Agrees
from tests.support.pages import main

pytestmark = pytest.mark.django_db

NOT_AGREED = "1 student has not agreed to being recorded."


@pytest.mark.usefixtures("text", "student")
class TestLesson:
    def page(self, signed_in: SignedIn, user: User, lesson: Lesson) -> str:
        return main(signed_in(user, "en").get(f"/schedule/lessons/{lesson.code}/")).text

    def test_names_them_for_who_teaches_and_for_staff(
        self,
        signed_in: SignedIn,
        lesson: Lesson,
        student: User,
        teacher: User,
        assistant: User,
        planner: User,
    ):
        for user in (teacher, assistant, planner):
            page = self.page(signed_in, user, lesson)
            assert NOT_AGREED in page
            assert student.display_name in page

    def test_and_for_nobody_else(
        self, signed_in: SignedIn, lesson: Lesson, student: User, supervisor: User
    ):
        for user in (student, supervisor):
            assert NOT_AGREED not in self.page(signed_in, user, lesson)

    def test_is_silent_when_all_have_agreed(
        self, signed_in: SignedIn, lesson: Lesson, student: User, teacher: User, agrees: Agrees
    ):
        agrees(student)

        assert "agreed to being recorded" not in self.page(signed_in, teacher, lesson)

    def test_and_where_nothing_is_recorded(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.NONE)

        assert "agreed to being recorded" not in self.page(signed_in, teacher, lesson)


class TestClassGroups:
    def test_the_list_says_how_many_have_agreed(
        self,
        signed_in: SignedIn,
        planner: User,
        student: User,
        class_group: ClassGroup,
        agrees: Agrees,
    ):
        MembershipFactory.create(class_group=class_group)
        agrees(student)

        page = main(signed_in(planner, "en").get("/class-groups/"))

        assert page.link("1 of 2") == f"/schedule/class-groups/{class_group.code}/consents/"

    def test_says_nothing_before_there_is_a_text(
        self, signed_in: SignedIn, planner: User, student: User, class_group: ClassGroup
    ):
        client = signed_in(planner, "en")

        assert "Consent" not in main(client.get("/class-groups/")).one("table").text
        assert " of " not in main(client.get(f"/class-groups/{class_group.code}/")).one("h1").text

    @pytest.mark.usefixtures("text")
    def test_the_list_costs_the_same_for_many(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get("/class-groups/")
            return len(captured)

        MembershipFactory.create()
        queries()
        one = queries()
        for _number in range(10):
            MembershipFactory.create(class_group=ClassGroupFactory.create())
        assert queries() == one

    @pytest.mark.usefixtures("text")
    def test_the_page_says_it_too_and_leads_on(
        self, signed_in: SignedIn, planner: User, student: User, class_group: ClassGroup
    ):
        page = main(signed_in(planner, "en").get(f"/class-groups/{class_group.code}/"))

        assert "Consent to recordings: 0 of 1" in page.text
        address = f"/schedule/class-groups/{class_group.code}/consents/"
        assert page.link("Consent to recordings") == address


class TestPerson:
    def test_lists_what_a_student_agreed_to(
        self,
        signed_in: SignedIn,
        planner: User,
        student: User,
        agrees: Agrees,
        school_year: int,
    ):
        agrees(student, "王大山", "父亲", year=school_year - 1)

        page = main(signed_in(planner, "en").get(f"/people/{student.code}/"))

        panel = page.one("section", **{"aria-labelledby": "person-consents"}).text
        assert f"{school_year - 1}–{school_year}" in panel
        assert "王大山 (父亲)" in panel

    def test_teachers_have_none(
        self, signed_in: SignedIn, planner: User, teacher: User, text: ConsentText
    ):
        page = main(signed_in(planner, "en").get(f"/people/{teacher.code}/"))

        assert page.all("section", **{"aria-labelledby": "person-consents"}) == []
