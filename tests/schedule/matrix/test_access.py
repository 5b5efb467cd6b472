"""Access to the timetable of the whole school, and the ways that lead there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import RoleGrant, SchoolSettings, User
from schedule.models import Term
from tests.cast import SignedIn
from tests.schedule.matrix.conftest import PlanAt
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

MATRIX = "/schedule/matrix/"
PATHS = (
    *(MATRIX, f"{MATRIX}matrix.xlsx", f"{MATRIX}print/"),
    *(f"{MATRIX}2026-12-01/{rest}" for rest in ("", "matrix.xlsx", "print/")),
)


def forbid_teachers() -> None:
    SchoolSettings.objects.update_or_create(pk=1, defaults={"teachers_see_all_timetables": False})


class TestWhoSeesIt:
    def test_staff_supervisors_and_teachers(
        self,
        signed_in: SignedIn,
        planner: User,
        administrator: User,
        superuser: User,
        supervisor: User,
        teacher: User,
        other_teacher: User,
    ):
        for person in (planner, administrator, superuser, supervisor, teacher, other_teacher):
            for path in PATHS:
                assert signed_in(person).get(path).status_code == 200, (person, path)

    def test_students_do_not(self, signed_in: SignedIn, student: User, outsider: User):
        for person in (student, outsider):
            for path in (*PATHS, "/schedule/?school=1"):
                assert signed_in(person).get(path).status_code == 404, (person, path)

    def test_teachers_do_not_where_the_school_says_so(
        self, signed_in: SignedIn, teacher: User, supervisor: User
    ):
        forbid_teachers()

        for path in (*PATHS, "/schedule/?school=1"):
            assert signed_in(teacher).get(path).status_code == 404, path
        assert signed_in(supervisor).get(MATRIX).status_code == 200
        RoleGrant.objects.create(user=teacher, role=Role.PLANNER)
        assert signed_in(teacher).get(MATRIX).status_code == 200

    def test_setting_stands_among_those_of_the_school(
        self, signed_in: SignedIn, administrator: User
    ):
        client = signed_in(administrator)

        form = main(client.get("/admin/accounts/schoolsettings/1/change/"))

        field = form.one("input", name="teachers_see_all_timetables")
        assert "checked" in field.attrs
        assert "老师可以看全校的课程表" in form.text


class TestTeachers:
    def test_open_their_own_lessons_and_nobody_elses(
        self,
        signed_in: SignedIn,
        teacher: User,
        assistant: User,
        other_teacher: User,
        term: Term,
        plan_at: PlanAt,
    ):
        lesson = plan_at("语文课", "08:10", assistants=[assistant])

        for person, expected in (
            (teacher, [f"/schedule/lessons/{lesson.code}/"]),
            (assistant, [f"/schedule/lessons/{lesson.code}/"]),
            (other_teacher, []),
        ):
            for query in ("", "?by=teacher"):
                table = main(signed_in(person).get(MATRIX + query)).one("table")
                links = {each.attrs["href"] for each in table.all("a")}
                assert sorted(links) == expected, (person, query)
                assert "语文课 李老师" in table.text or "语文课 三年级1班" in table.text

    def test_their_week_leads_there_and_it_leads_back(
        self, signed_in: SignedIn, teacher: User, student: User
    ):
        client = signed_in(teacher)
        week = main(client.get("/schedule/2026-12-03/"))

        assert week.link("总课表") == f"{MATRIX}2026-11-30/?span=week"
        assert main(client.get(MATRIX)).link("我的课程表") == "/schedule/2026-12-01/"
        for person in (student, teacher):
            forbid_teachers()
            page = main(signed_in(person).get("/schedule/"))
            assert "总课表" not in page.text


class TestWayFromTheWholeWeek:
    """The week of the whole school was a page of the timetable once."""

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/schedule/?school=1", f"{MATRIX}?span=week"),
            ("/schedule/2026-12-01/?school=1", f"{MATRIX}2026-12-01/?span=week"),
            ("/schedule/2026-12-01/?school=1&teacher=", f"{MATRIX}2026-12-01/?span=week"),
            ("/schedule/?school=1&day=2026-12-01", "/schedule/2026-12-01/?school=1"),
        ],
    )
    def test_leads_to_the_matrix(
        self, signed_in: SignedIn, planner: User, path: str, expected: str
    ):
        answer = signed_in(planner).get(path)

        assert (answer.status_code, answer["Location"]) == (302, expected)

    def test_of_a_teacher_or_class_group_stays_where_it_is(
        self, signed_in: SignedIn, planner: User, teacher: User
    ):
        client = signed_in(planner)

        for query in ("school=1&teacher=teacher", "school=0", "school="):
            assert client.get(f"/schedule/?{query}").status_code == 200, query


class TestMenu:
    def entries(self, signed_in: SignedIn, person: User) -> set[str]:
        page = read(signed_in(person).get("/accounts/profile/").content)
        return {self.address(nav) for nav in page.all("nav") if nav.attrs["aria-label"] == "页面"}

    def address(self, nav: Element) -> str:
        return nav.link("课程表")

    def test_leads_there_for_who_looks_after_the_school_and_teaches_nothing(
        self,
        signed_in: SignedIn,
        planner: User,
        supervisor: User,
        administrator: User,
        plan_at: PlanAt,
    ):
        RoleGrant.objects.create(user=supervisor, role=Role.TEACHER)

        for person in (planner, supervisor, administrator):
            assert self.entries(signed_in, person) == {MATRIX}, person
        plan_at("语文课", "08:10", teacher=supervisor)
        assert self.entries(signed_in, supervisor) == {"/schedule/"}

    def test_leads_all_others_to_their_own_week(
        self, signed_in: SignedIn, teacher: User, student: User
    ):
        for person in (teacher, student):
            assert self.entries(signed_in, person) == {"/schedule/"}, person

    def test_is_marked_there(self, signed_in: SignedIn, planner: User):
        page = read(signed_in(planner).get(MATRIX).content)

        marked = [each.text for each in page.all("a") if each.attrs.get("aria-current") == "page"]
        assert marked == ["课程表", "课程表"]

    def test_asks_for_no_lesson_of_who_is_not_planned(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)
        client.get("/accounts/profile/")

        with CaptureQueriesContext(connection) as asked:
            client.get("/accounts/profile/")

        assert not [each for each in asked if "schedule_lesson" in each["sql"]]
