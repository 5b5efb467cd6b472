"""A planner sets up the second factor, and comes in by it: in Chromium, by keyboard, read by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import Role
from accounts.models import User
from tests.factories.accounts import UserFactory
from tests.support.eyes import faults_of
from tests.support.second_factor import code_of, make_compulsory, wrong_code

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture
def planner(transactional_db: None) -> User:
    return UserFactory.create(
        username="sun", display_name="孙教务", password=PASSWORD, roles=[Role.PLANNER]
    )


def type_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", "sun")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def type_code(page: Page, code: str) -> None:
    """As by a keyboard, where the page has put the cursor into the field, or a person has."""
    expect(page.locator("[name=code]")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/accounts/login/")


def test_compulsory_second_factor_from_set_up_to_recovery(page: Page, planner: User) -> None:
    make_compulsory()
    type_password(page)
    page.wait_for_url("**/accounts/second-factor/set-up/")
    picture = page.get_by_role("img", name="二维码")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    secret = page.locator("#secret").inner_text()
    page.focus("[name=code]")
    type_code(page, wrong_code(secret))
    expect(page.get_by_role("alert")).to_contain_text("这个验证码不正确")
    faults = faults_of(page)

    page.focus("[name=code]")
    type_code(page, code_of(secret))

    page.wait_for_url("**/accounts/second-factor/recovery-codes/")
    faults += faults_of(page)
    codes = page.get_by_label("恢复码").input_value().splitlines()
    assert len(codes) == 10
    page.get_by_role("link", name="我已保存").click()
    page.wait_for_url("**/start/")  # the start page of an empty school

    sign_out(page)
    type_password(page)
    page.wait_for_url("**/accounts/second-factor/code/")
    faults += faults_of(page)
    # The next one: each opens once, and a slow page may take it when it is the current one.
    type_code(page, code_of(secret, steps_on=1))
    page.wait_for_url("**/start/")  # the start page of an empty school

    page.goto("/accounts/profile/")
    page.get_by_role("link", name="两步验证").click()
    faults += faults_of(page)
    expect(page.locator("main")).to_contain_text("剩余 10 个")

    sign_out(page)
    type_password(page)
    type_code(page, codes[0])
    page.wait_for_url("**/start/")  # the start page of an empty school

    assert faults == []
