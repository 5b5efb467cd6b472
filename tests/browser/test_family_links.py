"""Links for families in a browser: one made and shown once, and slips of a whole class group on paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pypdfium2
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, FamilyLink
from tests.factories.schedule import MembershipFactory
from tests.support.eyes import faults_at, faults_of
from tests.support.long_work import done_by_worker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ON_A_SHEET = 4


def test_from_a_link_for_one_family_to_slips_for_the_class_group(
    page_of: Callable[..., Page],
    teacher: User,
    planner: User,
    student: User,
    class_group: ClassGroup,
):
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(user=teacher, class_group=class_group, kind=kind)
    MembershipFactory.create_batch(ON_A_SHEET, class_group=class_group)
    page = page_of(teacher)

    faults = faults_at(page, f"/schedule/class-groups/{class_group.code}/")
    row = page.get_by_role("row").filter(has_text=student.display_name)
    row.get_by_role("link", name="0").click()
    faults += faults_of(page)
    page.get_by_label("谁的链接").fill("母亲")
    page.keyboard.press("Enter")
    expect(page.get_by_label("地址", exact=True)).to_have_value(re.compile(r"/family/.{32}/$"))
    expect(page.get_by_label("发给家长的文字")).to_have_value(re.compile(r"/family/.{32}/"))
    faults += faults_of(page)
    page.reload()
    expect(page.get_by_label("地址", exact=True)).to_have_count(0)
    faults += faults_of(page)

    page.goto(f"/schedule/class-groups/{class_group.code}/")
    page.get_by_role("link", name="家长链接…").click()
    faults += faults_of(page)
    page.get_by_role("button", name="新建链接并打印").click()
    done_by_worker()
    page.get_by_role("link", name="查看家长单").click()
    expect(page.get_by_role("img", name="地址的二维码")).to_have_count(ON_A_SHEET + 1)
    faults += faults_of(page)
    assert len(pypdfium2.PdfDocument(page.pdf(format="A4"))) == 2
    page.get_by_role("button", name="已打印好").click()
    expect(page.get_by_text("这些家长单不再显示")).to_be_visible()
    faults += faults_of(page)

    FamilyLink.objects.update(first_used_at=timezone.now(), browser_count=1)
    page.goto(f"/people/{student.code}/family-links/")
    page.get_by_role("button", name="停用").first.click()
    faults += faults_of(page)
    page.locator("button[name=confirm]").click()
    expect(page.get_by_role("status")).to_be_visible()

    faults += faults_at(
        page_of(planner),
        "/class-groups/family-slips/",
        f"/class-groups/{class_group.code}/family-slips/",
        f"/people/{student.code}/",
    )
    assert faults == []
    assert FamilyLink.objects.open().count() == ON_A_SHEET + 1
