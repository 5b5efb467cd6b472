from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from classroom.enums import EventKind, EventState, Outcome
from classroom.models import CallbackEvent
from classroom.services import merged_leases
from tests.classroom.conftest import Sent
from tests.factories.classroom import CallbackEventFactory
from tests.support.pages import Element, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sent")]

LIST = "/admin/classroom/callbackevent/"
# What the list of the four events of a test shows for a query.
FOUND = {
    "?state__exact=dead": ["Dead"],
    "?event_type=Room": ["Room"],
    "?q=77": ["Room"],
    "?q=7": [],
    "?q=" + "9" * 30: [],
    "?q=9223372036854775808": [],
    "?q=roo": ["Room"],
    "?q=%20dead ": ["Dead"],
    "?q=": ["Paper", "Dead", "Room", "Member"],
    "?q=nonesuch": [],
    "?q=cp7k2v9x": ["Paper"],
    "?q=cp7k": [],
    "?received_at__gte=2100-01-01+00:00:00%2B08:00": [],
}


def event_of(room_id: int | None = 5, **fields: Any) -> CallbackEvent:
    return CallbackEventFactory.create(room_id=room_id, **fields)


def page_of(event: CallbackEvent) -> str:
    return f"{LIST}{event.pk}/change/"


def run_again_of(event: CallbackEvent) -> str:
    return f"{LIST}{event.pk}/run-again/"


@pytest.fixture
def client(administrator: User) -> Client:
    """An administrator's, in English, with the checks of every form."""
    return signed_in(administrator)


def signed_in(user: User, *, checks_forms: bool = False) -> Client:
    client = Client(enforce_csrf_checks=checks_forms)
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


def page(client: Client, path: str) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content)


def listed(client: Client, query: str = "") -> list[str]:
    """The types of the events in the list, in its order."""
    return [cell.text for cell in page(client, LIST + query).all("td", "field-event_type")]


def messages_of(client: Client, answer: Any) -> list[str]:
    assert answer.status_code == 302
    return [
        each.text for each in page(client, answer["Location"]).one("ul", "messagelist").all("li")
    ]


class TestList:
    def test_newest_comes_first_with_what_is_to_be_known(self, client: Client):
        event_of(7, event_type="RoomEnd", state=EventState.PROCESSED, attempts=1)
        event_of(
            8, event_type="RecordFinish", state=EventState.DEAD, attempts=12, last_error="no answer"
        )

        rows = page(client, LIST).one("table", id="result_list").all("tr")

        assert [head.text for head in rows[0].all("th")][1:] == [
            "Received",
            "Type",
            "About",
            "State",
            "Trouble",
        ]
        assert [[cell.text for cell in row.all("td")][1:] for row in rows[1:]] == [
            ["RecordFinish", "8", "Given up", "12 tries no answer"],
            ["RoomEnd", "7", "Processed · The cloud was asked", "-"],
        ]

    def test_trouble_is_told_with_the_next_try_while_there_is_one(
        self, client: Client, in_china: None
    ):
        due_at = dt.datetime(2026, 1, 5, 0, 30, tzinfo=dt.UTC)
        event_of(7, state=EventState.WAITING, attempts=1, last_error="no answer", due_at=due_at)
        event_of(8, state=EventState.WAITING, due_at=due_at)

        told = [cell.text for cell in page(client, LIST).all("td", "field-trouble")]

        assert told == ["-", "1 try · again at 2026-01-05 08:30:00 no answer"]

    def test_is_filtered_and_searched(self, client: Client):
        event_of(78, event_type="Member", kind=EventKind.MEMBER, state=EventState.PROCESSED)
        event_of(77, event_type="Room")
        event_of(79, event_type="Dead", state=EventState.DEAD)
        event_of(None, event_type="Paper", kind=EventKind.DOCUMENT, document_id="cp7k2v9x")

        assert {query: listed(client, query) for query in FOUND} == FOUND

    def test_shows_fifty_a_page(self, client: Client):
        for number in range(51):
            event_of(number + 1)

        assert len(listed(client)) == 50
        assert len(listed(client, "?p=2")) == 1

    def test_asks_as_much_for_many_as_for_one(self, client: Client):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(LIST)
            return len(captured)

        event_of()
        queries()
        for_one = queries()
        for number in range(40):
            event_of(number + 10)

        assert queries() == for_one

    def test_does_not_fetch_the_data(self, client: Client):
        event_of()

        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)

        assert [query for query in captured if '"data"' in query["sql"]] == []


