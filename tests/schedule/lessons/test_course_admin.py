"""Courses in the administration: their colours are seen there, and chosen."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from schedule.enums import CourseColour
from schedule.models import Course
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory
from tests.support.administration import list_of
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

LIST = list_of(Course)


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def course() -> Course:
    return CourseFactory.create(name="数学", code="sx")


def form_of(client: Client, course: Course) -> Element:
    return read(client.get(f"{LIST}{course.pk}/change/").content)


def choose(client: Client, course: Course, **fields: str) -> int:
    answer = client.post(
        f"{LIST}{course.pk}/change/", {"name": course.name, "code": course.code, **fields}
    )
    assert answer.status_code == 302
    course.refresh_from_db()
    return course.colour


def test_list_says_the_colour_of_each_and_shows_it(client: Client, course: Course):
    CourseFactory.create(name="体育", colour=CourseColour.PINK)

    page = read(client.get(LIST).content)

    cells = page.all("td", "field-shown_colour")
    assert [cell.text for cell in cells] == ["By its name (Orange)", "Pink"]
    swatches = [cell.one("span", "swatch") for cell in cells]
    assert [each.classes for each in swatches] == [{"swatch", "subject-2"}, {"swatch", "subject-5"}]
    # The colour is said in words beside.
    assert {each.attrs["aria-hidden"] for each in swatches} == {"true"}


def test_form_offers_all_and_says_which_one_its_name_gives(client: Client, course: Course):
    select = form_of(client, course).one("select", id="id_colour")

    offered = {each.attrs["value"]: each.text for each in select.all("option")}
    assert offered.pop("0") == "By its name (Orange)"
    with translation.override("en"):
        colours = {str(colour.value): str(colour.label) for colour in CourseColour if colour}
    assert offered == colours
    (chosen,) = (each for each in select.all("option") if "selected" in each.attrs)
    assert chosen.attrs["value"] == "0"


def test_form_has_a_swatch_that_the_styles_paint(client: Client, course: Course):
    page = form_of(client, course)

    assert page.one("span", "colour-choice").one("span", "swatch").classes == {
        "swatch",
        "subject-2",
    }
    styles = (settings.BASE_DIR / "static/css/admin.css").read_text()
    painted = re.findall(
        r'option\[value="(\d+)"\]:checked\) \.swatch \{ --subject: var\(--subject-(\d+)\)', styles
    )
    assert painted == [(str(colour.value),) * 2 for colour in CourseColour if colour]
    assert any(
        "subjects" in each.attrs["href"] for each in page.all("link") if "href" in each.attrs
    )


def test_form_of_a_new_one_has_none_by_its_name_yet(client: Client):
    page = read(client.get(f"{LIST}add/").content)

    assert page.one("select", id="id_colour").all("option")[0].text == "By its name"
    assert page.one("span", "swatch").classes == {"swatch", "subject-0"}


def test_colour_is_chosen_and_given_back_to_the_name(client: Client, course: Course):
    assert choose(client, course, colour="7") == CourseColour.AMBER
    assert choose(client, course, colour="0") == CourseColour.BY_NAME


def test_what_a_request_leaves_out_stays(client: Client, course: Course):
    choose(client, course, colour="7")

    assert choose(client, course) == CourseColour.AMBER
    assert choose(client, course, colour="") == CourseColour.AMBER


@pytest.mark.parametrize("wrong", ["13", "-1", "red", "1.5", "\0"])
def test_what_is_no_colour_is_refused(client: Client, course: Course, wrong: str):
    answer = client.post(
        f"{LIST}{course.pk}/change/", {"name": course.name, "code": course.code, "colour": wrong}
    )

    assert answer.status_code == 200
    assert "not one of the available choices" in read(answer.content).text
    course.refresh_from_db()
    assert course.colour == CourseColour.BY_NAME


def test_supervisor_finds_no_courses(signed_in: SignedIn, supervisor: User, course: Course):
    client = signed_in(supervisor)

    assert client.get(f"{LIST}{course.pk}/change/").status_code in (302, 403, 404)


def test_many_take_no_more_queries(client: Client, course: Course):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    one = queries()
    CourseFactory.create_batch(20)

    assert queries() == one
