"""A mother on a phone in WeChat has the changes of her child's lessons mailed: asked, told, and left in peace again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from accounts.models import User
from schedule.changes.telling import tell_changes
from schedule.families.mailing.runs import mail_due
from schedule.history.telling_rules import OUTSIDE_WAIT
from schedule.models import FamilyAddress, Lesson, PlanningAction
from tests.support.eyes import faults_of
from tests.support.families import make_family
from tests.support.family_mails import EMAIL, path_in

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _mail_is_sent(settings: Any) -> None:
    """The site of the browser sends mail anyway; the worker's part runs in this process."""
    settings.SENDS_MAIL = True
    settings.PUBLIC_BASE_URL = "https://school.example"


def test_mother_has_changes_mailed_until_she_stops_them(
    phone_of: Callable[..., Page],
    page_of: Callable[..., Page],
    planner: User,
    student: User,
    lesson: Lesson,
):
    PlanningAction.objects.update(due_at=None)
    family = make_family(student)
    phone = phone_of(None)
    requests = requests_of(phone)
    phone.goto(family.page)
    phone.get_by_role("button").tap()

    # The browser's own check is left out: the page says what is wrong, and keeps what was typed.
    phone.get_by_role("link", name="留下邮箱").tap()
    phone.locator("[name=email]").fill("mother@")
    phone.locator("main form").first.evaluate("form => { form.noValidate = true; form.submit() }")
    expect(phone.locator("[name=email][aria-invalid=true]")).to_have_value("mother@")
    faults = faults_of(phone)
    phone.locator("[name=email]").fill(EMAIL)
    phone.locator("[name=how]").select_option("at_once")
    phone.keyboard.press("Enter")
    expect(phone.locator("section", has=phone.locator("#family-mail"))).to_contain_text(EMAIL)
    assert phone.url.endswith("#family-mail")
    faults += faults_of(phone)

    phone.goto(path_in(mailed(), "/family/confirm/"))
    faults += faults_of(phone)
    phone.get_by_role("button").tap()
    expect(phone.get_by_role("main")).to_contain_text("邮箱已确认")
    faults += faults_of(phone)
    assert FamilyAddress.objects.get().is_confirmed

    move_to_ten(page_of(planner), lesson)
    tell_changes(timezone.now())
    phone.goto(family.page)
    expect(phone.locator("section", has=phone.locator("#family-changes"))).to_contain_text("10:00")
    body = mailed()
    assert "10:00" in body

    phone.goto(path_in(body, "/family/stop/"))
    phone.get_by_role("button").tap()
    expect(phone.get_by_role("main")).to_contain_text("不会再向这个邮箱发邮件")
    faults += faults_of(phone)
    assert not FamilyAddress.objects.exclude(email="").exists()
    # Not even pictures and style sheets hear from which page they are asked for.
    assert {request.all_headers().get("referer", "") for request in requests} == {""}
    texts = [f"{one.subject} {one.body} {one.extra_headers}" for one in mail.outbox]
    assert [family.token in text for text in texts] == [False, False]
    assert faults == []


def requests_of(page: Page) -> list[Request]:
    """Collect what the page asks for, as it comes."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.on("request", note)
    return requests


def mailed() -> str:
    """Let the worker mail as late as changes wait to be mailed, and return the one mail that it sent."""
    before = len(mail.outbox)
    mail_due(timezone.now() + OUTSIDE_WAIT)
    (message,) = mail.outbox[before:]
    assert message.to == [EMAIL]
    return str(message.body)


def move_to_ten(page: Page, lesson: Lesson) -> None:
    page.goto(f"/schedule/lessons/{lesson.code}/change/")
    page.get_by_label("开始", exact=True).fill("10:00")
    page.get_by_label("结束", exact=True).fill("10:45")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已修改这节课。")).to_be_visible()
