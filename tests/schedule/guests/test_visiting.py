"""The address of a guest: what it shows, when it opens, and that looking changes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import CloudStatus, RoomReason
from schedule.guests.door import OPENS_BEFORE
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Guest, Lesson, Room
from schedule.rooms.replacement import replace_room
from tests.schedule.guests.conftest import MINUTE, Invite, has_button, moved
from tests.support.cloud import SDK_APP_ID
from tests.support.pages import read

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


class TestPage:
    def test_it_shows_the_lesson_and_nothing_else_of_it(
        self, running: Lesson, teacher: User, student: User, invite: Invite
    ):
        Lesson.objects.update(title="只给班里看的题目")
        _guest, browser, address = invite(running)

        answer = browser.get(address)

        text = read(answer.content).one("main").text
        for shown in ("李作家", running.course.name, teacher.display_name, "45 minutes"):
            assert shown in text
        (class_group,) = running.class_groups.all()
        for hidden in ("只给班里看的题目", class_group.name, student.display_name, running.code):
            assert hidden not in answer.content.decode()

    def test_no_trace_of_the_address_is_left(self, running: Lesson, invite: Invite):
        _guest, browser, address = invite(running)
        browser.cookies.clear()

        for answer in (
            browser.get(address),
            browser.get(address.rstrip("/")),
            browser.get("/guest/none/"),
        ):
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "no-store"
            assert "noindex" in answer["X-Robots-Tag"]
            assert not answer.cookies
        links = read(browser.get(address).content).all("a")
        ways = {link.attrs["href"] for link in links}
        assert ways == {"", "/help/guest/"}

    def test_with_and_without_the_slash_it_is_the_same_page(self, running: Lesson, invite: Invite):
        _guest, browser, address = invite(running)

        for path in (address, address.rstrip("/")):
            assert browser.get(path).status_code == 200
            assert has_button(browser.get(path))

    def test_previews_change_nothing(
        self,
        running: Lesson,
        invite: Invite,
        django_assert_num_queries: Any,
    ):
        guest, browser, address = invite(running)
        before = Guest.objects.values().get()

        for method in ("get", "head") * 5:
            with django_assert_num_queries(3) as asked:
                assert getattr(browser, method)(address).status_code == 200
            assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)

        assert Guest.objects.values().get() == before
        assert guest.sdk_app_id is None

    def test_visitor_chooses_a_language_and_enters_nothing_by_it(
        self, running: Lesson, invite: Invite
    ):
        _guest, browser, address = invite(running)

        answer = browser.post(address, {"language": "zh-hans"})

        assert (answer.status_code, answer["Location"]) == (303, address)
        assert "zh-Hans" in browser.get(address).content.decode()
        assert Guest.objects.get().sdk_app_id is None

    def test_markup_in_the_name_is_text(self, running: Lesson, invite: Invite):
        _guest, browser, address = invite(running, "<script>alert(1)</script>")

        text = browser.get(address).content.decode()

        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


class TestLanguage:
    @pytest.mark.parametrize(
        ("header", "language"),
        [("en-GB,en;q=0.9,zh;q=0.5", "en"), ("zh-CN", "zh-hans"), ("fr", "zh-hans")],
    )
    def test_pages_are_in_the_language_of_the_browser(
        self, running: Lesson, invite: Invite, header: str, language: str
    ):
        _guest, _browser, address = invite(running)
        browser = Client(headers={"Accept-Language": header})

        for answer in (browser.get(address), browser.get("/guest/none/")):
            page = read(answer.content)
            assert answer["Content-Language"] == language
            assert page.one("html").attrs["lang"] == ("en" if language == "en" else "zh-Hans")
            assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))

    def test_chosen_language_counts_more_than_that_of_the_browser(
        self, running: Lesson, invite: Invite
    ):
        _guest, _browser, address = invite(running)
        browser = Client(headers={"Accept-Language": "en"})

        browser.post(address, {"language": "zh-hans"})

        assert browser.get(address)["Content-Language"] == "zh-hans"


def notice_in(answer: Any) -> str:
    """Return what stands where the button would."""
    (notice,) = [
        part for part in read(answer.content).all("p", "notice") if part.attrs.get("id") is None
    ]
    return notice.text


class TestStates:
    @pytest.mark.parametrize(
        ("ended_at", "words"),
        [
            (dt.time(10, 20), "This class is over: its teacher ended it at 10:20."),
            (None, "This class is over: its teacher has ended it."),
        ],
    )
    def test_class_that_was_ended_early_is_over(
        self, lesson: Lesson, invite: Invite, ended_at: dt.time | None, words: str
    ):
        _guest, browser, address = invite(lesson)
        day = timezone.localdate(lesson.starts_at)
        start = timezone.make_aware(dt.datetime.combine(day, dt.time(10)))
        Lesson.objects.update(starts_at=start, ends_at=start + 45 * MINUTE)
        room = Room.objects.create(
            lesson=lesson,
            room_id=300_000_001,
            sdk_app_id=SDK_APP_ID,
            cloud_status=CloudStatus.ENDED,
            real_ended_at=None
            if ended_at is None
            else timezone.make_aware(dt.datetime.combine(day, ended_at)),
        )

        with time_machine.travel(start + 30 * MINUTE, tick=False):
            answer = browser.get(address)
            assert notice_in(answer).startswith(words)
            assert not has_button(answer)
            posted = browser.post(address)
            assert (posted.status_code, notice_in(posted)) == (409, notice_in(answer))

            replace_room(room, RoomReason.REOPENED)
            assert has_button(browser.get(address))

    def test_open_page_hears_that_the_class_was_ended(self, running: Lesson, invite: Invite):
        _guest, browser, address = invite(running)
        version_header = {"X-Page-Version": browser.get(address)["X-Page-Version"]}

        Room.objects.create(
            lesson=running,
            room_id=300_000_001,
            sdk_app_id=SDK_APP_ID,
            cloud_status=CloudStatus.ENDED,
        )

        answer = browser.get(address, headers=version_header)
        assert "This class is over" in notice_in(answer)

    def test_moved_lesson_shows_its_new_time_and_says_so(
        self, lesson: Lesson, planner: User, invite: Invite
    ):
        _guest, browser, address = invite(lesson)
        words = "this is its new time"
        assert words not in browser.get(address).content.decode()
        plan = plan_of(lesson)
        later = replace(
            plan, starts_at=plan.starts_at + 90 * MINUTE, ends_at=plan.ends_at + 90 * MINUTE
        )

        change_lesson(lesson, later)

        text = read(browser.get(address).content).one("main").text
        assert words in text
        assert f"{timezone.localtime(later.starts_at):%H:%M}–" in text
        _second, other, its_address = invite(lesson)
        assert words not in other.get(its_address).content.decode()

    def test_page_before_the_lesson_says_how_to_follow_it_without_scripts(
        self, lesson: Lesson, invite: Invite
    ):
        _guest, browser, address = invite(lesson)

        page = read(browser.get(address).content)

        opening = timezone.localtime(lesson.starts_at - OPENS_BEFORE)
        assert f"from {opening:%Y-%m-%d}" in page.one("p", "notice").text
        assert f"{opening:%H:%M}" in page.one("p", "notice").text
        ways = [link.text for link in page.all("a") if link.attrs["href"] == ""]
        assert ways == ["Load it again"]

    def test_lesson_whose_time_has_passed_is_said_to_be_over(self, lesson: Lesson, invite: Invite):
        _guest, browser, address = invite(lesson)
        moved(lesson, -60, -15)

        for answer in (browser.get(address), browser.post(address)):
            page = read(answer.content)
            assert answer.status_code == 404
            assert page.one("h1").text == "This lesson is over"
            assert f"{timezone.localtime(lesson.ends_at):%H:%M}" in page.one("main").text
            assert answer["Cache-Control"] == "no-store"


class TestTimes:
    def test_button_stands_there_from_ten_minutes_before_to_the_planned_end(
        self, lesson: Lesson, invite: Invite
    ):
        _guest, browser, address = invite(lesson)
        opening = lesson.starts_at - OPENS_BEFORE
        expected = {
            opening - SECOND: (200, False),
            opening: (200, True),
            lesson.ends_at - SECOND: (200, True),
            lesson.ends_at: (404, False),
        }

        heard = {}
        for moment in expected:
            with time_machine.travel(moment, tick=False):
                answer = browser.get(address)
                heard[moment] = (answer.status_code, has_button(answer))

        assert heard == expected

    def test_click_too_early_is_409_with_the_same_page(self, lesson: Lesson, invite: Invite):
        _guest, browser, address = invite(lesson)

        answer = browser.post(address)

        assert answer.status_code == 409
        assert "李作家" in answer.content.decode()
        assert Guest.objects.get().sdk_app_id is None

    def test_cancelled_lesson_is_said_to_be_cancelled(self, running: Lesson, invite: Invite):
        _guest, browser, address = invite(running)
        cancel_lesson(running, reason="停电", at=timezone.now())

        answer = browser.get(address)

        assert answer.status_code == 200
        assert "cancelled" in read(answer.content).one("p", "notice").text
        assert not has_button(answer)
        assert browser.post(address).status_code == 409

    def test_it_moves_with_the_lesson(self, lesson: Lesson, invite: Invite):
        _guest, browser, address = invite(lesson)
        moved(lesson, -60, -15)
        assert browser.get(address).status_code == 404

        moved(lesson, 5, 50)

        assert has_button(browser.get(address))

    def test_open_page_follows_the_lesson(self, lesson: Lesson, invite: Invite):
        _guest, browser, address = invite(lesson)
        version_header = {"X-Page-Version": browser.get(address)["X-Page-Version"]}
        assert browser.get(address, headers=version_header).status_code == 204

        with time_machine.travel(lesson.starts_at - OPENS_BEFORE, tick=False):
            assert has_button(browser.get(address, headers=version_header))
        moved(lesson, 5, 50)
        assert has_button(browser.get(address, headers=version_header))


class TestAfterClass:
    WORDS = "Guests need no account"

    def test_guest_hears_that_nothing_is_left_to_do(self, running: Lesson, invite: Invite):
        _guest, browser, _address = invite(running)

        page = browser.get("/schedule/after-class/", follow=True)

        assert page.redirect_chain == [("/accounts/login/?next=/schedule/after-class/", 302)]
        assert self.WORDS in read(page.content).one("main").text

    def test_nobody_hears_it_on_the_way_to_another_page(self, running: Lesson, invite: Invite):
        _guest, browser, _address = invite(running)

        page = browser.get("/schedule/", follow=True)

        assert self.WORDS not in page.content.decode()
