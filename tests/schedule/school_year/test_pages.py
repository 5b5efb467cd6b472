"""The pages of the new school year: what they propose and refuse, what a worker does, and how it is undone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, SchoolYear, Work
from schedule.school_year import writing
from schedule.work.writing import do_long_work
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.long_work import address_of, done_by_worker, page_of_work, way_of
from tests.support.pages import Element, main, read
from tests.support.school_years import begin, rows_of_school

pytestmark = pytest.mark.django_db

PATH = "/schedule/school-year/"
# What a field without a value of its own sends: one of text, and a box.
TICKED = ("", "on")


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def group() -> ClassGroup:
    group: ClassGroup = ClassGroupFactory.create(name="五年级1班")
    MembershipFactory.create(class_group=group)
    return group


@pytest.fixture
def last(group: ClassGroup) -> ClassGroup:
    last: ClassGroup = ClassGroupFactory.create(name="六年级1班")
    MembershipFactory.create(class_group=last)
    return last


def sent_by(page: Element) -> dict[str, str]:
    """Return what the form sends as it stands, with the box ticked that is asked for far ahead of the first day."""
    form = page.one("form", "school-year")
    values = {
        field.attrs["name"]: field.attrs.get("value", TICKED[field.attrs["type"] == "checkbox"])
        for field in form.all("input")
        if field.attrs["name"] != "csrfmiddlewaretoken"
    }
    for field in form.all("select"):
        (chosen,) = (option for option in field.all("option") if "selected" in option.attrs)
        values[field.attrs["name"]] = chosen.attrs["value"]
    return values


def form_of(client: Client) -> dict[str, str]:
    return sent_by(main(client.get(PATH)))


def action_of(group: ClassGroup) -> str:
    return f"action-{group.code}"


def name_of(group: ClassGroup) -> str:
    return f"name-{group.code}"


def test_page_proposes_by_the_grades_of_names(client: Client, group: ClassGroup, last: ClassGroup):
    choir = ClassGroupFactory.create(name="合唱团")

    sent = form_of(client)

    assert (sent[action_of(group)], sent[name_of(group)]) == ("rise", "六年级1班")
    assert (sent[action_of(last)], sent[name_of(last)]) == ("leave", "")
    assert (sent[action_of(choir)], sent[name_of(choir)]) == ("stay", "")
    assert sent["top-六年级"] == "leave"


def test_grades_that_rise_after_all_are_proposed_anew(client: Client, last: ClassGroup):
    day = timezone.localdate() + dt.timedelta(days=50)
    sent = form_of(client) | {"top-六年级": "rise", "first_day": str(day), "propose": "1"}

    again = sent_by(main(client.post(PATH, sent)))

    assert (again[action_of(last)], again[name_of(last)]) == ("rise", "七年级1班")
    assert again["top-六年级"] == "rise"
    assert again["first_day"] == str(day)


def test_check_keeps_what_was_written_and_says_what_is_wrong(
    client: Client, group: ClassGroup, last: ClassGroup
):
    sent = form_of(client) | {name_of(group): "六年级1班", action_of(last): "stay", "check": "1"}

    page = main(client.post(PATH, sent))

    assert "六年级1班 stays as it is, and has this name" in page.text
    again = sent_by(page)
    assert (again[action_of(last)], again[name_of(group)]) == ("stay", "六年级1班")


@pytest.mark.parametrize(("days", "status"), [(92, 303), (93, 422)])
def test_year_far_ahead_has_to_be_meant(
    client: Client, group: ClassGroup, last: ClassGroup, days: int, status: int
):
    day = timezone.localdate() + dt.timedelta(days=days)
    page = main(client.post(PATH, form_of(client) | {"first_day": str(day), "check": "1"}))
    sent = sent_by(page) | {"first_day": str(day)}
    ticked = sent.pop("far_ahead", None)

    answer = client.post(PATH, sent)

    assert answer.status_code == status
    if ticked is None:
        return
    assert f"It begins only on {day}." in main(answer).text
    assert not Work.objects.exists()
    assert client.post(PATH, sent_by(main(answer)) | {"far_ahead": "on"}).status_code == 303


def test_says_that_lessons_are_to_come_before_that_day_and_that_new_class_groups_are_empty(
    client: Client, group: ClassGroup, last: ClassGroup
):
    without = main(client.get(PATH)).text
    LessonFactory.create(class_groups=[group], starts_at=school_time(1, 8))

    page = main(client.get(PATH))
    client.post(PATH, sent_by(page))
    done_by_worker()

    assert "lessons before that day still" not in without
    assert "1 class group has lessons before that day still" in page.text
    assert "Until that day students belong to the old class groups" in main(client.get(PATH)).text


def test_worker_begins_it_and_the_page_says_so(
    client: Client, planner: User, group: ClassGroup, last: ClassGroup
):
    answer = client.post(PATH, form_of(client))

    work = Work.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, address_of(work))
    assert not SchoolYear.objects.exists()
    page = page_of_work(client, done_by_worker())
    counts = "1 class group rises, 1 class group leaves, 2 people, class teachers included"
    assert counts in page.text
    assert way_of(page) == PATH
    after = main(client.get(PATH))
    assert not after.all("form", "school-year")
    assert "1 class group rises" in after.text
    assert after.all("a", href=f"{PATH}{SchoolYear.objects.get().code}/undo/")
    # The next one can be prepared, a year later.
    assert main(client.get(f"{PATH}?next=1")).all("form", "school-year")


def test_button_that_is_pressed_twice_begins_it_once(client: Client, group: ClassGroup):
    sent = form_of(client)

    addresses = {client.post(PATH, sent)["Location"] for _time in range(2)}
    done_by_worker()
    late = client.post(PATH, sent)

    assert len(addresses) == 1
    assert late.status_code == 409
    assert (Work.objects.count(), SchoolYear.objects.count()) == (1, 1)


def test_two_planners_begin_it_once(
    client: Client, signed_in: SignedIn, group: ClassGroup, last: ClassGroup
):
    other = signed_in(UserFactory.create(roles=[Role.ADMINISTRATOR]), "en")
    first, second = form_of(client), form_of(other) | {action_of(last): "archive"}
    client.post(PATH, first)

    answer = other.get(other.post(PATH, second)["Location"])

    assert (
        "This is under way just now, and what you asked for was not begun."
        in answer.content.decode()
    )
    done_by_worker()
    assert SchoolYear.objects.get().counts["leave"] == 1


def test_page_that_is_out_of_date_does_nothing_and_shows_it_anew(client: Client, group: ClassGroup):
    sent = form_of(client) | {name_of(group): "六年级9班"}
    MembershipFactory.create(class_group=group)

    answer = client.post(PATH, sent)

    assert answer.status_code == 409
    page = main(answer)
    assert "Below stands what would come of it now." in page.text
    assert sent_by(page)[name_of(group)] == "六年级9班"
    assert not Work.objects.exists()
    assert client.post(PATH, sent_by(page)).status_code == 303


def test_worker_refuses_what_has_changed_meanwhile(client: Client, group: ClassGroup):
    client.post(PATH, form_of(client))
    MembershipFactory.create(class_group=group)

    work = done_by_worker()

    assert work.state == WorkState.FAILED
    assert "Nothing was done: class groups, their people" in page_of_work(client, work).text
    assert not SchoolYear.objects.exists()


def test_worker_that_is_lost_in_the_midst_leaves_nothing_half_done(
    client: Client, group: ClassGroup, last: ClassGroup, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_arguments: Any) -> None:
        raise ConnectionError

    client.post(PATH, form_of(client))
    before = rows_of_school()
    with monkeypatch.context() as lost:
        lost.setattr(writing, "class_groups_rise", fail)
        work = done_by_worker()
    assert (work.is_open, rows_of_school()) == (True, before)

    do_long_work(timezone.now() + dt.timedelta(minutes=1))

    assert SchoolYear.objects.get().counts["rise"] == 1
    assert ClassGroup.objects.active().get().name == "六年级1班"


def test_row_that_something_stands_against_is_refused(client: Client, group: ClassGroup):
    LessonFactory.create(class_groups=[group], starts_at=school_time(100, 8))
    day = timezone.localdate() + dt.timedelta(days=50)
    sent = form_of(client) | {"first_day": str(day), "check": "1"}
    sent = sent_by(main(client.post(PATH, sent)))

    answer = client.post(PATH, sent)

    assert answer.status_code == 422
    assert "Something stands against 1 row below" in main(answer).text
    assert "1 lesson is planned for it on that day or later." in main(answer).text
    (way,) = (
        link
        for link in main(answer).all("a")
        if link.attrs["href"].startswith("/schedule/lessons/")
    )
    assert "五年级1班" in main(client.get(way.attrs["href"])).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("first_day", "", "This field is required."),
        ("first_day", "1.9.", "A day as 2026-09-01"),
        ("first_day", "2020-09-01", "Choose a day from"),
        ("action", "fly", "Select a valid choice."),
        ("name", "\0", "Null characters are not allowed."),
    ],
)
def test_bad_values_are_refused_in_words_and_lose_nothing(
    client: Client, group: ClassGroup, last: ClassGroup, field: str, value: str, words: str
):
    name = field if field == "first_day" else f"{field}-{group.code}"
    sent = form_of(client) | {name_of(last): "毕业班", name: value}

    answer = client.post(PATH, sent)

    assert answer.status_code == 422
    page = main(answer)
    assert words in page.text
    written = {field.attrs["name"]: field.attrs.get("value") for field in page.all("input")}
    assert written[name_of(last)] == "毕业班"
    assert not Work.objects.exists()


def test_class_group_that_the_page_did_not_know_is_proposed(client: Client, group: ClassGroup):
    sent = form_of(client)
    new = ClassGroupFactory.create(name="四年级1班")

    answer = client.post(PATH, sent)

    assert answer.status_code == 409
    again = sent_by(main(answer))
    assert (again[action_of(new)], again[name_of(new)]) == ("rise", "五年级1班")


def test_school_without_class_groups_is_told_so(client: Client):
    page = main(client.get(PATH))

    assert "There are no class groups yet." in page.text
    assert not page.all("form", "school-year")


def test_year_is_undone_by_a_worker(client: Client, planner: User, group: ClassGroup):
    year = begin(timezone.localdate() + dt.timedelta(days=9), by=planner)
    path = f"{PATH}{year.code}/undo/"
    assert "Undo the school year" in main(client.get(path)).text

    answer = client.post(path)
    work = done_by_worker()

    assert answer["Location"] == address_of(work)
    assert "as they were before" in page_of_work(client, work).text
    assert list(ClassGroup.objects.active()) == [group]
    assert client.post(path).status_code == 409
    assert "This school year was undone before." in main(client.get(path)).text
    assert main(client.get(PATH)).all("form", "school-year")


def test_undo_that_something_stands_against_names_it(
    client: Client, planner: User, group: ClassGroup
):
    year = begin(timezone.localdate() + dt.timedelta(days=9), by=planner)
    LessonFactory.create(class_groups=[ClassGroup.objects.active().get()])

    answer = client.post(f"{PATH}{year.code}/undo/")

    assert answer.status_code == 409
    assert "六年级1班: something else hangs on it by now (lessons)." in main(answer).text
    assert not main(answer).all("button")


def test_worker_refuses_to_undo_what_hangs_by_then(
    client: Client, planner: User, group: ClassGroup
):
    year = begin(timezone.localdate() + dt.timedelta(days=9), by=planner)
    client.post(f"{PATH}{year.code}/undo/")
    MembershipFactory.create(class_group=ClassGroup.objects.active().get())

    work = done_by_worker()

    assert work.state == WorkState.FAILED
    assert way_of(page_of_work(client, work)) == f"{PATH}{year.code}/undo/"


@pytest.mark.parametrize("path", [PATH, f"{PATH}{'a' * 8}/undo/"])
def test_nobody_else_finds_the_pages(signed_in: SignedIn, teacher: User, path: str):
    client = signed_in(teacher, "en")

    assert {client.get(path).status_code, client.post(path).status_code} <= {403, 404}


def test_as_many_queries_show_many_class_groups_as_one(client: Client, group: ClassGroup):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(PATH)
        return len(captured)

    teacher = UserFactory.create(roles=[Role.TEACHER])
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(class_group=group, user=teacher, kind=kind)
    one = queries()
    for number in range(2, 9):
        more = ClassGroupFactory.create(name=f"五年级{number}班")
        MembershipFactory.create(class_group=more)
        MembershipFactory.create(class_group=more, user=teacher, kind=kind)

    assert queries() == one


@pytest.mark.parametrize("path", ["/class-groups/", "/schedule/terms/"])
def test_lists_lead_there(client: Client, path: str):
    page = read(client.get(path).content)

    assert [link.text for link in page.all("a", href=PATH)] == ["New school year"]
