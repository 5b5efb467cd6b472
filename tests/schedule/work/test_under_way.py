"""Long work that has not ended, where people find it again: at the top of Today, and above their notices."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib import long_work
from edu_platform.lib.long_work import LEASE, ShownProgress, WorkState
from edu_platform.lib.progress import Phase
from schedule.models import Work
from schedule.terms.planning.plan_work import PLAN_TERM
from schedule.work import reading
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.long_work import stop
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

TODAY, NOTICES = "/schedule/today/", "/accounts/notices/"


def asked_for(by: User, name: str, state: WorkState = WorkState.WAITING) -> Work:
    is_begun = state != WorkState.WAITING
    return Work.objects.create(
        kind=PLAN_TERM.name,
        scope=name,
        arguments={"term": "x", "name": name},
        asked_by=by,
        state=state,
        began_at=timezone.now() if is_begun else None,
        leased_until=timezone.now() + LEASE if is_begun else None,
    )


def lines_of(client: Client, address: str) -> list[str]:
    parts = main(client.get(address)).all("section", "under-way")
    return [item.text for part in parts for item in part.all("li")]


def ask(client: Client, known: str) -> Any:
    return client.get(TODAY, headers={"X-Page-Version": known})


def live_of(answer: Any) -> Element:
    return read(answer.content).one("div", id="live")


@pytest.fixture
def other_planner() -> User:
    return UserFactory.create(display_name="周老师", roles=[Role.PLANNER])


class TestWhoseItIs:
    def test_staff_find_everybodys_at_the_top_of_today(
        self, client: Client, planner: User, other_planner: User
    ):
        own = asked_for(planner, "秋季学期")
        asked_for(other_planner, "春季学期", WorkState.WRITING)

        page = main(client.get(TODAY))

        assert lines_of(client, TODAY) == [
            "Plan the term “秋季学期” Waiting",
            "Plan the term “春季学期” · 周老师 Being written",
        ]
        assert page.link("Plan the term “秋季学期”") == f"/schedule/work/{own.code}/"
        assert page.all("section")[0].attrs["id"] == "under-way"

    def test_others_find_their_own(
        self, signed_in: SignedIn, planner: User, other_planner: User, supervisor: User
    ):
        asked_for(planner, "秋季学期")
        asked_for(supervisor, "春季学期")

        assert lines_of(signed_in(supervisor, "en"), TODAY) == ["Plan the term “春季学期” Waiting"]
        assert lines_of(signed_in(other_planner, "en"), NOTICES) == []

    def test_whoever_asked_finds_it_above_their_notices(
        self, client: Client, planner: User, other_planner: User
    ):
        asked_for(planner, "秋季学期")
        asked_for(other_planner, "春季学期")

        assert lines_of(client, NOTICES) == ["Plan the term “秋季学期” Waiting"]

    @pytest.mark.parametrize("address", [TODAY, NOTICES])
    def test_nothing_is_shown_where_nothing_runs(self, client: Client, planner: User, address: str):
        stop(asked_for(planner, "秋季学期"))

        assert lines_of(client, address) == []
        assert "under way" not in main(client.get(address)).text


@pytest.mark.usefixtures("valkey")
class TestHowFarItIs:
    def test_is_the_phase_and_its_percent(self, client: Client, planner: User):
        work = asked_for(planner, "秋季学期", WorkState.RUNNING)
        long_work.keep_progress(work.code, Phase.CHECKING, 43, 100)

        for address in (TODAY, NOTICES):
            assert lines_of(client, address) == [
                "Plan the term “秋季学期” Checking who is free 43%"
            ]

    @pytest.mark.parametrize(
        ("state", "phase"),
        [(WorkState.WRITING, Phase.CHECKING), (WorkState.RUNNING, Phase.WRITING)],
    )
    def test_is_not_what_it_was_in_another_state(
        self, client: Client, planner: User, state: WorkState, phase: Phase
    ):
        work = asked_for(planner, "秋季学期", state)
        long_work.keep_progress(work.code, phase, 99, 100)

        (line,) = lines_of(client, TODAY)

        assert "%" not in line
        assert (
            not main(client.get(f"/schedule/work/{work.code}/")).one("progress").attrs.get("value")
        )

    def test_today_follows_it(self, client: Client, planner: User):
        before = client.get(TODAY)
        work = asked_for(planner, "秋季学期", WorkState.RUNNING)
        begun = ask(client, before["X-Page-Version"])
        long_work.keep_progress(work.code, Phase.CHECKING, 43, 100)
        further = ask(client, begun["X-Page-Version"])
        same = ask(client, further["X-Page-Version"])
        stop(work)
        ended = ask(client, further["X-Page-Version"])

        assert [live_of(each).attrs["data-every-s"] for each in (before, begun, ended)] == [
            "60",
            "5",
            "60",
        ]
        assert "43%" in further.content.decode()
        assert same.status_code == 204
        assert "under-way" not in ended.content.decode()


def test_without_redis_it_is_there_without_a_percent(client: Client, planner: User, settings: Any):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    asked_for(planner, "秋季学期", WorkState.RUNNING)

    assert lines_of(client, TODAY) == ["Plan the term “秋季学期” Running"]


@pytest.mark.parametrize("address", [TODAY, NOTICES])
def test_many_cost_as_many_queries_as_none(
    client: Client, planner: User, other_planner: User, valkey: str, address: str
):
    client.get(address)  # what a session reads once

    queries = {}
    for count in range(6):
        with CaptureQueriesContext(connection) as captured:
            lines = lines_of(client, address)
        assert len(lines) == count
        queries[count] = len(captured)
        asked_for(planner, f"学期{count}", WorkState.RUNNING)
        asked_for(other_planner, "别人的", WorkState.DONE)

    assert set(queries.values()) == {queries[0]}


def test_progress_of_many_is_asked_for_at_once(
    client: Client, planner: User, valkey: str, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []

    def progress_of_all(codes: list[str]) -> dict[str, ShownProgress]:
        asked.append(len(codes))
        return {}

    monkeypatch.setattr(reading, "progress_of_all", progress_of_all)
    for number in range(3):
        asked_for(planner, f"学期{number}", WorkState.RUNNING)

    client.get(TODAY)

    assert asked == [3]
