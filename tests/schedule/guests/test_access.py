"""Addresses of guests that lead nowhere: unknown, cut, ended, over, and guessed too often."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.permissions import PERMISSIONS, Action
from edu_platform.lib import guesses
from schedule.models import Guest, Lesson
from tests.schedule.guests.conftest import Invite, has_button, moved
from tests.support.pages import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/guest/none/", "/guest/none", "/guest/%00/", "/guest/。/"])
def test_unknown_address_is_said_in_words(path: str, client: Client):
    client.cookies["django_language"] = "en"

    answer = client.get(path)

    assert answer.status_code == 404
    assert read(answer.content).one("h1").text == "This link does not work"


def test_cut_address_is_no_address(running: Lesson, invite: Invite):
    _guest, browser, address = invite(running)

    assert browser.get(f"{address[:-3]}/").status_code == 404


@pytest.mark.parametrize(
    "rest", ["。", "/。", ")", "/），请打开", "%20", "…", "/none/", "/;jsessionid=1"]
)
def test_something_behind_the_address_is_left_out(running: Lesson, invite: Invite, rest: str):
    _guest, browser, address = invite(running)

    answer = browser.get(f"{address.rstrip('/')}{rest}")

    assert has_button(answer)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert browser.get(f"{address.rstrip('/')}x{rest}").status_code == 404


def test_draft_is_nobodys(running: Lesson, invite: Invite):
    _guest, browser, address = invite(running)
    Lesson.objects.update(state="draft")

    assert browser.get(address).status_code == 404


def test_table_of_permissions_closes_all_addresses_of_guests(
    running: Lesson, invite: Invite, monkeypatch: pytest.MonkeyPatch
):
    _guest, browser, address = invite(running)
    assert browser.get(address).status_code == 200

    monkeypatch.setitem(PERMISSIONS, Action.ENTER_AS_GUEST, frozenset())

    assert browser.get(address).status_code == 404
    assert browser.post(address).status_code == 404


@pytest.mark.processes
@pytest.mark.usefixtures("valkey")
def test_guesses_are_bounded_and_cost_one_query_then(
    running: Lesson,
    invite: Invite,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
):
    monkeypatch.setattr(guesses, "WRONG_AT_MOST", 3)
    _guest, browser, address = invite(running)
    for number in range(3):
        assert browser.get(f"/guest/none{number}/").status_code == 404

    with django_assert_num_queries(1):  # the name of the school
        answer = browser.get(address)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "no-referrer" in answer["Referrer-Policy"]


@pytest.mark.processes
@pytest.mark.usefixtures("valkey")
def test_address_that_worked_of_late_passes_whatever_others_guess(
    running: Lesson, invite: Invite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guesses, "WRONG_AT_MOST", 3)
    guest, browser, address = invite(running)
    other = invite(running)[2]
    assert has_button(browser.get(f"{address.rstrip('/')}。请点击"))
    for number in range(3):
        browser.get(f"/guest/none{number}/")

    assert has_button(browser.get(address))
    assert browser.get(other).status_code == 429
    Guest.objects.filter(pk=guest.pk).update(ended_at=timezone.now())
    assert [browser.get(address).status_code for _time in range(2)] == [404, 429]


@pytest.mark.processes
@pytest.mark.usefixtures("valkey")
def test_address_of_a_lesson_that_is_over_is_no_guess(
    lesson: Lesson, invite: Invite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guesses, "WRONG_AT_MOST", 1)
    _guest, browser, address = invite(lesson)
    moved(lesson, -60, -15)

    assert [browser.get(address).status_code for _time in range(3)] == [404] * 3


def test_token_is_in_no_log(running: Lesson, invite: Invite, caplog: pytest.LogCaptureFixture):
    _guest, browser, address = invite(running)
    token = address.split("/")[2]
    Guest.objects.update(ended_at=timezone.now())

    with caplog.at_level(logging.DEBUG):
        for path in (address, address.rstrip("/"), f"/%67uest/{token}/", f"/guest/{token}/x/"):
            assert browser.get(path).status_code == 404
            assert browser.put(path).status_code in {404, 405}

    assert caplog.records
    assert token not in caplog.text
