"""A class without its teacher, from the office's side: seen, taken, told of in the class, and over by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from attendance.alarms.watching import watch_due
from attendance.models import Alarm
from attendance.now.walls import make_wall
from attendance.presence.looking import look_due, mark_rooms
from schedule.models import ClassGroup, Lesson, Room
from schedule.rooms.polling import poll_rooms
from tests.factories.schedule import LessonFactory
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.eyes import faults_of
from tests.support.running_class import user_id_of
from tests.support.visitors import visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

MINUTE = dt.timedelta(minutes=1)
# The board asks every two seconds; a busy machine takes its time.
SEEN_WITHIN_MS = 30_000


@pytest.fixture
def room(
    local_cloud: LocalCloud, teacher: User, student: User, class_group: ClassGroup, live_site: str
) -> Room:
    """Let a class run for six minutes with a student and without its teacher."""
    now = timezone.now().replace(microsecond=0)
    lesson: Lesson = LessonFactory.create(
        teacher=teacher,
        class_groups=[class_group],
        starts_at=now - 6 * MINUTE,
        ends_at=now + 39 * MINUTE,
    )
    room = make_room(lesson)
    user_id_of(teacher)
    local_cloud.change_room(room.number, "start")
    local_cloud.join(room.number, user_id_of(student))
    poll_rooms(timezone.now())
    Room.objects.update(real_started_at=lesson.starts_at)
    return room


def test_class_without_its_teacher_is_looked_after_until_they_come(
    browser: Browser,
    page_of: Callable[..., Page],
    live_site: str,
    local_cloud: LocalCloud,
    planner: User,
    administrator: User,
    teacher: User,
    student: User,
    room: Room,
) -> None:
    token = make_wall("走廊", by=administrator, at=timezone.now())
    page = page_of(planner, "en")
    page.goto("/schedule/now/")
    tile = page.locator(".now-tile")
    alarm = tile.locator(".now-alarms > li")
    expect(alarm).to_have_count(0)

    watch_due(timezone.now())

    expect(alarm).to_contain_text("No teacher", timeout=SEEN_WITHIN_MS)
    assert faults_of(page) == []
    tile.get_by_text("Take…").click()
    tile.get_by_label("Note (may be empty)").fill("rings them up")
    tile.get_by_role("button", name="I look after it").click()
    expect(tile).to_contain_text(f"{planner.display_name} looks after it. rings them up")

    tile.get_by_role("link", name="Message…").click()
    page.get_by_label("Message").fill("老师马上就到")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Everybody in the class can read it now.")).to_be_visible()
    assert local_cloud.messages(room.number) == ["老师马上就到"]

    with visitor(browser, live_site) as wall:
        wall.goto(f"/schedule/now/wall/{token}/")
        of_wall = wall.locator(".now-tile")
        expect(of_wall).to_contain_text("已有人处理")
        shown = wall.locator("body").inner_text()
        names = [person.display_name for person in (planner, teacher, student)]
        assert [name for name in (*names, "rings them up") if name in shown] == []
        assert faults_of(wall) == []

        local_cloud.join(room.number, user_id_of(teacher))
        mark_rooms([room.number])
        look_due(timezone.now())
        watch_due(timezone.now())

        expect(of_wall.locator(".now-alarms")).to_have_count(0, timeout=SEEN_WITHIN_MS)
    expect(alarm).to_have_count(0, timeout=SEEN_WITHIN_MS)
    expect(tile).to_contain_text("Teacher there")
    assert not Alarm.objects.open().exists()
