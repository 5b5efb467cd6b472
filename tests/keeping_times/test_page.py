"""The page on which administrators say how long each kind of data is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import AuditKind
from accounts.models import AuditEntry, KeepingTime, User
from accounts.services.keeping_times import chosen_days, note_forgotten
from edu_platform.lib.keeping_times import all_kinds
from tests.cast import SignedIn
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

PAGE = "/accounts/keeping-times/"


@pytest.fixture
def office(administrator: User, signed_in: SignedIn) -> Client:
    return signed_in(administrator, "en")


def main(response: Any) -> Element:
    return read(response.content).one("main")


def fields_of(page: Element) -> dict[str, str]:
    """Return what the page would send as it stands."""
    return {
        field.attrs["name"]: field.attrs.get("value", "")
        for field in page.all("input")
        if field.attrs["name"] not in {"csrfmiddlewaretoken", "next"}
    }


def row_of(page: Element, name: str) -> Element:
    (row,) = (row for row in page.all("tr") if row.all("th") and name in row.all("th")[0].text)
    return row


def test_says_of_each_kind_what_it_is_for_and_how_long_it_is_kept(office: Client):
    page = main(office.get(PAGE))

    with translation.override("en"):
        for kind in all_kinds():
            assert row_of(page, f"{kind.name} {kind.purpose}").all("td")
    audit = row_of(page, "Audit log")
    assert "It says who signed in" in audit.text
    assert "1098 days" in audit.text
    assert "731 days The yearly report on personal data counts by it" in audit.text
    assert audit.one("input").attrs["value"] == "1098"
    lessons = row_of(page, "Lessons, class groups")
    assert "for good Hours, attendance and replays" in lessons.text
    assert not lessons.all("input")
    assert "1 hour" in row_of(page, "Files that were checked").text


def test_leads_to_the_retention_periods_of_replays(office: Client):
    assert main(office.get(PAGE)).link("Retention periods of class groups") == (
        "/admin/replays/retention/"
    )


def test_is_found_in_the_administration_and_beside_the_settings(office: Client):
    for address in ("/admin/", "/admin/accounts/schoolsettings/1/change/"):
        assert read(office.get(address).content).link("Keeping times") == PAGE


def test_a_longer_time_is_saved_at_once(office: Client, administrator: User):
    fields = fields_of(main(office.get(PAGE)))

    answer = office.post(PAGE, {**fields, "notices": "365"})

    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert chosen_days() == {"notices": 365}
    assert row_of(main(office.get(PAGE)), "Notices").one("input").attrs["value"] == "365"
    entry = AuditEntry.objects.get(kind=AuditKind.KEEPING_TIMES_CHANGED)
    assert entry.actor == administrator


def test_a_shorter_time_is_saved_once_it_is_confirmed(office: Client):
    fields = {**fields_of(main(office.get(PAGE))), "notices": "90", "stays": "60"}

    asked = main(office.post(PAGE, fields))
    assert not KeepingTime.objects.exists()
    question = asked.one(role="alert").text
    assert "Notices: 180 → 90 days" in question
    assert "Single stays in classes, and what the cloud says of its members: 180 → 60" in question
    confirm = asked.one("button", name="confirm").attrs["value"]
    assert fields_of(asked)["notices"] == "90"

    # What was not shown is asked about again.
    more = office.post(PAGE, {**fields_of(asked), "alarms": "31", "confirm": confirm})
    assert "Alarms of classes" in main(more).one(role="alert").text
    assert not KeepingTime.objects.exists()

    assert office.post(PAGE, {**fields, "confirm": confirm}).status_code == 303
    assert chosen_days() == {"notices": 90, "stays": 60}


def test_an_emptied_field_is_the_default_again(office: Client):
    KeepingTime.objects.create(kind="long_work", days=3)

    office.post(PAGE, {**fields_of(main(office.get(PAGE))), "long_work": ""})

    assert chosen_days() == {}


def test_what_is_saved_as_the_default_follows_the_product(office: Client):
    KeepingTime.objects.create(kind="notices", days=90)

    office.post(PAGE, {**fields_of(main(office.get(PAGE))), "notices": "180"})

    assert chosen_days() == {}


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("59", "At least 60 days. A notice that is there keeps people from being told"),
        ("0", "At least 60 days."),
        ("-5", "At least 60 days."),
        ("3651", "At most 3650 days."),
        ("99999999999999999999", "At most 3650 days."),
        ("half a year", "A whole number of days."),
        ("90.5", "A whole number of days."),
    ],
)
def test_days_out_of_bounds_are_refused_with_the_reason_and_the_rest_is_kept(
    office: Client, days: str, said: str
):
    fields = fields_of(main(office.get(PAGE)))

    answer = office.post(PAGE, {**fields, "notices": days, "audit_log": "1200"})

    assert answer.status_code == 422
    page = main(answer)
    assert said in row_of(page, "Notices").text
    assert page.one("input", name="notices").attrs["value"] == days
    assert page.one("input", name="audit_log").attrs["value"] == "1200"
    assert not KeepingTime.objects.exists()


def test_of_two_at_once_the_second_reads_what_the_first_has_saved(office: Client):
    fields = fields_of(main(office.get(PAGE)))
    office.post(PAGE, {**fields, "notices": "300"})

    answer = office.post(PAGE, {**fields, "notices": "200"})

    assert answer.status_code == 409
    page = main(answer)
    assert "The keeping times have changed since you opened this page" in page.text
    assert "300 → 200" in page.text
    assert chosen_days() == {"notices": 300}
    again = {**fields_of(page), "notices": "400"}
    assert office.post(PAGE, again).status_code == 303
    assert chosen_days() == {"notices": 400}


def test_says_what_was_deleted_last(office: Client):
    page = main(office.get(PAGE))
    for name in ("Notices", "Sign-ins"):
        assert "nothing yet" in row_of(page, name).text
    assert "nothing yet" not in row_of(page, "Lessons, class groups").text
    night = timezone.localtime().replace(hour=4, minute=0)
    note_forgotten("notices", 1234, night)
    note_forgotten("sessions", 1, night - dt.timedelta(days=1))

    page = main(office.get(PAGE))

    assert f"{night:%Y-%m-%d}: 1234 entries" in row_of(page, "Notices").text
    assert f"{night - dt.timedelta(days=1):%Y-%m-%d}: 1 entry" in row_of(page, "Sign-ins").text


def test_nobody_but_administrators_sees_it(
    planner: User, teacher: User, signed_in: SignedIn, superuser: User
):
    for person in (planner, teacher):
        client = signed_in(person)
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE, {"notices": "365"}).status_code == 404
    assert signed_in(superuser).get(PAGE).status_code == 200
    assert not KeepingTime.objects.exists()


def test_takes_few_queries(office: Client, django_assert_max_num_queries: Any):
    office.get(PAGE)

    with django_assert_max_num_queries(9):
        office.get(PAGE)
