"""Planners' pages of courses: their colours, what is bound to one, and how they are made, changed and deleted."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from courseware.models import CourseBinding
from schedule.enums import CourseColour
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Course
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory
from tests.factories.schedule import (
    CourseFactory,
    LessonFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

LIST = "/courses/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def course() -> Course:
    return CourseFactory.create(name="数学", code="sx")


def form_of(client: Client, course: Course) -> Element:
    return main(client.get(f"{LIST}{course.code}/change/"))


def change(client: Client, course: Course, **fields: str) -> Any:
    return client.post(f"{LIST}{course.code}/change/", {"name": course.name, **fields})


def rows_in(client: Client, query: str = "") -> list[list[str]]:
    tables = main(client.get(f"{LIST}{query}")).all("table")
    rows = tables[0].one("tbody").all("tr") if tables else []
    return [[cell.text for cell in row.all("td")] for row in rows]


class TestList:
    def test_says_the_colour_of_each_and_what_is_planned(self, client: Client, course: Course):
        CourseFactory.create(name="体育", colour=CourseColour.PINK)
        LessonFactory.create(course=course, starts_at=school_time(1, 8))
        LessonFactory.create(course=course, starts_at=school_time(-1, 8))
        cancelled = LessonFactory.create(course=course, starts_at=school_time(2, 8))
        cancel_lesson(cancelled, reason="", at=timezone.now())
        WeeklyLessonFactory.create(course=course)

        page = main(client.get(LIST))

        assert rows_in(client) == [
            ["数学", "By its name (Orange)", "1", "1"],
            ["体育", "Pink", "0", "0"],
        ]
        # The colour is said in words beside.
        swatches = page.all("span", "swatch")
        assert [each.classes for each in swatches] == [
            {"swatch", "subject-2"},
            {"swatch", "subject-5"},
        ]
        assert {each.attrs["aria-hidden"] for each in swatches} == {"true"}

    @pytest.mark.parametrize("typed", ["数", "shuxue", "SX", "sx"])
    def test_is_found_by_name_pinyin_and_code(self, client: Client, course: Course, typed: str):
        CourseFactory.create(name="语文", code="yw")

        assert [row[0] for row in rows_in(client, f"?q={typed}")] == ["数学"]

    @pytest.mark.parametrize("typed", ["%", "_", "<b>"])
    def test_marks_of_patterns_are_letters(self, client: Client, course: Course, typed: str):
        page = main(client.get(LIST, {"q": typed}))

        assert "No course fits." in page.text
        assert page.one("input", name="q").attrs["value"] == typed

    @pytest.mark.parametrize(
        ("typed", "words"),
        [("\0", "a character that cannot be shown"), ("x" * 10000, "at most 256 characters")],
    )
    def test_search_that_cannot_be_is_pointed_out(
        self, client: Client, course: Course, typed: str, words: str
    ):
        assert words in main(client.get(LIST, {"q": typed})).one("span", "errors").text

    def test_full_width_letters_count_as_plain_ones(self, client: Client, course: Course):
        assert [row[0] for row in rows_in(client, "?q=ｓｘ")] == ["数学"]

    def test_search_keeps_the_length_of_a_page(self, client: Client, course: Course):
        page = main(client.get(LIST, {"page_size": "20"}))

        assert (
            page.one("form", "list-filters").one("input", name="page_size").attrs["value"] == "20"
        )

    def test_many_take_no_more_queries(self, client: Client, course: Course):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(LIST)
            return len(captured)

        one = queries()
        CourseFactory.create_batch(20)

        assert queries() == one <= 14


class TestForm:
    def test_offers_all_colours_and_says_which_one_its_name_gives(
        self, client: Client, course: Course
    ):
        select = form_of(client, course).one("select", id="id_colour")

        offered = {each.attrs["value"]: each.text for each in select.all("option")}
        assert offered.pop("0") == "By its name (Orange)"
        with translation.override("en"):
            colours = {str(colour.value): str(colour.label) for colour in CourseColour if colour}
        assert offered == colours
        (chosen,) = (each for each in select.all("option") if "selected" in each.attrs)
        assert chosen.attrs["value"] == "0"

    def test_has_a_swatch_that_the_styles_paint(self, client: Client, course: Course):
        swatch = form_of(client, course).one("span", "colour-choice").one("span", "swatch")

        assert swatch.classes == {"swatch", "subject-2"}
        styles = (settings.BASE_DIR / "static/css/tokens.css").read_text()
        painted = re.findall(
            r'\.subject-(\d+), select:has\(> \[value="(\d+)"\]:checked\) \+ \.swatch \{', styles
        )
        assert painted == [(str(colour.value),) * 2 for colour in CourseColour if colour]

    def test_colour_is_chosen_and_given_back_to_the_name(self, client: Client, course: Course):
        for colour in (CourseColour.AMBER, CourseColour.BY_NAME):
            assert change(client, course, colour=str(colour.value)).status_code == 303
            course.refresh_from_db()
            assert course.colour == colour

    def test_what_a_request_leaves_out_stays(self, client: Client, course: Course):
        change(client, course, colour="7")

        for fields in ({}, {"colour": "", "code": ""}):
            change(client, course, **fields)
            course.refresh_from_db()
            assert (course.colour, course.code) == (CourseColour.AMBER, "sx")

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            *(({"colour": wrong}, 422) for wrong in ("13", "-1", "red", "1.5", "\0")),
            *(({"name": wrong}, 422) for wrong in ("", "课" * 65, "\0")),
            *(({"code": wrong}, 422) for wrong in ("a/b", "数学", "x" * 17, "a b")),
            ({"name": "语文"}, 409),
            ({"code": "yw"}, 409),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, client: Client, course: Course, fields: dict[str, str], status: int
    ):
        CourseFactory.create(name="语文", code="yw")

        answer = change(client, course, **fields)

        assert answer.status_code == status
        assert len(main(answer).all("ul", "errors")) == 1
        course.refresh_from_db()
        assert (course.name, course.colour, course.code) == ("数学", 0, "sx")

    def test_new_one_gets_a_code(self, client: Client, planner: User):
        answer = client.post(f"{LIST}new/", {"name": "书法", "colour": "4"})

        made = Course.objects.get(name="书法")
        assert (answer.status_code, answer["Location"]) == (303, f"{LIST}{made.code}/")
        assert (made.colour, len(made.code) > 4) == (CourseColour.VIOLET, True)
        assert AuditEntry.objects.get(kind=AuditKind.COURSE_ADDED).actor == planner
        assert client.post(f"{LIST}new/", {"name": "书法"}).status_code == 409

    def test_of_two_planners_the_second_reads_what_is_there_now(
        self, client: Client, course: Course
    ):
        known = form_of(client, course).one("input", name="known").attrs["value"]
        assert change(client, course, colour="7", known=known).status_code == 303

        answer = change(client, course, name="数学课", known=known)

        assert answer.status_code == 409
        assert "its colour Amber" in main(answer).text
        course.refresh_from_db()
        assert course.name == "数学"


class TestOne:
    def test_says_what_is_bound_with_links(self, client: Client, course: Course, teacher: User):
        LessonFactory.create(course=course, starts_at=school_time(1, 8))
        LessonFactory.create(course=course, starts_at=school_time(-1, 8))
        weekly = WeeklyLessonFactory.create(course=course)
        files = [CoursewareFactory.create(name=name) for name in ("字帖", "古诗")]
        CourseBinding.objects.create(course=course, courseware=files[0])
        CourseBinding.objects.create(course=course, courseware=files[1], teacher=teacher)

        page = main(client.get(f"{LIST}{course.code}/"))

        links = {link.text: link.attrs["href"] for link in page.all("a")}
        day = timezone.localdate() + dt.timedelta(days=1)
        assert links["1 coming lesson"].startswith(f"/schedule/matrix/{day}/?course=")
        term = weekly.term
        assert links[f"1 weekly lesson of the term {term.name}"] == f"/schedule/terms/{term.code}/"
        assert links["字帖.pdf"] == f"/courseware/{files[0].code}/"
        assert "in the lessons of 李老师" in page.text
        assert "1 lesson that is over or cancelled" in page.text
        # That of weekly lessons from a day on leads to the term.
        assert all(client.get(link).status_code in {200, 303} for link in links.values())

    @pytest.mark.parametrize("code", ["new", "..", "a/b", "数 学", "a~b", "x?y#z", "%41"])
    def test_codes_of_before_are_addresses_too(self, client: Client, code: str):
        course = CourseFactory.create(code=code)
        address = reverse("courses:course", args=[code])

        assert main(client.get(address)).one("h1").text == course.name
        assert address.count("/") == 3

    @pytest.mark.parametrize("code", ["none", "~110000.", "%00", "~0."])
    def test_unknown_code_is_404(self, client: Client, code: str):
        assert client.get(f"{LIST}{code}/").status_code == 404

    def test_others_find_nothing(self, signed_in: SignedIn, course: Course):
        for role in (Role.STUDENT, Role.TEACHER, Role.SUPERVISOR):
            client = signed_in(UserFactory.create(roles=[role]))
            paths = (LIST, f"{LIST}{course.code}/", f"{LIST}{course.code}/delete/")

            assert {client.get(path).status_code for path in paths} == {404}
            assert change(client, course, name="别的").status_code == 404


class TestDeleted:
    def test_one_that_is_not_used_goes_with_its_courseware_named(
        self, client: Client, course: Course
    ):
        file = CoursewareFactory.create(name="字帖")
        CourseBinding.objects.create(course=course, courseware=file)
        page = main(client.get(f"{LIST}{course.code}/delete/"))

        answer = client.post(f"{LIST}{course.code}/delete/")

        assert "字帖" in page.text
        assert (answer.status_code, answer["Location"]) == (303, LIST)
        assert not Course.objects.exists()

    @pytest.mark.parametrize("factory", [LessonFactory, WeeklyLessonFactory])
    def test_one_that_is_used_says_so_and_stays(self, client: Client, course: Course, factory: Any):
        factory.create(course=course)

        page = main(client.get(f"{LIST}{course.code}/delete/"))
        answer = client.post(f"{LIST}{course.code}/delete/")

        assert page.one("h1").text == "This course cannot be deleted"
        assert not page.all("button")
        assert answer.status_code == 409
        assert Course.objects.filter(pk=course.pk).exists()


def test_addresses_of_before_lead_to_the_pages(client: Client, course: Course):
    one = f"/admin/schedule/course/{course.pk}/"
    wanted = {
        "/admin/schedule/course/": LIST,
        "/admin/schedule/course/add/": f"{LIST}new/",
        **{f"{one}{what}/": f"{LIST}sx/" for what in ("change", "delete", "history")},
    }

    assert {path: client.get(path).get("Location") for path in wanted} == wanted
    assert "/admin/schedule/course/" not in str(read(client.get("/admin/").content))
