"""The roster by pages, who is missing in it, and the slips of a class teacher, as people meet them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from playwright.sync_api import Page, expect

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.eyes import faults_at, faults_of
from tests.support.sheets import csv_of

pytestmark = pytest.mark.browser

LOADED_MS = 20_000  # the rest of the suite may be on the other core
IMPORT = "/imports/people/"
HEAD = "username,display_name,role,class_groups"


@pytest.fixture
def roster(tmp_path: Path, student: User) -> Path:
    new = [f"s{number},学生{number},student,三年级1班" for number in range(30)]
    path = tmp_path / "people.csv"
    path.write_bytes(csv_of(HEAD, "student,王大明,,三年级1班", *new))
    return path


@pytest.fixture
def left(class_group: ClassGroup) -> User:
    user = UserFactory.create(username="left", display_name="陈离开")
    MembershipFactory.create(user=user, class_group=class_group)
    return user


@pytest.fixture
def class_teacher(teacher: User, class_group: ClassGroup, student: User) -> User:
    MembershipFactory.create(
        user=teacher, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
    )
    both = UserFactory.create(
        username="both", display_name="何两样", roles=[Role.STUDENT, Role.TEACHER]
    )
    MembershipFactory.create(user=both, class_group=class_group)
    return teacher


def test_roster_is_looked_through_and_who_is_missing_is_deactivated(
    page_of: Callable[..., Page], planner: User, roster: Path, left: User
):
    page = page_of(planner)
    page.goto(IMPORT)
    page.locator("input[name=file]").set_input_files(roster)
    page.locator("input[name=deactivates_missing]").check()
    page.locator("button[name=check]").click()
    parts = page.locator(".import-parts a")
    expect(parts).to_have_text(
        ["全部行 (31)", "新 (30)", "有变化 (1)", "名单中没有：将停用 (1)"], timeout=LOADED_MS
    )
    faults = faults_of(page)
    # With the keyboard alone.
    page.locator(".pager-links a[rel=next]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".button-current")).to_have_text("2", timeout=LOADED_MS)
    parts.filter(has_text="有变化").click()
    expect(page.locator(".import-preview tbody")).to_contain_text("王大明")
    parts.filter(has_text="将停用").click()
    expect(page.locator(".import-preview tbody")).to_contain_text("陈离开")

    expect(page.locator(".import-new-list li")).to_have_count(30)
    page.locator("input[name=confirmed]").check()
    page.locator("input[name=makes]").check()
    page.locator("button[name=import]").click()

    expect(page.locator(".messages .success")).to_have_count(2, timeout=LOADED_MS)
    left.refresh_from_db()
    assert not left.is_active
    assert User.objects.filter(username="s29").exists()
    faults += faults_of(page)
    # And back again.
    page.locator("a.button", has_text="撤销").click()
    expect(page.locator("main")).to_contain_text("30 个账号会被删除", timeout=LOADED_MS)
    faults += faults_of(page)
    page.locator(".button-danger").click()
    expect(page.locator(".messages .success")).to_have_count(1, timeout=LOADED_MS)
    assert User.objects.active().filter(pk=left.pk).exists()
    assert not User.objects.filter(username="s29").exists()
    assert faults + faults_at(page, "/imports/") == []


def test_preview_works_without_scripts(page_of: Callable[..., Page], planner: User, roster: Path):
    page = page_of(planner)
    page.route("**/*.js", lambda route: route.abort())
    page.goto(IMPORT)
    page.locator("input[name=file]").set_input_files(roster)
    page.locator("button[name=check]").click()
    page.locator(".pager-links a", has_text="4").click()

    expect(page.locator(".import-preview tbody tr")).to_have_count(1, timeout=LOADED_MS)


def test_faults_by_pages_are_seen_by_everybody(
    page_of: Callable[..., Page], planner: User, tmp_path: Path
):
    path = tmp_path / "people.csv"
    path.write_bytes(csv_of(HEAD, *[f"s{number},,student," for number in range(30)]))
    page = page_of(planner)
    page.goto(IMPORT)
    page.locator("input[name=file]").set_input_files(path)
    page.locator("button[name=check]").click()
    page.locator("a[href*='kind=faulty']").click()

    expect(page.locator(".import-preview tbody tr")).to_have_count(10, timeout=LOADED_MS)
    assert faults_of(page) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_class_teacher_prints_slips(
    page_of: Callable[..., Page], class_teacher: User, student: User, language: str
):
    page = page_of(class_teacher, language)
    faults = faults_at(page, "/accounts/profile/")
    page.locator("a[href='/schedule/class-groups/']").click()
    faults += faults_of(page)
    page.locator(".panel-lines a").click()
    expect(page.locator(".row-table tbody tr")).to_have_count(2)
    faults += faults_of(page)
    page.get_by_label("王小明", exact=True).check()
    page.locator(".button-primary").click()

    password = page.locator(".start-password").inner_text(timeout=LOADED_MS)
    student.refresh_from_db()
    assert student.check_password(password)
    assert password not in page.url
    faults += faults_of(page)
    assert faults == []
    page.emulate_media(media="print")
    expect(page.locator(".start-password")).to_be_visible()
    expect(page.locator("form:visible, button:visible, nav:visible, h1:visible")).to_have_count(0)
    page.emulate_media(media="screen")
    page.goto(page.url.removesuffix("start-passwords/"))
    expect(page.get_by_text(password)).to_have_count(0)


def test_planner_gives_one_person_a_new_start_password(
    page_of: Callable[..., Page], superuser: User, student: User
):
    page = page_of(superuser, "en")
    faults = faults_at(page, f"/people/{student.code}/")
    page.get_by_role("button", name="New start password").click()

    password = page.locator(".start-password").inner_text(timeout=LOADED_MS)
    student.refresh_from_db()
    assert student.check_password(password)
    assert not LogEntry.objects.filter(change_message__contains=password).exists()
    assert faults + faults_of(page) == []
