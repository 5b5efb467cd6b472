"""The list of places where somebody is signed in, as their browsers show it: one ends the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tests.support.eyes import PHONE_PX, faults_of
from tests.support.visitors import sign_in

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"
IN_WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.50(0x1800322f) NetType/WIFI Language/zh_CN"
)


@pytest.fixture
def teacher_with_password(teacher: User) -> User:
    teacher.set_password(PASSWORD)
    teacher.save()
    return teacher


def test_phone_is_signed_out_from_the_desk(
    browser: Browser, live_site: str, page: Page, teacher_with_password: User
) -> None:
    phone = browser.new_context(
        base_url=live_site, user_agent=IN_WECHAT, viewport={"width": PHONE_PX, "height": 640}
    ).new_page()
    for each in (phone, page):
        sign_in(each, teacher_with_password.username, PASSWORD)
        each.goto("/accounts/profile/")
    table = page.get_by_role("table")

    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("row").nth(1)).to_contain_text("本设备")
    expect(table.get_by_role("row").nth(2)).to_contain_text("微信（iPhone）")
    assert faults_of(page) == []
    table.get_by_role("button").click()

    expect(page.get_by_text("该设备已退出登录。")).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(2)
    phone.reload()
    expect(phone).to_have_url(f"{live_site}/accounts/login/?next=/accounts/profile/")
    phone.context.close()
