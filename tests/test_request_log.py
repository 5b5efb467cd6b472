"""The id of a request, and its one line in the log."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib import trace_ids
from edu_platform.lib.bounded_log import BoundedLog
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
OWN = "edu_platform.request_log"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The records about requests since the test began; what other tests have asked for counts not."""
    bounded = BoundedLog(logging.getLogger(OWN), "requests")
    monkeypatch.setattr("edu_platform.request_log._outsiders", bounded)

    def found() -> list[logging.LogRecord]:
        names = (OWN, "django.request", "django.security.csrf")
        return [record for record in caplog.records if record.name in names]

    caplog.set_level(logging.INFO)
    return found


class TestId:
    def test_comes_back_in_the_answer(self, client: Client):
        first, second = (client.get("/accounts/login/")["X-Request-ID"] for _ in range(2))

        assert len(first) == 8
        assert first != second

    def test_of_a_stranger_is_not_taken_over(self, client: Client):
        answer = client.get("/accounts/login/", headers={"X-Request-ID": "chosen-by-me"})

        assert answer["X-Request-ID"] != "chosen-by-me"

    @pytest.mark.parametrize(
        ("given", "is_taken"),
        [("5f0c-a1b2:c3_d4.e5", True), ("a" * 65, False), ("short", False), ("1a2b3c4d\\n", False)],
    )
    def test_of_our_proxy_is_taken_over_if_it_is_plain(
        self, client: Client, settings: Any, given: str, is_taken: bool
    ):
        settings.TRUSTED_PROXIES = 1

        answer = client.get("/accounts/login/", headers={"X-Request-ID": given})

        assert (answer["X-Request-ID"] == given) is is_taken

    def test_is_the_number_on_the_page_of_a_fault(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(*_values: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("schedule.feeds.views.find_feed", fail)
        client.raise_request_exception = False

        answer = client.get("/schedule/feeds/token.ics")

        assert answer.status_code == 500
        assert answer["X-Request-ID"] in answer.content.decode()

    def test_is_forgotten_when_another_request_begins(self, client: Client):
        client.get("/accounts/login/")

        client.get("/healthz")

        assert trace_ids.current() == {}


class TestLine:
    def test_says_who_asked_for_what_and_what_came_of_it(
        self, signed_in: SignedIn, student: User, lines: Any
    ):
        client = signed_in(student)

        client.get("/accounts/profile/?next=/secret/")

        (line,) = lines()
        assert (line.name, line.levelname) == (OWN, "INFO")
        assert (line.method, line.path, line.status) == ("GET", "/accounts/profile/", 200)
        assert line.view == "profile"
        assert line.getMessage() == f"GET /accounts/profile/: 200 in {line.ms} ms"
        assert trace_ids.current()["user_id"] == student.pk

    def test_cannot_be_forged_by_a_path(self, client: Client, lines: Any):
        client.get("/accounts/login/%0A2026-01-01%20CRITICAL")

        (line,) = lines()
        assert "\n" not in line.getMessage()

    @pytest.mark.parametrize(
        "asked", ["/nothing/", "/accounts/login/%0A", "/replays/abcdefgh/", "/courseware/fetch/a/b"]
    )
    def test_is_the_only_one(self, client: Client, lines: Any, asked: str):
        client.get(asked)

        assert len(lines()) == 1

    def test_of_a_page_that_django_leaves_out_is_ours(
        self, signed_in: SignedIn, teacher: User, settings: Any, lines: Any
    ):
        """The page of a case has a line of its own, which knows neither status nor time."""
        settings.LCIC_SECRET_ID = ""
        lesson = LessonFactory.create(teacher=teacher, starts_at=timezone.now() + 5 * MINUTE)

        answer = signed_in(teacher).post(f"/schedule/lessons/{lesson.code}/enter/")

        (line,) = lines()
        assert (line.name, line.status) == (OWN, 503)
        assert answer.context["error"].reference == answer["X-Request-ID"]

    @pytest.mark.parametrize("asked", ["/healthz", "/static/none.css", "/schedule/feeds/a.ics"])
    def test_is_not_there_for_what_programs_ask(self, client: Client, lines: Any, asked: str):
        client.get(asked)

        assert [line for line in lines() if line.name == OWN] == []

    def test_of_strangers_is_one_of_few(
        self, client: Client, lines: Any, monkeypatch: pytest.MonkeyPatch
    ):
        few = BoundedLog(logging.getLogger(OWN), "requests", 2)
        monkeypatch.setattr("edu_platform.request_log._outsiders", few)

        for _number in range(4):
            client.get("/accounts/login/")

        assert len(lines()) == 2
