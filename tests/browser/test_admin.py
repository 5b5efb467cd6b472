"""The administration under the real content policy: its scripts work, and break no rule of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import AuditKind, SignInMethod
from accounts.models import User
from accounts.services import audit
from schedule.models import ClassGroup, Lesson
from tests.factories.courseware import BindingFactory
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory
from tests.support.sheets import csv_of

pytestmark = pytest.mark.browser

LOADED_MS = 20_000  # the rest of the suite may be on the other core


_first_ids: dict[tuple[str, str], int] = {}


@pytest.fixture
def steady_content_types(live_site: str) -> None:
    """Give content types the numbers that they had in the first test.

    Emptying the database between tests numbers them again, but the web processes, which outlive a
    test, keep the numbers that they read once, and the admin's log refers to them.
    """
    with transaction.atomic():
        for row in ContentType.objects.order_by("pk"):
            first = _first_ids.setdefault((row.app_label, row.model), row.pk)
            if first != row.pk:
                Permission.objects.filter(content_type=row.pk).update(content_type=first)
                ContentType.objects.filter(pk=row.pk).update(id=first)
    ContentType.objects.clear_cache()


@pytest.fixture
def staff(page_of: Callable[..., Page], steady_content_types: None, planner: User) -> Page:
    """The planner's page."""
    return page_of(planner, "en")


def take_file(page: Page, file: Path) -> None:
    """Have a file checked, agree to what is new in it, and import it."""
    page.locator("input[name=file]").set_input_files(file)
    page.locator("[name=check]").click()
    page.locator("[name=makes]").check()
    page.locator("[name=import]").click()


def test_people_are_imported(staff: Page, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(csv_of("用户名,姓名,角色", "ming,王小明,学生", encoding="gb18030"))

    staff.goto("/imports/people/")
    take_file(staff, file)

    expect(staff.locator(".messages .success", has_text="1 added")).to_be_visible(timeout=LOADED_MS)
    assert User.objects.get(username="ming").display_name == "王小明"


def test_template_is_filled_in_checked_and_imported(staff: Page, tmp_path: Path) -> None:
    staff.goto("/imports/people/")
    with staff.expect_download() as download:
        staff.locator("a[download]").click()
    download.value.save_as(tmp_path / "people.xlsx")
    take_file(staff, tmp_path / "people.xlsx")

    expect(staff.locator(".messages .success", has_text="2 added")).to_be_visible(timeout=LOADED_MS)
    assert User.objects.filter(username__startswith="example.").count() == 2


def test_student_moves_to_another_class_group(
    staff: Page, class_group: ClassGroup, student: User
) -> None:
    other = ClassGroupFactory.create(name="四年级2班")

    staff.goto(f"/people/{student.code}/")
    staff.locator("button[name=class_group]").click()
    staff.locator("#main form button").click()  # asked whether today is the last day
    expect(staff.locator(".messages .success")).to_be_visible(timeout=LOADED_MS)
    staff.locator("#id_class_group").fill(other.name)
    staff.keyboard.press("Enter")

    expect(staff.locator(".messages .success", has_text=other.name)).to_be_visible(
        timeout=LOADED_MS
    )
    today = timezone.localdate()
    days = student.memberships.values_list("class_group__name", "from_date", "to_date")
    assert {(name, begin if name == other.name else None, end) for name, begin, end in days} == {
        (class_group.name, None, today),
        (other.name, today, None),
    }


def test_pages_keep_the_content_policy(staff: Page, lesson: Lesson) -> None:
    for address in (
        "/admin/",
        "/admin/accounts/classroomidentity/",
        "/imports/lessons/",
    ):
        staff.goto(address)

        expect(staff.locator("#content-main, #content, #main").first).to_be_visible(
            timeout=LOADED_MS
        )


def test_rows_below_a_form_are_not_called_by_numbers(
    staff: Page, student: User, class_group: ClassGroup
) -> None:
    """The text of the row names it."""
    binding, file = BindingFactory.create(), ReplayFileFactory.create()
    pages = (
        f"/admin/courseware/courseware/{binding.courseware_id}/change/",
        f"/admin/replays/replay/{file.replay_id}/change/",
    )
    for path in pages:
        staff.goto(path)

        names = staff.locator(".has_original td.original p")
        expect(names).not_to_have_count(0)
        assert [name.is_visible() for name in names.all()] == [False] * names.count(), path


def test_audit_log_shows_what_happened_beside_its_filters(
    page_of: Callable[..., Page], administrator: User, student: User
) -> None:
    fields = ["Administrators and planners must use a second factor", "School name"]
    changes = [{"changed": {"fields": fields}}]
    audit.record_sign_in(
        student, method=SignInMethod.HANDOVER, address="2001:db8:85a3::8a2e:370:7334"
    )
    audit.record(
        AuditKind.OBJECT_CHANGED,
        by=administrator,
        object_text="https://www.school.example: zhangzihan",
        details={"model": "accounts.schoolsettings", "changes": changes},
    )
    page = page_of(administrator)
    page.set_viewport_size({"width": 1280, "height": 900})

    page.goto("/admin/accounts/auditentry/")

    frame = page.locator("#changelist .results").bounding_box()
    shown = page.locator("td.field-what").first.bounding_box()
    assert frame is not None
    assert shown is not None
    assert shown["x"] + shown["width"] <= frame["x"] + frame["width"]
