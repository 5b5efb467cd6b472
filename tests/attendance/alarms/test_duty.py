"""The page of who is on duty: what it says of a week, how hours come and go, and whose it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from attendance.alarms.duty import duty_week, people_to_tell
from attendance.models import DutyHours
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import school_time
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

PAGE = "/schedule/now/duty/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def hours(person: User, weekday: int, starts: str, ends: str) -> DutyHours:
    return DutyHours.objects.create(
        person=person,
        weekday=weekday,
        starts=dt.time.fromisoformat(starts),
        ends=dt.time.fromisoformat(ends),
    )


def add(client: Client, **fields: Any) -> Any:
    usual = {"person": "planner", "weekday": ["1"], "from": "08:00", "until": "12:00"}
    return client.post(PAGE, usual | fields)


def shown(client: Client) -> Element:
    return read(client.get(PAGE).content)


def known(client: Client) -> str:
    answer: str = client.get(PAGE).context["known"]
    return answer


def row(client: Client, weekday: int) -> list[str]:
    cells = shown(client).one("table", "duty-table").one("tbody").all("tr")[weekday - 1].all("td")
    return [cell.text for cell in cells]


def test_hours_are_added_on_several_weekdays_and_written_into_the_audit_log(
    client: Client, planner: User
):
    answer = add(client, weekday=["1", "3"])

    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    rows = DutyHours.objects.values_list("person", "weekday", "starts", "ends")
    eight, twelve = dt.time(8), dt.time(12)
    assert list(rows) == [(planner.pk, 1, eight, twelve), (planner.pk, 3, eight, twelve)]
    entries = AuditEntry.objects.filter(kind=AuditKind.DUTY_CHANGED).order_by("pk")
    changes = [entry.details["changes"] for entry in entries]
    assert changes == ["+ 1 08:00–12:00", "+ 3 08:00–12:00"]
    assert {entry.person for entry in entries} == {planner}


def test_the_page_says_who_is_on_duty_and_when_nobody_is(
    client: Client, planner: User, administrator: User
):
    hours(planner, 1, "08:00", "12:00")
    hours(administrator, 1, "11:00", "23:59")

    who, nobody = row(client, 1)
    assert "08:00–12:00 孙教务" in who
    assert "11:00–24:00 吴主任" in who
    assert nobody == "00:00–08:00: planners are told"
    assert row(client, 2) == ["–", "00:00–24:00: planners are told"]


def test_who_is_no_longer_of_the_staff_is_told_of_nothing_and_the_page_says_so(
    client: Client, supervisor: User, administrator: User
):
    hours(supervisor, 1, "00:00", "23:59")
    hours(administrator, 2, "00:00", "23:59")
    User.objects.filter(pk=administrator.pk).update(is_active=False)

    for weekday in (1, 2):
        who, nobody = row(client, weekday)
        assert "is told of nothing" in who
        assert nobody == "00:00–24:00: planners are told"


def test_hours_until_the_last_minute_last_until_midnight(planner: User, administrator: User):
    moment = school_time(0, 23, 59) + dt.timedelta(seconds=59)
    today = timezone.localtime(moment).isoweekday()
    hours(administrator, today, "22:00", "23:59")

    assert people_to_tell(moment) == [administrator]
    assert people_to_tell(moment + dt.timedelta(seconds=1)) == [planner]


def test_the_same_hours_again_change_nothing_and_another_end_is_refused(client: Client):
    # Who asks may name a weekday twice.
    add(client, weekday=["1", "1"])
    add(client)
    answer = add(client, until="18:00")

    assert answer.status_code == 422
    assert "孙教务 is on duty already: Mon 08:00–12:00." in answer.content.decode()
    assert DutyHours.objects.get().ends == dt.time(12)
    assert AuditEntry.objects.filter(kind=AuditKind.DUTY_CHANGED).count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"person": "supervisor"},
        {"person": "nobody"},
        {"weekday": []},
        {"weekday": ["8"]},
        {"from": "12:00"},
        {"from": "noon"},
        {"until": "24:00"},
        {"until": "\0"},
    ],
)
def test_bad_values_are_refused_in_words(client: Client, supervisor: User, fields: dict[str, Any]):
    answer = add(client, **fields)

    assert answer.status_code == 422
    assert read(answer.content).one("main").all("ul", "errors")
    assert not DutyHours.objects.exists()


def test_hours_are_removed(client: Client, administrator: User):
    row_of_administrator = hours(administrator, 1, "08:00", "12:00")

    answer = client.post(f"{PAGE}{row_of_administrator.code}/remove/", {"known": known(client)})

    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert "Removed: 吴主任, Mon 08:00–12:00" in shown(client).text
    assert not DutyHours.objects.exists()
    entry = AuditEntry.objects.get(kind=AuditKind.DUTY_CHANGED)
    assert (entry.details["changes"], entry.person) == ("− 1 08:00–12:00", administrator)


def test_what_has_changed_since_the_page_was_opened_is_said_and_nothing_is_saved(
    client: Client, administrator: User
):
    removed, left = (hours(administrator, day, "08:00", "12:00") for day in (1, 2))
    version = known(client)
    removed.delete()

    for answer in (
        add(client, known=version),
        client.post(f"{PAGE}{left.code}/remove/", {"known": version}),
        client.post(f"{PAGE}{removed.code}/remove/", {"known": version}),
    ):
        assert answer.status_code == 409
        assert "The hours on duty have changed" in answer.content.decode()
    assert DutyHours.objects.get() == left
    assert client.post(f"{PAGE}{removed.code}/remove/").status_code == 404
    assert client.post(f"{PAGE}{left.code}/remove/").status_code == 303


def test_it_is_nobody_elses(
    signed_in: SignedIn, planner: User, teacher: User, supervisor: User, outsider: User
):
    line = hours(planner, 1, "08:00", "12:00")
    for person in (teacher, supervisor, outsider):
        browser = signed_in(person)
        answers = [browser.get(PAGE), add(browser), browser.post(f"{PAGE}{line.code}/remove/")]
        assert {answer.status_code for answer in answers} == {404}
    assert DutyHours.objects.get() == line


def test_many_hours_cost_no_more_queries_than_one(client: Client, planner: User):
    hours(planner, 1, "08:00", "12:00")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for number in range(20):
        hours(UserFactory.create(roles=planner.roles), number % 7 + 1, "08:00", "12:00")
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)

    assert len(many) == len(one)
    assert sum(len(day.lines) for day in duty_week()) == 21
