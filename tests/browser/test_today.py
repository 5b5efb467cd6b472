"""The school's day in a browser: axe, a phone, and its way into a lesson."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, User
from schedule.models import Lesson, Room
from tests.factories.schedule import LessonFactory, school_time
from tests.support.eyes import PHONE_PX, faults_at, faults_of

pytestmark = pytest.mark.browser

TODAY = "/schedule/today/"


@pytest.fixture
def _trouble(running: Lesson, lesson: Lesson, teacher: User) -> None:
    """Drafts, a room that is not made, a person whom the cloud refuses."""
    LessonFactory.create(is_draft=True)
    Room.objects.create(
        lesson=running, sdk_app_id=1, last_error="refused", failed_at=school_time(0, 0)
    )
    ClassroomIdentity.objects.create(user=teacher, sdk_app_id=1, state=IdentityState.FAILED)


@pytest.mark.usefixtures("_trouble")
def test_nothing_is_wrong_with_it(
    page_of: Callable[..., Page], administrator: User, supervisor: User, lesson: Lesson
) -> None:
    page = page_of(administrator)
    faults = faults_at(page, f"{TODAY}?teacher=teacher", f"{TODAY}?day={lesson.starts_at:%Y-%m-%d}")
    page.goto(TODAY)
    page.locator(".drafts summary").click()
    expect(page.locator(".drafts li")).to_have_count(1)
    faults += faults_of(page)
    faults += faults_at(page_of(supervisor), TODAY)

    assert faults == []


@pytest.mark.usefixtures("_trouble")
def test_phone_shows_lessons_as_cards_and_its_whole_menu(
    page_of: Callable[..., Page], live_site: str, planner: User, running: Lesson
) -> None:
    for language in ("en", "zh-hans"):
        page = page_of(planner, language)
        page.set_viewport_size({"width": PHONE_PX, "height": 740})

        page.goto("/")

        expect(page, language).to_have_url(f"{live_site}{TODAY}")
        links = page.locator(".phone-nav a")
        expect(links, language).to_have_count(7)
        last = links.last.bounding_box()
        assert last is not None, language
        assert last["x"] + last["width"] <= PHONE_PX, language
        # The roles keep it a table.
        row = page.get_by_role("row").filter(has=page.locator(f"a[href*='{running.code}']"))
        expect(row.get_by_role("cell").first, language).to_be_visible()
        expect(row.get_by_role("rowheader"), language).to_contain_text("数学课")
        row.get_by_role("link").first.click()
        expect(page, language).to_have_url(f"{live_site}/schedule/lessons/{running.code}/")
