"""A family on a phone, inside WeChat: reads along, leaves an address by keys alone, confirms it, and watches a replay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import SchoolSettings, User
from replays.models import Replay
from schedule.families.mailing_runs import mail_due
from schedule.models import ClassGroup, FamilyAddress, Lesson
from tests.browser.conftest import IN_WECHAT
from tests.factories.attendance import counted_lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud
from tests.support.eyes import PHONE_PX, faults_of
from tests.support.families import FamilyOf, make_family
from tests.support.family_mails import EMAIL, path_in
from tests.support.visitors import look_until

# It goes through many pages.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def replay(local_cloud: LocalCloud, lesson: Lesson) -> Replay:
    """One with a real film of ten seconds, which families may watch."""
    SchoolSettings.objects.update_or_create(pk=1, defaults={"families_may_watch": True})
    replay = ReplayFactory.create(lesson=lesson, made_at=school_time(-1, 8))
    start_s = int(school_time(-1, 7).timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 10)
    url = local_cloud.recorded(room_id)[0]["RecordUrl"]
    ReplayFileFactory.create(replay=replay, number=1, url=url, duration_s=10)
    return replay


@pytest.fixture
def family(replay: Replay, teacher: User, class_group: ClassGroup, student: User) -> FamilyOf:
    """Of a child who was late once, and absent once."""
    for days, stay in ((-1, (7, 45)), (-2, None)):
        counted_lesson(teacher, class_group, {student: stay}, days=days)
    return make_family(student)


@pytest.fixture
def phone(browser: Browser, live_site: str, settings: Any) -> Iterator[Page]:
    settings.SENDS_MAIL = True
    settings.PUBLIC_BASE_URL = "https://school.example"
    context = browser.new_context(
        base_url=live_site,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": PHONE_PX, "height": 640},
        has_touch=True,
        is_mobile=True,
        user_agent=IN_WECHAT,
    )
    yield context.new_page()
    context.close()


def test_mother_leaves_an_address_and_watches_a_replay(
    phone: Page, family: FamilyOf, replay: Replay
):
    page = phone
    page.goto(family.page)
    page.locator("main form button").click()
    expect(page.locator("#family-attendance")).to_be_visible()
    expect(page.locator("#family-absences ~ ul li")).to_have_count(1)
    faults = faults_of(page)

    page.locator("section", has=page.locator("#family-mail")).get_by_role("link").click()
    page.locator("[name=email]").fill("mother@")
    page.keyboard.press("Enter")
    # The browser refuses it; without that the page does.
    page.locator("main form").first.evaluate("form => { form.noValidate = true; form.submit() }")
    expect(page.locator("[name=email][aria-invalid=true]")).to_have_value("mother@")
    faults += faults_of(page)
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=how]").select_option("at_once")
    page.locator("[name=email]").press("Enter")
    expect(page.locator("#family-mail ~ p").first).to_contain_text(EMAIL)

    mail_due(timezone.now())
    (message,) = mail.outbox
    page.goto(path_in(str(message.body), "/family/confirm/"))
    faults += faults_of(page)
    page.locator("main form button").click()
    expect(page.get_by_role("main")).to_contain_text(EMAIL)
    faults += faults_of(page)
    assert FamilyAddress.objects.get().is_confirmed

    page.goto(family.page)
    page.get_by_role("link", name=replay.title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(replay.title)
    faults += faults_of(page)
    page.locator("#player").evaluate("video => { video.muted = true; return video.play() }")
    look_until(page, Replay.objects.filter(views=1).exists, "no view was counted")

    assert faults == []
