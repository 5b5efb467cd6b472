"""Two administrators erase a student, each with their second factor: in Chromium, by keyboard and mouse, read by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import Role
from accounts.erasing.work import erase_due
from accounts.models import Erasure, User
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.erasing import ERASED, somebody
from tests.support.eyes import faults_at, faults_of
from tests.support.second_factor import Factor, give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NAME = "欧阳明月"


@pytest.fixture
def other_administrator(transactional_db: None) -> User:
    return UserFactory.create(display_name="诸葛清风", roles=[Role.ADMINISTRATOR])


def type_code(page: Page, factor: Factor) -> None:
    """Type a code on the page that comes first, and go on from there."""
    expect(page.locator("[name=code]")).to_be_visible()
    page.fill("[name=code]", factor.code())
    page.press("[name=code]", "Enter")


def test_two_administrators_erase_a_student_whose_namesake_stays(
    page_of: Callable[..., Page], administrator: User, other_administrator: User
) -> None:
    person, namesake = somebody(NAME), somebody(NAME)
    LessonFactory.create(
        title=f"给{NAME}补课", starts_at=school_time(-20, 9), ends_at=school_time(-20, 10)
    )
    factors = [give_second_factor(one) for one in (administrator, other_administrator)]
    first = page_of(administrator)
    faults = faults_at(first, f"/people/{person.code}/erasure/")

    first.fill("[name=reason]", "本人要求")
    first.press("[name=reason]", "Enter")
    type_code(first, factors[0])
    first.wait_for_url(f"**/people/erasures/{person.code}/")
    expect(first.locator("form[action$='/confirm/']")).to_have_count(0)
    faults += faults_of(first)

    second = page_of(other_administrator)
    faults += faults_at(second, "/people/erasures/")
    second.get_by_role("link", name=NAME).click()
    faults += faults_of(second)
    second.locator("form[action$='/confirm/'] button").click()
    type_code(second, factors[1])
    expect(second.locator("li[aria-current=step]")).to_have_count(1)
    faults += faults_of(second)

    erase_due(timezone.now())

    # The page follows by itself.
    expect(second.locator("code")).to_contain_text(f"erased={person.code} ")
    faults += faults_of(second)
    assert User.objects.get(pk=person.pk).display_name == ERASED
    assert User.objects.get(pk=namesake.pk).display_name == NAME

    second.locator("[data-chooses-all]").check()
    second.locator("button[value=strike]").click()
    expect(second.locator("[name=place]")).to_have_count(0)
    assert Lesson.objects.get().title == f"给{ERASED}补课"
    assert not Erasure.objects.get().places.exists()
    assert faults == []
