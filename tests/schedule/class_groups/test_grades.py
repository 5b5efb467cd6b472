"""The grade of a class group: where it is edited and found, and that every way of making one gives it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, TermFactory, coming_monday
from tests.support.commands import Outcome, run_with
from tests.support.fet_files import Activity, fet_file
from tests.support.pages import Element, read
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

LIST = "/class-groups/"
NAME, GRADE = "初二(3)班", "初二"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def page_of(client: Client, query: str = "") -> Element:
    return read(client.get(f"{LIST}{query}").content)


def names_in(page: Element) -> list[str]:
    return [row.one("a").text for row in rows_of(page)]


def rows_of(page: Element) -> list[Element]:
    tables = page.all("table")
    return tables[0].one("tbody").all("tr") if tables else []


def grades_offered(page: Element) -> dict[str, str]:
    """The values of the filter, by what they read."""
    options = page.one("select", id="id_grade").all("option")
    return {option.text: option.attrs["value"] for option in options}


def save(client: Client, group: ClassGroup, **fields: str) -> ClassGroup:
    answer = client.post(f"{LIST}{group.code}/change/", fields)
    assert answer.status_code == 303
    group.refresh_from_db()
    return group


class TestForm:
    def test_new_one_takes_it_from_its_name_unless_it_is_given(self, client: Client):
        for name, grade in ((NAME, ""), ("苹果班", " 小班 ")):
            client.post(f"{LIST}new/", {"name": name, "grade": grade})

        grades = dict(ClassGroup.objects.values_list("name", "grade"))
        assert grades == {NAME: GRADE, "苹果班": "小班"}

    def test_it_is_changed_and_emptied(self, client: Client):
        group = ClassGroupFactory.create(name=NAME)

        assert save(client, group, name=NAME, grade="八年级").grade == "八年级"
        assert save(client, group, name=NAME, grade="").grade == ""

    def test_one_that_is_renamed_keeps_it(self, client: Client):
        group = ClassGroupFactory.create(name=NAME)
        shown = read(client.get(f"{LIST}{group.code}/change/").content)
        sent = shown.one("input", id="id_grade").attrs["value"]

        assert save(client, group, name="初三(3)班", grade=sent).grade == GRADE
        # A program says nothing of it.
        assert save(client, group, name="高一(3)班").grade == GRADE

    def test_one_that_is_too_long_is_refused(self, client: Client):
        group = ClassGroupFactory.create(name=NAME)

        answer = client.post(f"{LIST}{group.code}/change/", {"name": NAME, "grade": "级" * 17})

        assert answer.status_code == 422
        assert "at most 16 characters" in read(answer.content).text


class TestList:
    @pytest.fixture(autouse=True)
    def _groups(self) -> None:
        for name in ("二年级1班", "十年级1班", "一年级2班", "英语提高班", "Class A"):
            ClassGroupFactory.create(name=name)
        ClassGroupFactory.create(name="2019级1班", archived_at=timezone.now())
        ClassGroupFactory.create(name="苹果班", grade="😀<b>")

    def test_shows_it(self, client: Client):
        grades = [row.all("td")[1].text for row in rows_of(page_of(client))]

        assert grades == ["一年级", "二年级", "十年级", "–", "😀<b>", "–"]

    def test_offers_those_of_this_year_in_their_order(self, client: Client):
        offered = list(grades_offered(page_of(client)))

        assert offered == ["All grades", "一年级", "二年级", "十年级", "😀<b>", "Others"]
        assert "2019级" in grades_offered(page_of(client, "?archived=all"))

    @pytest.mark.parametrize(
        ("grade", "names"),
        [
            *(("二年级", ["二年级1班"]), ("Others", ["Class A", "英语提高班"])),
            ("😀<b>", ["苹果班"]),
        ],
    )
    def test_shows_those_of_one(self, client: Client, grade: str, names: list[str]):
        value = grades_offered(page_of(client))[grade]

        assert names_in(page_of(client, f"?{urlencode({'grade': value})}")) == names

    def test_one_that_is_nobodys_finds_none(self, client: Client):
        assert names_in(page_of(client, "?grade=<b>")) == []

    @pytest.mark.parametrize("wrong", ["", "%00", "级" * 17])
    def test_what_no_grade_can_be_narrows_nothing(self, client: Client, wrong: str):
        assert len(names_in(page_of(client, f"?grade={wrong}"))) == 6

    def test_is_shown_nowhere_where_no_class_group_has_one(self, client: Client):
        ClassGroup.objects.update(grade="")

        assert len(rows_of(page_of(client))[0].all("td")) == 3

    def test_is_found_by_it(self, client: Client):
        assert names_in(page_of(client, "?q=😀")) == ["苹果班"]

    def test_many_take_no_more_queries(self, client: Client):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                page_of(client)
            return len(captured)

        few = queries()
        ClassGroupFactory.create_batch(20)

        assert queries() == few


# --- Ways of making a class group ------------------------------------------------------------------


def by_people(folder: Path) -> Outcome:
    rows = csv_of("username,display_name,role,class_groups", f"s1,王小明,student,{NAME}")
    return run_with("import_users", folder, rows)


def by_lessons(folder: Path) -> Outcome:
    head = "course,teacher,class_groups,date,start,end,room_type,record"
    day = coming_monday()
    return run_with("import_lessons", folder, csv_of(head, f"语文,li,{NAME},{day},8:00,8:45,0,yes"))


def by_weekly_lessons(folder: Path) -> Outcome:
    term = TermFactory.create(first_monday=coming_monday(), weeks=2)
    head = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
    rows = csv_of(head, f"语文,li,{NAME},1,8:00,8:45,all,0,yes")
    return run_with("import_patterns", folder, rows, "--term", term.name)


def by_fet(folder: Path) -> Outcome:
    term = TermFactory.create(first_monday=coming_monday(), weeks=2)
    file = fet_file([Activity(1, "Monday", ["8:00-8:45"], students=NAME, teachers="li")])
    options = ("--format", "fet", "--term", term.name, "--create-missing")
    return run_with("import_lessons", folder, file, *options)


@pytest.mark.parametrize("make", [by_people, by_lessons, by_weekly_lessons, by_fet])
def test_a_file_makes_it_with_its_grade(make: Callable[[Path], Outcome], tmp_path: Path):
    UserFactory.create(username="li", roles=[Role.TEACHER])

    outcome = make(tmp_path)

    assert outcome.code == 0
    assert ClassGroup.objects.get(name=NAME).grade == GRADE


def test_a_file_that_names_it_again_leaves_the_grade(tmp_path: Path):
    ClassGroupFactory.create(name=NAME, grade="八年级")

    by_people(tmp_path)

    assert ClassGroup.objects.get().grade == "八年级"
