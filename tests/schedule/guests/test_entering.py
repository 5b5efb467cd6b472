"""A guest goes into the class as a student, by an identity of their own."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts.models import ClassroomIdentity, DiscardedIdentity, SchoolSettings
from classroom.client import transport
from classroom.client import users as cloud_users
from classroom.client.rate_limits import Priority
from schedule.door import entry
from schedule.guests.leaving_cloud import forget_in_cloud
from schedule.guests.registration import ensure_known, nickname_without_name
from schedule.guests.writing import end_guest
from schedule.models import Guest, Lesson, Room
from tests.schedule.guests.conftest import Invite
from tests.support.cloud import LocalCloud
from tests.support.pages import read
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db


def link_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 303, answer.content.decode()
    query = parse_qs(urlsplit(answer["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def nicknames(cloud: LocalCloud) -> list[str]:
    return [user["Name"] for user in cloud.users()]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon on a cloud that does not answer."""
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)
    monkeypatch.setitem(transport.READ_TIMEOUT_S, Priority.INTERACTIVE, 0.3)


class TestEntering:
    def test_guest_enters_as_a_student_under_their_name(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        guest, browser, address = invite(running)

        answer = browser.post(address)

        link = link_of(answer)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "role" not in link
        assert link["classid"] == str(Room.objects.get().room_id)
        page = requests.get(answer["Location"], timeout=10)
        assert 'data-role="student"' in page.text
        assert "李作家" in page.text
        guest.refresh_from_db()
        assert guest.classroom_user_id == link["userid"]
        assert guest.entered_at is not None
        assert guest.sent_nickname == "李作家"
        assert not ClassroomIdentity.objects.filter(
            classroom_user_id=guest.classroom_user_id
        ).exists()

    def test_ticket_is_in_no_log_and_no_table(
        self,
        running: Lesson,
        invite: Invite,
        local_cloud: LocalCloud,
        caplog: pytest.LogCaptureFixture,
    ):
        _guest, browser, address = invite(running)
        caplog.set_level("DEBUG", logger="schedule")

        ticket = link_of(browser.post(address))["token"]

        assert ticket not in caplog.text
        assert ticket not in str(list(Guest.objects.values()))

    def test_second_click_is_the_same_person(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        _guest, browser, address = invite(running)

        ids = {link_of(browser.post(address))["userid"] for _time in range(2)}

        assert len(ids) == 1
        assert nicknames(local_cloud).count("李作家") == 1

    def test_nickname_follows_the_pattern_of_the_school(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        SchoolSettings.objects.update_or_create(
            pk=SchoolSettings.load().pk, defaults={"nickname_pattern": "实验小学 {name}"}
        )
        _guest, browser, address = invite(running)

        browser.post(address)

        assert "实验小学 李作家" in nicknames(local_cloud)

    def test_two_guests_of_one_name_are_two_people(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        ids = set()
        for _time in range(2):
            _guest, browser, address = invite(running)
            ids.add(link_of(browser.post(address))["userid"])

        assert len(ids) == 2

    def test_name_that_the_cloud_refuses_is_left_out(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        local_cloud.words("作家")
        guest, browser, address = invite(running)

        link_of(browser.post(address))

        guest.refresh_from_db()
        assert guest.sent_nickname == nickname_without_name()
        assert guest.sent_nickname in nicknames(local_cloud)
        assert guest.name == "李作家"

    def test_class_that_its_teacher_has_ended_is_409_in_words(
        self,
        running: Lesson,
        invite: Invite,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
    ):
        _guest, browser, address = invite(running)
        browser.post(address)
        room = Room.objects.get()
        for change in ("start", "end"):
            local_cloud.change_room(room.number, change)
        monkeypatch.setattr(entry, "LOOK_HOLDS", entry.NO_TIME)

        answer = browser.post(address)

        page = read(answer.content)
        assert answer.status_code == 409
        assert page.one("h1").text == "This class has ended"
        assert [link.attrs["href"] for link in page.all("a")] == ["/help/guest/"]

    def test_guest_sent_away_during_the_click_is_404(
        self,
        running: Lesson,
        invite: Invite,
        teacher: Any,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
    ):
        guest, browser, address = invite(running)

        def send_away(*_args: object) -> None:
            end_guest(guest, by=teacher, at=timezone.now())

        monkeypatch.setattr("schedule.guests.entering.check_guests_door", send_away)

        assert browser.post(address).status_code == 404
        assert local_cloud.users() == []

    def test_guest_sent_away_while_the_cloud_makes_the_ticket_does_not_get_it(
        self,
        running: Lesson,
        invite: Invite,
        teacher: Any,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
    ):
        guest, browser, address = invite(running)
        log_in = cloud_users.log_in_to_room

        def send_away(*args: Any) -> object:
            end_guest(guest, by=teacher, at=timezone.now())
            return log_in(*args)

        monkeypatch.setattr(cloud_users, "log_in_to_room", send_away)

        answer = browser.post(address)

        assert (answer.status_code, answer.headers.get("Location")) == (404, None)
        guest.refresh_from_db()
        assert guest.entered_at is None


class TestCloudInTrouble:
    def test_silent_cloud_is_503_with_a_number_and_a_button(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud, settings: Any, quick: None
    ):
        settings.LCIC_ENDPOINT = "http://127.0.0.1:1"
        guest, browser, address = invite(running)

        answer = browser.post(address)

        page = read(answer.content)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert len(page.one("span", "reference").text) == 8
        assert address.split("/")[2] not in answer.content.decode()
        guest.refresh_from_db()
        # The cloud may know them by now: they are deleted there later.
        assert guest.sdk_app_id == transport.sdk_app_id()
        assert guest.entered_at is None

    def test_lost_answer_is_found_again(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud, quick: None
    ):
        guest, browser, address = invite(running)
        local_cloud.switch("RegisterUser", "drop_after", times=1)
        browser.post(address)

        link = link_of(browser.post(address))

        guest.refresh_from_db()
        assert guest.classroom_user_id == link["userid"]
        assert nicknames(local_cloud).count("李作家") == 1

    def test_guest_whom_the_cloud_forgot_is_registered_again(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        guest, browser, address = invite(running)
        first = link_of(browser.post(address))["userid"]
        local_cloud.delete_user(first)

        second = link_of(browser.post(address))["userid"]

        guest.refresh_from_db()
        assert second != first
        assert (guest.classroom_user_id, guest.earlier_user_ids) == (second, [first])

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_once_register_one_person(
        self, running: Lesson, invite: Invite, local_cloud: LocalCloud
    ):
        guest, _browser, _address = invite(running)

        user_ids = all_at_once(lambda _number: ensure_known(guest).classroom_user_id, range(4))

        assert len(set(user_ids)) == 1
        assert nicknames(local_cloud) == ["李作家"]


class TestQueue:
    def test_guest_waits_as_students_do(
        self,
        running: Lesson,
        invite: Invite,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(entry, "_queue", threading.BoundedSemaphore(1))
        entry._queue.acquire()
        _guest, browser, address = invite(running)

        answer = browser.post(address)

        page = read(answer.content)
        assert answer.status_code == 503
        assert page.one("h1").text == "Many people are going in right now"
        form = page.one("form", method="post", **{"data-lesson": ""})
        assert "action" not in form.attrs
        assert int(form.attrs["data-goes-in-after"]) == int(answer["Retry-After"])
        assert local_cloud.calls() == []

    @pytest.mark.processes
    @pytest.mark.usefixtures("valkey")
    def test_guest_who_comes_back_keeps_their_place(
        self,
        running: Lesson,
        invite: Invite,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
    ):
        _guest, browser, address = invite(running)
        monkeypatch.setattr(entry, "_door", threading.BoundedSemaphore(1))
        entry._door.acquire()
        page = read(browser.post(address).content)
        arrived = page.one("input", name="arrived").attrs["value"]
        entry._door.release()

        assert browser.post(address, {"arrived": arrived}).status_code == 303


def test_guest_of_a_lesson_that_was_moved_after_they_were_deleted_is_registered_anew(
    running: Lesson, invite: Invite, local_cloud: LocalCloud
):
    guest, browser, address = invite(running)
    first = link_of(browser.post(address))["userid"]
    forget_in_cloud([running.pk], at=timezone.now())
    origin = DiscardedIdentity.objects.get().origin_id

    second = link_of(browser.post(address))["userid"]

    guest.refresh_from_db()
    assert guest.origin_id != origin
    assert (guest.classroom_user_id, guest.earlier_user_ids) == (second, [first])
    assert guest.discarded_at is None


def test_page_needs_no_cookie_and_sets_none(
    running: Lesson, invite: Invite, local_cloud: LocalCloud
):
    _guest, _browser, address = invite(running)
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(address, headers={"Origin": "null"})

    assert answer.status_code == 303
    assert not answer.cookies
