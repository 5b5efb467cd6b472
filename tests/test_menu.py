"""The menu: who is led where, which entry is the page's, and that both places of it say the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.enums import Role
from accounts.models import RoleGrant, User
from accounts.services.notices import notify_many
from edu_platform.menu import ENTRIES, TABS_AT_MOST, Menu, menu_of
from schedule.models import Lesson
from schedule.terms.days.calendar_days import DAYS_FILLED_NOTICE
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

OF_STUDENTS = ["课程表", "回放", "课件", "通知"]
OF_TEACHERS = [*OF_STUDENTS, "课时"]
OF_SUPERVISORS = ["今日", "正在上课", "课程表", "回放", "课时"]
OF_PLANNERS = ["今日", "课程表", "学期", "人员"]
MORE = ["正在上课", "班级", "课程", "导入", "回放", "课件", "课时", "考勤", "群机器人"]


def words(entries: Any) -> list[str]:
    return [str(entry.label) for entry in entries]


def with_roles(*roles: Role) -> User:
    return UserFactory.create(roles=roles)


class TestEntries:
    @pytest.mark.parametrize(
        ("roles", "tabs"),
        [
            ((), OF_STUDENTS),
            ((Role.STUDENT,), OF_STUDENTS),
            ((Role.TEACHER,), OF_TEACHERS),
            ((Role.SUPERVISOR,), OF_SUPERVISORS),
            ((Role.SUPERVISOR, Role.TEACHER), ["今日", "课程表", "回放", "课件", "课时"]),
            ((Role.PLANNER,), OF_PLANNERS),
            ((Role.PLANNER, Role.TEACHER), OF_PLANNERS),
            ((Role.ADMINISTRATOR,), OF_PLANNERS),
        ],
    )
    def test_stand_in_the_bar_by_role(self, roles: tuple[Role, ...], tabs: list[str]):
        menu = menu_of(with_roles(*roles), "")

        assert words(menu.tabs) == tabs
        assert words(menu.bar) == [word for word in tabs if word != "通知"]
        assert words(menu.more) == ([] if "人员" not in tabs else MORE + administration(roles))
        assert words(menu.below_name) == below_name(roles)

    def test_every_combination_of_roles_fits_a_phone(self):
        roles = list(Role)
        for number in range(2 ** len(roles)):
            held = [role for place, role in enumerate(roles) if number >> place & 1]
            menu = menu_of(with_roles(*held), "")

            assert len(menu.tabs) + bool(menu.more) <= TABS_AT_MOST, held

    def test_superuser_without_a_role_has_what_administrators_have(self, superuser: User):
        assert words(menu_of(superuser, "").more)[-1] == "管理后台"

    def test_timetable_is_ones_own_for_planners_who_teach(self, lesson: Lesson, teacher: User):
        RoleGrant.objects.create(user=teacher, role=Role.PLANNER)
        planner = with_roles(Role.PLANNER)

        addresses = [
            next(entry.address for entry in menu_of(user, "").bar if str(entry.label) == "课程表")
            for user in (User.objects.get(pk=teacher.pk), planner)
        ]

        assert addresses == ["/schedule/", "/schedule/matrix/"]


def below_name(roles: tuple[Role, ...]) -> list[str]:
    if {Role.PLANNER, Role.ADMINISTRATOR} & {*roles}:
        return []
    return ["正在上课", "考勤"] if {*roles} == {Role.SUPERVISOR, Role.TEACHER} else ["考勤"]


def administration(roles: tuple[Role, ...]) -> list[str]:
    return ["个人信息", "管理后台"] if Role.ADMINISTRATOR in roles else []


class TestCurrent:
    @pytest.mark.parametrize(
        ("view_name", "entry"),
        [
            ("schedule:today", "今日"),
            ("schedule:week", "课程表"),
            ("schedule:lesson", "课程表"),
            ("schedule:terms", "学期"),
            ("schedule:weekly_lesson_new", "学期"),
            ("schedule:fet_import", "学期"),
            ("schedule:hours", "课时"),
            ("schedule:channel_new", "群机器人"),
            ("attendance:class_group", "考勤"),
            ("attendance:now", "正在上课"),
            ("attendance:message", "正在上课"),
            ("schedule:import_undo", "导入"),
            ("people:person", "人员"),
            ("class_groups:class_group", "班级"),
            ("schedule:school_year_undo", "班级"),
            ("courses:course", "课程"),
            ("imports:imports", "导入"),
            ("replays:detail", "回放"),
            ("courseware:upload", "课件"),
            ("notices", None),
            ("profile", None),
            ("", None),
        ],
    )
    def test_is_the_entry_that_fits_best(self, view_name: str, entry: str | None):
        current = menu_of(with_roles(Role.PLANNER), view_name).current

        assert (None if current is None else str(current.label)) == entry

    def test_administrators_find_incidents_below_personal_data(self):
        current = menu_of(with_roles(Role.ADMINISTRATOR), "incidents:new").current

        assert current is not None
        assert current.view_name == "yearly_report:this_year"

    def test_page_that_has_no_entry_of_ones_own_is_of_the_timetable(self):
        assert menu_of(with_roles(Role.STUDENT), "schedule:hours").current.label == "课程表"  # type: ignore[union-attr]

    def test_pages_that_entries_name_are_there(self):
        names = view_names(get_resolver())

        for entry in ENTRIES:
            for page in entry.pages:
                assert any(name.startswith(page) for name in names), page


def view_names(resolver: Any, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for each in resolver.url_patterns:
        if hasattr(each, "url_patterns"):
            inner = f"{prefix}{each.namespace}:" if each.namespace else prefix
            found |= view_names(each, inner)
        elif each.name:
            found.add(f"{prefix}{each.name}")
    return found


class TestPages:
    def test_header_and_phone_have_the_same_entries_with_icons(
        self, signed_in: SignedIn, planner: User
    ):
        header, tabs = menus(signed_in(planner), "/replays/")

        assert [link.attrs["href"] for link in header.all("a")] == [
            link.attrs["href"] for link in tabs.all("a")
        ]
        for link in (*header.all("a"), *header.all("summary")):
            assert link.one("svg").attrs["aria-hidden"] == "true", link.text
            assert link.text
        assert header.one("summary").text == tabs.one("summary").text == "更多"

    def test_marks_the_pages_entry_in_both(self, signed_in: SignedIn, planner: User):
        for menu in menus(signed_in(planner), "/replays/"):
            assert menu.one("a", **{"aria-current": "page"}).text == "回放"

    def test_name_opens_profile_attendance_language_help_and_the_way_out(
        self, signed_in: SignedIn, teacher: User
    ):
        page = read(signed_in(teacher).get("/schedule/").content)
        menu = page.one("details", "menu-person")

        assert teacher.display_name in menu.one("summary").text
        assert [each.text for each in menu.all() if each.tag in ("a", "button")] == [
            *("我的", "考勤", "English", "本页帮助", "退出登录"),
        ]
        assert menu.link("我的") == "/accounts/profile/"
        assert len(menu.forms_to("/accounts/logout/")) == 1

    def test_visitors_have_the_language_and_help_alone(self, client: Client):
        page = read(client.get("/accounts/login/").content)

        assert page.all("nav") == []
        assert page.all("details") == []
        assert page.one("header").one("button").text == "English"
        assert page.one("footer").one("a").text == "本页帮助"

    def test_unread_notices_are_counted_at_the_bell_and_at_the_tab(
        self, signed_in: SignedIn, student: User, planner: User
    ):
        for user, places in ((student, 2), (planner, 1)):
            page = read(signed_in(user).get("/replays/").content)
            assert page.all("span", "bell-count") == []
            tell(user, times=2)

            page = read(signed_in(user).get("/replays/").content)

            assert [each.text for each in page.all("span", "bell-count")] == ["未读： 2"] * places

    def test_menu_of_one_is_not_shown_to_another(
        self, signed_in: SignedIn, student: User, administrator: User
    ):
        for user, language in ((student, ""), (administrator, "en"), (student, "en")):
            header, _tabs = menus(signed_in(user, language), "/courseware/")
            shown = [each.text for each in header.all("a")]
            expected: Menu = menu_of(user, "")
            assert len(shown) == len(expected.bar) + len(expected.more)
            assert ("Courseware" in shown) == (language == "en")

    @pytest.mark.parametrize("roles", [(), (Role.TEACHER,), (Role.PLANNER,), (Role.SUPERVISOR,)])
    def test_menu_asks_the_database_nothing(
        self, roles: tuple[Role, ...], django_assert_num_queries: Any
    ):
        user = User.objects.get_with_roles(with_roles(*roles).pk)
        assert user is not None

        with django_assert_num_queries(0):
            menu_of(user, "schedule:week")


def menus(client: Client, path: str) -> tuple[Element, Element]:
    header, tabs = read(client.get(path).content).all("nav", **{"aria-label": "页面"}) or read(
        client.get(path).content
    ).all("nav", **{"aria-label": "Pages"})
    return header, tabs


def tell(user: User, *, times: int) -> None:
    for number in range(times):
        notify_many(
            [user],
            kind=DAYS_FILLED_NOTICE,
            arguments={"term": "秋季学期", "count": "1"},
            address="/schedule/",
            cause=f"test:{number}",
            at=timezone.now(),
        )


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = (settings.BASE_DIR / "static/vendor/lucide/icons.svg").read_text()
    there = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    templates = (path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    named = {name for text in templates for name in re.findall(r'{% icon "([\w-]+)" %}', text)}

    assert named | {entry.icon for entry in ENTRIES} <= there