class TestPage:
    def test_shows_the_data_as_readable_text(self, client: Client):
        data = {"RoomId": 5, "Name": "语文<b>课</b>", "odd": "\ud800\0"}
        event = event_of(data=json.dumps(data, separators=(",", ":"), sort_keys=True))

        shown = page(client, page_of(event)).one("pre").text

        assert shown == (r'{ "Name": "语文<b>课</b>", "RoomId": 5, "odd": "\ud800\u0000" }')

    def test_shows_the_cloud_s_time_in_the_school_s(self, client: Client):
        event = event_of(timestamp_s=1614151508)  # 07:25:08 UTC

        field = page(client, page_of(event)).one("div", "field-told_at")

        assert field.one("div", "readonly").text == "2021-02-24 15:25"

    @pytest.mark.parametrize("timestamp_s", [2**63 - 1, -(2**63), 253402300799])
    def test_shows_a_time_outside_the_calendar(self, client: Client, timestamp_s: int):
        event = event_of(timestamp_s=timestamp_s)

        field = page(client, page_of(event)).one("div", "field-told_at")

        assert str(timestamp_s) in field.text

    def test_changes_nothing(self, client: Client):
        event = event_of()

        shown = page(client, page_of(event))
        answer = client.post(page_of(event), {"event_type": "Other"})

        assert shown.all("input", name="_save") == []
        assert answer.status_code == 403
        event.refresh_from_db()
        assert event.event_type == "RoomStart"

    @pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
    def test_nothing_is_added_or_deleted(self, superuser: User, path: str):
        event = event_of()

        answer = signed_in(superuser).post(LIST + path.format(pk=event.pk), {"post": "yes"})

        assert answer.status_code == 403
        assert list(CallbackEvent.objects.all()) == [event]

    def test_keeps_the_content_policy(self, client: Client):
        shown = page(client, page_of(event_of()))

        assert [script for script in shown.all("script") if "src" not in script.attrs] == []
        assert shown.all("style") == []
        assert [each for each in shown.all() if "style" in each.attrs] == []


class TestRunAgain:
    def test_by_the_button_of_an_event(self, administrator: User, sent: Sent):
        client = signed_in(administrator, checks_forms=True)
        event = event_of(state=EventState.DEAD, attempts=12, last_error="no answer")
        (form,) = page(client, page_of(event)).forms_to(run_again_of(event))
        fields = {
            each.attrs["name"]: each.attrs["value"] for each in form.all("input", type="hidden")
        }

        answer = client.post(form.attrs["action"], fields)

        event.refresh_from_db()
        assert messages_of(client, answer) == ["A worker takes this event up again."]
        assert answer["Location"] == page_of(event)
        assert (event.state, event.attempts, event.last_error) == (EventState.WAITING, 0, "")
        assert sent.event_ids == [event.pk]

    def test_not_while_a_worker_handles_it(self, client: Client, sent: Sent):
        event = event_of()
        merged_leases.acquire(event, at=timezone.now())

        answer = client.post(run_again_of(event))

        event.refresh_from_db()
        assert messages_of(client, answer) == ["A worker is handling this event just now."]
        assert event.attempts == 1
        assert sent.event_ids == []

    def test_many_by_the_action(self, client: Client, sent: Sent):
        events = [event_of(room_id, state=EventState.DEAD) for room_id in (1, 2)]
        busy = event_of(3, leased_until=timezone.now() + dt.timedelta(minutes=1))
        event_of(4, state=EventState.DEAD)
        chosen = [event.pk for event in (*events, busy)]

        answer = client.post(LIST, {"action": "run_again", "_selected_action": chosen})

        assert messages_of(client, answer) == ["A worker takes up 2 events again."]
        assert sent.event_ids == [event.pk for event in events]

    def test_needs_a_form(self, administrator: User):
        event = event_of(state=EventState.DEAD)

        answers = [
            signed_in(administrator).get(run_again_of(event)).status_code,
            signed_in(administrator, checks_forms=True).post(run_again_of(event)).status_code,
        ]

        event.refresh_from_db()
        assert answers == [405, 403]
        assert event.state == EventState.DEAD

    @pytest.mark.parametrize("event_id", ["999999", str(2**70)])
    def test_unknown_event_is_missing(self, client: Client, event_id: str):
        assert client.post(f"{LIST}{event_id}/run-again/").status_code == 404


@pytest.mark.parametrize("who", ["planner", "teacher", "student", "supervisor"])
@pytest.mark.parametrize("path_of", [lambda _: LIST, page_of, run_again_of])
def test_others_have_no_access(
    who: str,
    path_of: Callable[[CallbackEvent], str],
    request: pytest.FixtureRequest,
    sent: Sent,
):
    event = event_of(state=EventState.DEAD, outcome="", event_type="SecretEvent")
    client = signed_in(request.getfixturevalue(who))

    for answer in (client.get(path_of(event)), client.post(path_of(event))):
        assert answer.status_code in {302, 403}
        assert b"SecretEvent" not in answer.content

    event.refresh_from_db()
    assert event.state == EventState.DEAD
    assert sent.event_ids == []


def test_planner_s_start_page_does_not_name_it(planner: User, administrator: User):
    def links(user: User) -> list[str]:
        return [each.attrs.get("href", "") for each in page(signed_in(user), "/admin/").all("a")]

    assert LIST in links(administrator)
    assert LIST not in links(planner)


def test_an_event_is_called_by_type_room_and_number():
    event, roomless = (
        event_of(7),
        event_of(None, event_type="Another", outcome=Outcome.NOTHING_TO_DO),
    )

    assert str(event) == f"RoomStart 7 #{event.pk}"
    assert str(roomless) == f"Another - #{roomless.pk}"
