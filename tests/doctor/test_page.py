"""The doctor's page: who sees it, what a look at it does, and that it holds no secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from classroom.models import CallbackEvent
from edu_platform import env
from edu_platform.doctor import page as doctor_page
from edu_platform.models import Heartbeat
from tests.cast import SignedIn
from tests.support.cloud import LocalCloud
from tests.support.pages import read

PATH = "/admin/doctor/"


@pytest.mark.django_db
class TestWho:
    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("who", ["outsider", "teacher", "supervisor"])
    def test_others_are_sent_away(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str, method: str
    ):
        client = signed_in(request.getfixturevalue(who))

        answer = getattr(client, method)(PATH)

        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_planners_may_not(self, planner: User, signed_in: SignedIn, method: str):
        assert getattr(signed_in(planner), method)(PATH).status_code == 403

    @pytest.mark.parametrize("who", ["administrator", "superuser"])
    def test_administrators_come_from_the_start_page(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, who: str
    ):
        client = signed_in(request.getfixturevalue(who), "en")

        start = read(client.get("/admin/").content)

        assert start.link("Check the installation") == PATH

    def test_planners_are_not_led_there(self, planner: User, signed_in: SignedIn):
        start = read(signed_in(planner).get("/admin/").content)

        assert start.all("a", href=PATH) == []

    def test_needs_the_token_of_forms(self, administrator: User, signed_in: SignedIn):
        client = signed_in(administrator)
        client.handler.enforce_csrf_checks = True

        assert client.post(PATH).status_code == 403


@pytest.mark.django_db
def test_look_at_the_page_sends_nothing(
    administrator: User, signed_in: SignedIn, local_cloud: LocalCloud
):
    answer = signed_in(administrator).get(PATH)

    assert answer.status_code == 200
    assert read(answer.content).all("table", "doctor-lines") == []
    assert local_cloud.calls() == []


@pytest.mark.django_db(transaction=True)
class TestResults:
    @pytest.fixture
    def client(self, administrator: User, signed_in: SignedIn) -> Client:
        return signed_in(administrator, "en")

    def test_worst_comes_first_and_no_secret_is_told(
        self, client: Client, local_cloud: LocalCloud, settings: Any, monkeypatch: Any
    ):
        settings.LCIC_CALLBACK_KEY = ["the-callback-key"]
        # Nobody works here, and nobody is waited for.
        monkeypatch.setattr("edu_platform.doctor.workers.ANSWER_WITHIN_S", 0.1)

        answer = client.post(PATH)

        tables = read(answer.content).all("table", "doctor-lines")
        rows = [row for table in tables for row in table.one("tbody").all("tr")]
        states = [row.one("td", "doctor-state").text for row in rows]
        assert states == sorted(states, key=["✕error", "▲warning", "✓ok"].index)
        told = {row.attrs["data-check"]: row for row in rows}
        assert told["beat.heartbeat"] in tables[0].all("tr")
        assert told["cloud.credentials"] in tables[1].all("tr")
        assert told["beat.heartbeat"].all("td")[1].text == "Background work"
        for check, row in told.items():
            assert check not in row.text
            assert not [name for name in env.read_names if name in row.text]
        page = answer.content.decode()
        for secret in (settings.SECRET_KEY, settings.LCIC_SECRET_KEY, "the-callback-key"):
            assert secret not in page
        assert not CallbackEvent.objects.exists()
        assert not Heartbeat.objects.exists()

    def test_one_at_a_time(self, client: Client):
        assert doctor_page._one_at_a_time.acquire(blocking=False)
        try:
            answer = client.post(PATH)
        finally:
            doctor_page._one_at_a_time.release()

        assert answer.status_code == 409
        assert "running already" in answer.content.decode()
