"""The start page of the administration: first what is not in order, for those who may look after it; and each page's foot."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, User
from classroom.enums import EventState
from edu_platform import __version__, heartbeat
from edu_platform.models import Backup
from replays.enums import ReplayState
from schedule.models import Room
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

START, TODAY = "/admin/", "/schedule/today/"
IN_ORDER = "Rooms, people, courseware and replays: everything is in order."
HOUR = dt.timedelta(hours=1)
SELECTED = json.dumps("已选 %(sel)s，本页共 %(cnt)s")[1:-1]


@pytest.fixture
def _runs() -> None:
    at = timezone.now()
    heartbeat.record_heartbeat(at)
    Backup.objects.create(began_at=at, ended_at=at, folder="/backup", size_bytes=1)


def page_of(client: Client, path: str = START) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content)


def told(page: Element) -> list[str]:
    """The sentences of the list, without what stands beside them."""
    lines = page.one("section", "not-in-order").all("li")
    return [(line.all("strong") + line.all("a"))[0].text for line in lines]


def break_something() -> None:
    """A failed callback, a refused person, a room that is not made, a replay that failed."""
    at = timezone.now()
    CallbackEventFactory.create(
        state=EventState.DEAD, last_error="no answer", received_at=at - 3 * HOUR
    )
    ClassroomIdentity.objects.create(
        user=UserFactory.create(), sdk_app_id=1, state=IdentityState.FAILED
    )
    Room.objects.create(
        lesson=LessonFactory.create(), sdk_app_id=1, last_error="refused", failed_at=at - HOUR
    )
    past = LessonFactory.create(starts_at=at - 26 * HOUR, ends_at=at - 25 * HOUR)
    ReplayFactory.create(lesson=past, state=ReplayState.FAILED)


BROKEN = [
    "1 replay is late or failed.",
    "1 callback of the cloud has failed.",
    "The cloud could not make or change the room of 1 lesson to come.",
    "The cloud refuses 1 person, who cannot enter any class.",
]


@pytest.mark.usefixtures("_runs")
def test_begins_with_what_is_not_in_order_the_oldest_first(
    signed_in: SignedIn, administrator: User
):
    break_something()

    page = page_of(signed_in(administrator, "en"))

    assert told(page) == BROKEN
    section = page.one("section", "not-in-order")
    assert [each.text for each in section.all("button")] == [
        "Check all now",
        "Run again now",
        "Try again now",
        "Try again now",
    ]
    names = [each.attrs["aria-label"] for each in section.all("button")]
    assert len(set(names)) == len(names)


@pytest.mark.usefixtures("_runs")
def test_planners_see_the_same_on_both_pages_without_what_is_administrators(
    signed_in: SignedIn, planner: User
):
    break_something()
    client = signed_in(planner, "en")

    assert told(page_of(client)) == told(page_of(client, TODAY)) == [BROKEN[0], *BROKEN[2:]]


@pytest.mark.usefixtures("_runs")
def test_order_is_one_quiet_line(signed_in: SignedIn, administrator: User):
    page = page_of(signed_in(administrator, "en"))

    assert page.all("section", "not-in-order") == []
    assert page.text.count(IN_ORDER) == 1


def test_background_work_that_stands_still_comes_before_all_else(
    signed_in: SignedIn, planner: User, administrator: User
):
    break_something()
    stands_still = (
        "Background work stands still: no rooms are made, no replays found, no notices sent."
    )

    assert told(page_of(signed_in(planner, "en")))[0] == stands_still
    lines = told(page_of(signed_in(administrator, "en")))
    assert (lines[0], lines[-1]) == (stands_still, "There is no backup yet.")


@pytest.mark.usefixtures("_runs")
def test_button_leads_back_to_the_page_that_it_stood_on(
    signed_in: SignedIn, administrator: User, django_capture_on_commit_callbacks: Any
):
    break_something()
    client = signed_in(administrator, "en")
    form = page_of(client).one("section", "not-in-order").all("form")[1]
    fields = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}

    with django_capture_on_commit_callbacks():
        answer = client.post(form.attrs["action"], fields)

    assert (answer.status_code, answer["Location"]) == (303, START)
    page = page_of(client)
    assert "A worker takes up 1 event again." in page.text
    assert "1 callback of the cloud has failed." not in page.text


@pytest.mark.usefixtures("_runs")
def test_much_costs_as_many_queries_as_little(
    signed_in: SignedIn, administrator: User, django_assert_num_queries: Any
):
    client = signed_in(administrator, "en")
    for count in range(1, 5):
        break_something()
        if count in (1, 4):
            page_of(client)
            with django_assert_num_queries(27, info=f"{count} of each"):
                page_of(client)


def test_foot_of_each_page_names_the_release(signed_in: SignedIn, administrator: User):
    client: Client = signed_in(administrator)

    for path in ("/admin/", "/admin/accounts/auditentry/"):
        foot = read(client.get(path).content).one("footer")
        assert foot.text == f"版本 {__version__}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_lists_are_called_by_what_they_list(signed_in: SignedIn, superuser: User, language: str):
    client = signed_in(superuser, language)
    sections = page_of(client).one("div", "start-sections")
    lists = {
        link.text: link.attrs["href"]
        for link in sections.all("a")
        if "addlink" not in link.attrs.get("class", "")
    }

    titles = {}
    for name, address in lists.items():
        page = read(client.get(address, follow=True).content)
        titles[name] = page.one("main").all("h1")[0].text

    assert len(lists) > 5
    assert titles == {name: name for name in lists}


def test_a_row_is_called_by_its_kind_and_its_name(
    signed_in: SignedIn, administrator: User, student: User
):
    identity = ClassroomIdentity.objects.create(user=student, sdk_app_id=1)
    client = signed_in(administrator)

    page = page_of(client, f"/admin/accounts/classroomidentity/{identity.pk}/change/")

    assert page.one("main").all("h1")[0].text == "课堂身份"
    assert page.one("main").all("h2")[0].text == str(student)
    assert page.one("div", "breadcrumbs").text.endswith(f"› {student}")


def test_actions_and_counts_are_in_the_words_of_the_product(
    signed_in: SignedIn, administrator: User
):
    CallbackEventFactory.create(state=EventState.PROCESSED)
    client = signed_in(administrator)

    page = page_of(client, "/admin/classroom/callbackevent/")

    choice = page.one("select", name="action")
    assert [option.text for option in choice.all("option")] == ["请选择", "重新处理"]
    assert page.one("span", "action-counter").text == "已选 0，本页共 1"
    assert page.one("p", "paginator").text == "共 1 条"
    scripts = client.get("/admin/jsi18n/").content.decode()
    assert SELECTED in scripts


def test_superusers_have_no_section_of_a_library(signed_in: SignedIn, superuser: User):
    client = signed_in(superuser)

    sections = page_of(client).one("div", "start-sections").all("h2")

    assert [each.text for each in sections] == [
        *("云端", "人员与学校", "回放", "平台", "课件", "课程表"),
    ]
    assert client.get("/admin/account/").status_code == 404
