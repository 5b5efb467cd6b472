"""The import of people on a page: its preview by pages, and who is missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.services.people import set_roles
from schedule.models import CheckedRows, ClassGroup
from schedule.models.imports import KEPT_FOR
from schedule.tasks import forget_checked_files
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.pages import read
from tests.support.people import AGAIN
from tests.support.second_factor import give_second_factor
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

PAGE = "/imports/people/"
HEAD = "username,display_name,role,class_groups"
ROW = "student,王小明,student,三年级1班"


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def left(class_group: ClassGroup, student: User) -> User:
    """A student of the class group who is not in the file."""
    user = UserFactory.create(username="left", display_name="陈离开")
    MembershipFactory.create(user=user, class_group=class_group)
    return user


def check(client: Client, *rows: str, **more: str) -> Any:
    file = SimpleUploadedFile("people.csv", csv_of(HEAD, *rows))
    return client.post(PAGE, {"file": file, "check": "", **more})


def take(client: Client, page: Any, **more: str) -> Any:
    return client.post(
        PAGE, {"kept": page.context["kept"].code, "import": "", "makes": "on", **more}
    )


def preview_address(page: Any) -> str:
    return f"{PAGE}preview/{page.context['kept'].code}/"


def lines(page: Any) -> list[int]:
    return [row.line for row in page.context["rows"]]


def rows_text(page: Any) -> str:
    return read(page.content).one("section", "import-preview").one("table").text


def parts(page: Any) -> dict[str, int]:
    return {choice.label: choice.count for choice in page.context["choices"]}


class TestPreview:
    def test_shows_rows_by_pages(self, staff: Client):
        page = check(staff, *[f"s{number},学生{number},student," for number in range(25)])
        address = preview_address(page)

        assert lines(page) == list(range(2, 12))
        assert f'href="{address}?page=2"' in page.content.decode()
        assert lines(staff.get(f"{address}?page=3")) == list(range(22, 27))
        assert lines(staff.get(f"{address}?page=99")) == list(range(22, 27))
        assert len(lines(staff.get(f"{address}?page_size=20"))) == 20

    def test_shows_the_rows_of_one_kind(self, staff: Client, student: User):
        page = check(staff, "student,王大明,,", "new,新同学,student,", "newer,更新,student,")
        address = preview_address(page)

        new = staff.get(f"{address}?kind=new")
        changed = staff.get(f"{address}?kind=changed")

        assert parts(page) == {"All rows": 3, "New": 2, "Changed": 1}
        assert (lines(new), lines(changed)) == ([3, 4], [2])
        assert "display_name: 王小明 → 王大明" in rows_text(changed)
        assert len(lines(staff.get(f"{address}?kind=nonsense"))) == 3

    def test_can_be_imported_from_each_of_its_pages(self, staff: Client, student: User):
        page = staff.get(preview_address(check(staff, "new,新同学,student,")))

        assert f'name="kept" value="{page.context["kept"].code}"' in page.content.decode()
        take(staff, page)
        assert User.objects.filter(username="new").exists()
        assert not CheckedRows.objects.exists()

    def test_says_where_new_people_get_their_start_passwords(self, staff: Client, student: User):
        def told() -> str:
            return staff.get(
                take(staff, check(staff, "new,新同学,student,"))["Location"]
            ).content.decode()

        assert "get start passwords from the page of this import" in told()
        assert "get a start password" not in told()

    def test_of_faults_says_line_and_column_and_imports_nothing(self, staff: Client):
        page = check(staff, "ok,好,student,", *[f"s{number},,student," for number in range(250)])
        rows = CheckedRows.objects.get()
        address = f"{PAGE}preview/{rows.code}/"
        assert f'href="{address}?kind=faulty"' in page.content.decode()

        faults = staff.get(f"{address}?kind=faulty&page=25")

        assert parts(faults) == {"All rows": 251, "New": 1, "At fault": 250}
        assert lines(faults) == list(range(243, 253))
        assert "display_name: a new person needs this cell" in rows_text(faults)
        assert 'name="kept" value' not in faults.content.decode()

    def test_of_a_file_that_cannot_be_read_says_why(self, staff: Client):
        file = SimpleUploadedFile("people.csv", b"username,display_name\nming,x\n")

        page = staff.post(PAGE, {"file": file, "check": ""})

        assert [fault.column for fault in page.context["faults"]] == ["role"]

    def test_is_nobody_else_s(self, staff: Client, administrator: User, signed_in: SignedIn):
        address = preview_address(check(staff, "new,新同学,student,"))

        answer = signed_in(administrator, "en").get(address, follow=True)

        assert "新同学" not in answer.content.decode()
        assert "not kept any more" in answer.content.decode()

    def test_is_for_staff(
        self, staff: Client, signed_in: SignedIn, teacher: User, student: User, supervisor: User
    ):
        address = preview_address(check(staff, "new,新同学,student,"))

        for who in (teacher, student, supervisor):
            assert signed_in(who).get(address).status_code == 404, who

    def test_is_forgotten_with_its_file(self, staff: Client):
        address = preview_address(check(staff, "new,新同学,student,"))

        with time_machine.travel(timezone.now() + KEPT_FOR + dt.timedelta(minutes=1)):
            staff.force_login(User.objects.get(username="planner"))
            assert staff.get(address)["Location"] == PAGE
            forget_checked_files()

        assert not CheckedRows.objects.exists()

    def test_costs_the_same_for_many_rows(self, staff: Client):
        def queries(count: int) -> int:
            page = check(staff, *[f"s{number},学生,student," for number in range(count)])
            address = preview_address(page)
            staff.get(address)
            with CaptureQueriesContext(connection) as counted:
                assert staff.get(f"{address}?page_size=100").status_code == 200
            return len(counted)

        assert queries(1) == queries(30) <= 8

    def test_takes_any_address(self, staff: Client):
        address = preview_address(check(staff, "new,新同学,student,"))

        for value in ("page=x", "page=-1", "page_size=7", "kind=%00", "page=9e9"):
            assert staff.get(f"{address}?{value}").status_code == 200, value


class TestMissing:
    def test_are_listed_first(self, staff: Client, left: User):
        page = check(staff, ROW, deactivates_missing="on")

        shown = staff.get(f"{preview_address(page)}?kind=missing")

        assert parts(page)["Missing: to be deactivated"] == 1
        assert "With your consent it would deactivate 1 account." in page.content.decode()
        assert [row.names[0] for row in shown.context["rows"]] == ["left"]
        left.refresh_from_db()
        assert left.is_active

    def test_who_stay_are_listed_with_the_reason(
        self, staff: Client, left: User, other_class_group: ClassGroup
    ):
        MembershipFactory.create(user=left, class_group=other_class_group)

        page = check(staff, ROW, deactivates_missing="on")
        shown = staff.get(f"{preview_address(page)}?kind=staying")

        assert "stays: is in another class group too" in read(shown.content).text
        assert 'name="confirmed"' not in page.content.decode()

    def test_are_deactivated_once_confirmed(self, staff: Client, left: User):
        page = check(staff, ROW, deactivates_missing="on")
        assert 'name="confirmed"' in page.content.decode()

        answer = take(staff, page, deactivates_missing="on", confirmed="on")

        assert "1 account was deactivated." in staff.get(answer["Location"]).content.decode()
        left.refresh_from_db()
        assert not left.is_active

    def test_are_not_deactivated_without_it(self, staff: Client, left: User):
        page = check(staff, ROW, "new,新同学,student,", deactivates_missing="on")

        answer = take(staff, page, deactivates_missing="on")

        assert "Look through the list and tick this too." in answer.content.decode()
        assert parts(answer)["Missing: to be deactivated"] == 1
        left.refresh_from_db()
        assert left.is_active
        assert not User.objects.filter(username="new").exists()

    def test_stay_when_the_file_was_checked_without_the_tick(self, staff: Client, left: User):
        page = check(staff, ROW, "new,新同学,student,")

        take(staff, page, deactivates_missing="on", confirmed="on")

        left.refresh_from_db()
        assert left.is_active
        assert User.objects.filter(username="new").exists()

    def test_are_not_deactivated_by_a_file_that_nobody_checked(self, staff: Client, left: User):
        file = SimpleUploadedFile("people.csv", csv_of(HEAD, ROW))

        answer = staff.post(
            PAGE, {"file": file, "import": "", "deactivates_missing": "on", "confirmed": "on"}
        )

        assert parts(answer)["Missing: to be deactivated"] == 1
        left.refresh_from_db()
        assert left.is_active

    def test_who_came_since_are_not_deactivated_unseen(
        self, staff: Client, left: User, class_group: ClassGroup
    ):
        page = check(staff, ROW, deactivates_missing="on")
        later = MembershipFactory.create(class_group=class_group).user

        answer = take(staff, page, deactivates_missing="on", confirmed="on")

        assert answer.status_code == 409
        assert "Something has changed since this file was checked" in answer.content.decode()
        assert User.objects.active().filter(pk__in=[left.pk, later.pk]).count() == 2


class TestDeactivated:
    def test_stay_so_unless_somebody_ticks_it(self, staff: Client, student: User):
        User.objects.get_queryset().filter(pk=student.pk).update(is_active=False)

        page = check(staff, ROW)
        take(staff, page)
        assert "The account is deactivated, and stays so." in page.content.decode()
        student.refresh_from_db()
        assert not student.is_active

        page = check(staff, ROW, reactivates="on")
        assert "account: deactivated → active" in rows_text(page)
        take(staff, page, reactivates="on")
        student.refresh_from_db()
        assert student.is_active


def test_page_keeps_the_content_policy(staff: Client, left: User):
    body = check(staff, ROW, deactivates_missing="on").content.decode()

    assert not [mark for mark in ("<style", " style=", "onclick=", "<script>") if mark in body]


class TestPower:
    @pytest.fixture
    def chief(self, administrator: User, signed_in: SignedIn) -> Client:
        """The browser of an administrator who has typed no code lately."""
        give_second_factor(administrator)
        return signed_in(administrator, "en")

    @pytest.mark.parametrize("row", ["planner,别名,,", "planner,,,"])
    def test_change_of_who_has_it_asks_for_a_code(self, chief: Client, planner: User, row: str):
        User.objects.filter(pk=planner.pk).update(is_active=False)
        page = check(chief, f"{planner.username}{row.removeprefix('planner')}", reactivates="on")

        answer = take(chief, page)

        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, AGAIN)
        now = User.objects.get_queryset().get(pk=planner.pk)
        assert (now.display_name, now.is_active) == (planner.display_name, False)

    def test_class_groups_of_who_has_it_ask_for_none(self, chief: Client, planner: User):
        answer = take(chief, check(chief, f"{planner.username},,,四年级1班"))

        assert answer.status_code == 303

    def test_given_by_a_file_checked_before_it_was_taken_is_shown_first(
        self, chief: Client, student: User
    ):
        set_roles(student, [Role.PLANNER], by=None)
        page = check(chief, f"{student.username},,planner,")
        set_roles(student, [Role.STUDENT], by=None)

        answer = take(chief, page)

        assert answer.status_code == 409
        assert User.objects.get(pk=student.pk).roles == {Role.STUDENT}

    def test_of_who_got_it_after_the_check_is_shown_first(self, chief: Client, student: User):
        page = check(chief, f"{student.username},别名,,")
        set_roles(student, [Role.PLANNER], by=None)

        assert take(chief, page).status_code == 409
        assert User.objects.get(pk=student.pk).display_name == student.display_name
