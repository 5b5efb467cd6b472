"""The administration as axe sees it, and what a laptop has room for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import AuditKind, SignInMethod
from accounts.models import User
from accounts.services import audit
from classroom.enums import EventKind, EventState, Outcome
from schedule.models import ClassGroup, Lesson
from tests.factories.classroom import CallbackEventFactory
from tests.support.eyes import faults_at, faults_of

# Each goes through many pages.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

ERROR = "CloudUnavailable: the cloud did not answer within 4 seconds (request 5f2c1a9e-88a1)"

OUTCOMES = {"zh-hans": "不是我们的课件", "en": "Not a document of ours"}
LINES = """cell => {
  const text = document.createRange();
  text.selectNodeContents(cell);
  return new Set([...text.getClientRects()].map(line => Math.round(line.top))).size;
}"""
LINES_AT_MOST = 3
LAPTOP_PX = 1280


def test_callbacks_are_read_without_scrolling_at_1280_px(
    page_of: Callable[..., Page], administrator: User
) -> None:
    CallbackEventFactory.create(state=EventState.DEAD, attempts=12, last_error=ERROR)
    CallbackEventFactory.create(
        kind=EventKind.DOCUMENT,
        room_id=None,
        document_id="cp7k2v9xq31m8d0a",
        event_type="DocumentTranscodeFinish",
        last_error=ERROR,
        attempts=3,
        due_at=timezone.now(),
    )
    CallbackEventFactory.create(state=EventState.PROCESSED, outcome=Outcome.UNKNOWN_DOCUMENT)
    for language, said in OUTCOMES.items():
        page = page_of(administrator, language)
        page.set_viewport_size({"width": LAPTOP_PX, "height": 900})
        page.goto("/admin/classroom/callbackevent/")

        errors = page.locator("#result_list td.field-trouble")
        expect(errors.filter(has_text=ERROR), language).to_have_count(2)
        # What does not fit is scrolled away.
        table = page.locator("#changelist-form .results")
        assert table.evaluate("table => table.scrollWidth - table.clientWidth") == 0, language
        outcome = page.locator("td.field-became", has_text=said)
        assert outcome.evaluate(LINES) <= LINES_AT_MOST, language


def test_pages_of_the_administration(
    page_of: Callable[..., Page], superuser: User, lesson: Lesson, student: User
) -> None:
    CallbackEventFactory.create(state=EventState.DEAD, last_error=ERROR)
    audit.record_sign_in(student, method=SignInMethod.PASSWORD, address="192.0.2.7")
    audit.record(AuditKind.PASSWORD_RESET, by=superuser, person=student)

    faults = faults_at(
        page_of(superuser),
        "/admin/",
        "/admin/classroom/callbackevent/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{student.pk}/change/",
        "/admin/accounts/schoolsettings/1/change/",
        "/admin/accounts/auditentry/",
        "/admin/doctor/",
    )

    assert faults == []


def test_choice_of_a_class_group(
    page_of: Callable[..., Page], planner: User, class_group: ClassGroup
) -> None:
    page = page_of(planner)

    page.goto("/admin/replays/retention/add/")
    page.locator("input[name=_save]").click()
    expect(page.locator(".errornote")).to_be_visible()
    faults = faults_of(page)
    page.goto("/admin/replays/retention/add/")
    page.get_by_label("班级").select_option(class_group.name)
    faults += faults_of(page)

    assert faults == []
