"""One's own attendance, and a student's as others see it."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from attendance.enums import AttendanceState
from attendance.models import LessonAttendance
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import counted_lesson
from tests.factories.schedule import ClassGroupFactory, MembershipFactory, TermFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

OWN = "/attendance/"


def main(client: Client, path: str) -> Element:
    return read(client.get(path).content).one("main")


def figures_of(page: Element) -> dict[str, str]:
    """Return the figures above the lessons, by their words."""
    return {
        line.one("dt").text: line.one("dd").text for line in page.one("dl", "figures").all("div")
    }


@pytest.fixture
def class_teacher(class_group: ClassGroup) -> User:
    user = UserFactory.create(roles=(Role.TEACHER,))
    MembershipFactory.create(class_group=class_group, user=user, kind=MembershipKind.CLASS_TEACHER)
    return user


@pytest.fixture
def lessons(
    term: Term, teacher: User, class_group: ClassGroup, student: User
) -> list[LessonAttendance]:
    """Present, late, absent, excused, and one whose statistics have not come."""
    stays = [(0, 45), (7, 45), None, None, (0, 45)]
    made = [
        counted_lesson(teacher, class_group, {student: stay}, days=-number, has_come=number != 5)
        for number, stay in enumerate(stays, start=1)
    ]
    made[3].people.filter(person=student).update(
        corrected_state=AttendanceState.EXCUSED, correction_reason="病假", corrected_by=teacher
    )
    return made


class TestOwn:
    def test_figures_leave_out_what_is_excused_or_provisional(
        self, signed_in: SignedIn, student: User, lessons: list[LessonAttendance]
    ):
        page = main(signed_in(student, "en"), OWN)

        assert figures_of(page) == {
            "Attendance rate": "66.6%",
            "Present": "1",
            "Late": "1",
            "Left early": "0",
            "Absent": "1",
            "Excused": "1",
            "Provisional": "1",
        }

    def test_each_lesson_says_its_state_its_times_and_why_it_was_corrected(
        self, signed_in: SignedIn, student: User, lessons: list[LessonAttendance]
    ):
        rows = main(signed_in(student, "en"), OWN).one("table", "row-table").all("tr")[1:]

        assert [row.one("span", "mark").text.split(" ", 1)[1] for row in rows] == [
            "Present",
            "Late",
            "Absent",
            "Excused",
            "Provisional",
        ]
        assert "08:07:00" in rows[1].text
        assert "38 min" in rows[1].text
        assert "病假" in rows[3].text

    def test_teachers_see_what_they_taught_with_how_many_were_there(
        self, signed_in: SignedIn, teacher: User, lessons: list[LessonAttendance]
    ):
        rows = main(signed_in(teacher), OWN).one("table", "row-table").all("tr")[1:]

        shares = [row.all("td")[3].text.split()[0] for row in rows]
        assert shares == ["1/1", "1/1", "0/1", "0/1", "–"]
        link = f"/schedule/lessons/{lessons[0].lesson.code}/attendance/"
        assert rows[0].one("a").attrs["href"] == link

    def test_another_term_is_chosen_by_its_code_and_an_unknown_one_is_this_one(
        self, signed_in: SignedIn, student: User, term: Term, lessons: list[LessonAttendance]
    ):
        other = TermFactory.create()
        client = signed_in(student)

        assert "Lessons" not in main(client, f"{OWN}?term={other.code}").text
        assert not main(client, f"{OWN}?term={other.code}").all("table", "row-table")
        for query in ("", f"?term={term.code}", "?term=nothing", "?term=%00"):
            assert len(main(client, OWN + query).one("table", "row-table").all("tr")) == 6

    def test_who_has_none_reads_what_will_be_here(
        self, signed_in: SignedIn, outsider: User, lessons: list[LessonAttendance]
    ):
        page = main(signed_in(outsider, "en"), OWN)

        assert "no class has been counted yet" in page.text
        assert "Once a class is over" in page.text

    def test_a_school_without_terms_shows_the_last_half_year(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup, student: User
    ):
        counted_lesson(teacher, class_group, {student: (0, 45)}, days=-100)
        counted_lesson(teacher, class_group, {student: (0, 45)}, days=-300)

        page = main(signed_in(student), OWN)

        assert len(page.one("table", "row-table").all("tr")) == 2

    def test_many_lessons_are_paged(
        self,
        signed_in: SignedIn,
        term: Term,
        teacher: User,
        class_group: ClassGroup,
        student: User,
        lessons: list[LessonAttendance],
    ):
        client = signed_in(student)

        first, second = (main(client, f"{OWN}?page_size=10&page={number}") for number in (1, 2))
        for hour in range(9, 16):
            counted_lesson(teacher, class_group, {student: (0, 45)}, hour=hour)
        last = main(client, f"{OWN}?page_size=10&page=2")

        assert len(first.one("table", "row-table").all("tr")) == 6
        assert not second.all("div", "pager")
        assert len(last.one("table", "row-table").all("tr")) == 3


class TestAsOthersSeeIt:
    def test_class_teacher_supervisor_and_staff_see_it_and_nobody_else(
        self,
        signed_in: SignedIn,
        student: User,
        class_teacher: User,
        supervisor: User,
        planner: User,
        teacher: User,
        outsider: User,
        lessons: list[LessonAttendance],
    ):
        path = f"/attendance/people/{student.code}/"

        for person in (class_teacher, supervisor, planner):
            assert "病假" in main(signed_in(person), path).text, person
        for person in (teacher, outsider, student):
            assert signed_in(person).get(path).status_code == 404, person
        assert signed_in(planner).get("/attendance/people/nobody/").status_code == 404

    def test_class_teachers_see_the_lessons_of_their_own_class_groups(
        self,
        signed_in: SignedIn,
        student: User,
        class_teacher: User,
        planner: User,
        teacher: User,
        lessons: list[LessonAttendance],
    ):
        elsewhere = ClassGroupFactory.create()
        MembershipFactory.create(class_group=elsewhere, user=student)
        counted_lesson(teacher, elsewhere, {student: (0, 45)}, hour=15)
        path = f"/attendance/people/{student.code}/"
        own = class_teacher.memberships.get().class_group

        ways_back = main(signed_in(class_teacher), path).all("p", "not-printed")
        assert [way.text for way in ways_back] == [f"‹ {own.name}"]
        assert not main(signed_in(planner), path).all("p", "not-printed")
        rows = {
            person: len(main(signed_in(person), path).one("table", "row-table").all("tr")) - 1
            for person in (class_teacher, planner)
        }

        assert rows == {class_teacher: 5, planner: 6}

    def test_the_page_of_a_student_says_what_the_term_was_and_leads_on(
        self,
        signed_in: SignedIn,
        planner: User,
        student: User,
        teacher: User,
        lessons: list[LessonAttendance],
    ):
        client = signed_in(planner, "en")

        panel = main(client, f"/people/{student.code}/").one(
            "section", **{"aria-labelledby": "person-attendance"}
        )

        assert "66.6%" in panel.text
        assert panel.one("a").attrs["href"] == f"/attendance/people/{student.code}/"
        assert "person-attendance" not in client.get(f"/people/{teacher.code}/").content.decode()
