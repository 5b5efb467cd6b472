"""A visiting speaker on a phone with WeChat's browser: invited by the teacher, waiting for the door, in class, sent away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.guests.door import OPENS_BEFORE
from schedule.models import Guest, Lesson
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.browser

BUTTON = "main form:not(.inline-form) button"


def test_visiting_speaker_comes_into_the_class(
    page_of: Callable[..., Page],
    phone_of: Callable[..., Page],
    teacher: User,
    running: Lesson,
    local_cloud: LocalCloud,
):
    before = timezone.now() + OPENS_BEFORE + dt.timedelta(hours=1)
    Lesson.objects.update(starts_at=before, ends_at=before + dt.timedelta(minutes=45))
    page = page_of(teacher)
    page.goto(f"/schedule/lessons/{running.code}/")
    page.locator(f"a[href$='/{running.code}/guests/']").click()
    page.locator("[name=name]").fill("李作家")
    page.locator("form.card button").click()
    address = page.locator("#guest-address").input_value()

    # The slash is cut off, as messengers do; and the door is not open yet.
    phone = phone_of(None)
    phone.goto(address.rstrip("/"))
    expect(phone.locator("h1")).to_contain_text("李作家")
    expect(phone.locator("#in-wechat")).to_be_visible()
    expect(phone.locator(BUTTON)).to_have_count(0)

    # The lesson is moved to now: the page that is open follows when its reader comes back to it.
    now = timezone.now()
    Lesson.objects.update(starts_at=now, ends_at=now + dt.timedelta(minutes=45))
    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    phone.locator(BUTTON).tap()
    phone.wait_for_url(f"{local_cloud.class_url}?**")
    expect(phone.locator("main")).to_have_attribute("data-role", "student")
    expect(phone.locator("main")).to_contain_text("李作家")
    assert phone.evaluate("document.referrer") == ""

    page.goto(f"/schedule/lessons/{running.code}/")
    row = page.locator("tr", has_text="李作家")
    row.get_by_role("button").click()
    expect(page.get_by_role("status").or_(page.locator(".messages")).first).to_be_visible()
    assert Guest.objects.get().ended_at is not None
    phone.goto(address)
    expect(phone.locator(BUTTON)).to_have_count(0)
