"""Consent to recordings: published, signed on paper and noted, given and withdrawn by a student on a phone; axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.consents.proposal import CHINESE_CONTACT, ENGLISH_CONTACT
from schedule.enums import AgeBand
from schedule.models import ClassGroup, Consent
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.eyes import faults_at, faults_of

pytestmark = pytest.mark.browser

OWN = "/accounts/profile/consent/"


@pytest.fixture
def pupil(class_group: ClassGroup) -> User:
    """A student of a class group under 14."""
    ClassGroup.objects.filter(pk=class_group.pk).update(age_band=AgeBand.UNDER_14)
    return MembershipFactory.create(class_group=class_group).user


def test_from_the_text_to_consents_on_paper_and_by_the_students_themselves(
    page_of: Callable[..., Page],
    administrator: User,
    outsider: User,
    pupil: User,
    class_group: ClassGroup,
) -> None:
    address = f"/schedule/class-groups/{class_group.code}/consents/"
    office = page_of(administrator)
    faults = faults_at(office, "/schedule/consents/check/", "/schedule/consents/text/")
    fill_in_whom_to_ask(office)
    office.get_by_role("button", name="预览").click()
    faults += faults_of(office)
    office.get_by_role("button", name="发布").click()
    faults += faults_of(office)

    # Paper comes back: without its guardian nothing is noted, and nothing that was typed is lost.
    faults += faults_at(office, f"{address}slips/", address)
    office.get_by_role("checkbox", name=pupil.display_name).check()
    office.get_by_label(f"与 {pupil.display_name} 的关系").fill("母亲")
    office.get_by_role("button", name="登记所选：纸面已同意").click()
    expect(office.get_by_text("14 岁以下：请写下签字的监护人。")).to_be_visible()
    faults += faults_of(office)
    office.get_by_label(f"{pupil.display_name} 的监护人").fill("王秀英")
    office.get_by_role("button", name="登记所选：纸面已同意").click()
    expect(office.get_by_text("王秀英 (母亲)")).to_be_visible()
    ClassGroupFactory.create(name="三年级3班")
    faults += faults_at(office, "/class-groups/", f"/class-groups/{class_group.code}/")

    # A student of another class group answers for themselves, and takes it back.
    own = page_of(outsider)
    faults += faults_at(own, OWN)
    own.get_by_role("button", name="我同意以下内容").click()
    expect(own.get_by_text("✓ 已同意")).to_be_visible()
    faults += faults_at(own, f"{OWN}print/", OWN)
    own.get_by_role("link", name="取消同意…").click()
    faults += faults_of(own)
    own.get_by_role("button", name="取消同意").click()
    expect(own.get_by_text("✕ 已取消")).to_be_visible()

    assert faults == []
    assert Consent.objects.filter(withdrawn_at=None).count() == 1


def fill_in_whom_to_ask(page: Page) -> None:
    """Complete the proposal, which is not published as it stands."""
    for label, left_open in (("中文内容", CHINESE_CONTACT), ("英文内容", ENGLISH_CONTACT)):
        field = page.get_by_label(label)
        field.fill(field.input_value().replace(left_open, "office@example.com"))


def test_age_bands_of_several_class_groups_at_once(
    page_of: Callable[..., Page], planner: User
) -> None:
    for name in ("三年级1班", "高一1班"):
        ClassGroupFactory.create(name=name)
    page = page_of(planner)
    page.goto("/class-groups/")
    page.get_by_label("选择本页全部").check()
    page.get_by_role("button", name="年龄段…").click()
    faults = faults_of(page)
    page.get_by_role("button", name="按年级建议填写").click()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已更改 2 个班级的年龄段。")).to_be_visible()

    assert faults == []
    assert dict(ClassGroup.objects.values_list("name", "age_band")) == {
        "三年级1班": AgeBand.UNDER_14,
        "高一1班": AgeBand.FROM_14_TO_17,
    }
