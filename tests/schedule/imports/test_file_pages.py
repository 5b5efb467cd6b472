"""The import pages: the template, the check, and the import of what was checked."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from schedule.models import CheckedFile, ImportedFile, Lesson
from schedule.models.imports import KEPT_FOR
from schedule.tasks import forget_checked_files
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory
from tests.support.sheets import csv_of, xlsx_of

pytestmark = pytest.mark.django_db

GROUPS = "/admin/schedule/classgroup/"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def staff(planner: User) -> Client:
    client = Client()
    client.force_login(planner)
    return client


PEOPLE = "/imports/people/"
LESSONS = "/imports/lessons/"
PEOPLE_HEAD = "username,display_name,role"
LESSON_HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
LESSON_ROW = "语文课,teacher,1班,2099-09-02,8:00,8:45,0,yes"


def send(client: Client, address: str, button: str, *lines: str, **more: str) -> Any:
    file = SimpleUploadedFile("sheet.csv", csv_of(*lines))
    return client.post(address, {"file": file, button: "", **more})


def test_import_pages_are_linked(staff: Client) -> None:
    assert f'href="{PEOPLE}"' in staff.get("/class-groups/").content.decode()


def test_checking_a_file_writes_nothing(staff: Client) -> None:
    response = send(staff, PEOPLE, "check", PEOPLE_HEAD, "ming,王小明,student")

    assert "It would add 1, change 0 and leave 0 unchanged." in response.content.decode()
    assert not User.objects.filter(username="ming").exists()


def test_importing_a_file_says_what_it_did(staff: Client) -> None:
    response = take(staff, check(staff, *MING))

    assert response["Location"] == f"/imports/{ImportedFile.objects.get().code}/"
    page = staff.get(response["Location"]).content.decode()
    assert "1 added, 0 changed, 0 unchanged" in page
    assert User.objects.get(username="ming").roles == {Role.STUDENT}


def test_faults_are_listed_by_line(staff: Client, superuser: User) -> None:
    response = send(
        staff, PEOPLE, "import", PEOPLE_HEAD, "ming,王小明,student", "boss,主任,planner"
    )

    faults = response.context["faults"]
    assert [(fault.line, fault.column) for fault in faults] == [(3, "role")]
    assert "only an administrator may give this role" in [fault.reason for fault in faults]
    assert not User.objects.filter(username="ming").exists()


def test_lessons_are_imported_as_drafts(staff: Client, teacher: User) -> None:
    page = send(staff, LESSONS, "check", LESSON_HEAD, LESSON_ROW, as_draft="on")
    staff.post(LESSONS, {"kept": page.context["kept"].code, "import": "", "makes": "on"})

    assert Lesson.objects.get().is_draft


def test_page_without_a_file_says_so(staff: Client) -> None:
    response = staff.post(LESSONS, {"check": ""})

    assert response.status_code == 422
    assert "This field is required." in response.content.decode()


def test_many_faults_are_counted_not_all_shown(staff: Client) -> None:
    response = send(staff, PEOPLE, "check", PEOPLE_HEAD, *[f"s{n},,student" for n in range(250)])

    body = response.content.decode()
    assert "250 faults" in body
    assert "And 50 more." in body


def test_import_pages_and_their_templates_are_for_staff(
    teacher: User, student: User, supervisor: User
) -> None:
    client = Client()
    for who in (teacher, student, supervisor):
        client.force_login(who)
        for address in (PEOPLE, LESSONS):
            assert client.get(address).status_code == 404, (who, address)
            template = client.get(f"{address}template.xlsx")
            assert template.status_code == 404, (who, address)


def test_import_needs_the_pages_own_token(planner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(planner)

    assert send(client, PEOPLE, "import", PEOPLE_HEAD, "ming,王小明,student").status_code == 403


# --- The template -------------------------------------------------------------------------------


def test_template_can_be_imported_as_it_is(planner: User, lesson: Lesson, signed_in: Any) -> None:
    LessonFactory.create(teacher=lesson.teacher, class_groups=list(lesson.class_groups.all()))
    for language in ("zh-hans", "en"):
        browser = signed_in(planner, language)
        for address, added in ((PEOPLE, 2), (LESSONS, 1)):
            template = browser.get(f"{address}template.xlsx")
            checked = browser.post(
                address,
                {"file": SimpleUploadedFile("template.xlsx", template.content), "check": ""},
            )

            variant = (language, address)
            assert "attachment; filename" in template["Content-Disposition"], variant
            assert list(checked.context["faults"]) == [], variant
            assert checked.context["result"].added == added, variant


def test_template_is_only_read(staff: Client) -> None:
    assert staff.post(f"{PEOPLE}template.xlsx").status_code == 405


def test_template_of_a_school_without_teachers_has_no_example(staff: Client) -> None:
    template = staff.get(f"{LESSONS}template.xlsx").content
    sheet, words = openpyxl.load_workbook(io.BytesIO(template)).worksheets

    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_col=3)] == [
        ["course", "teacher", "class_groups"]
    ]
    assert "一对一" in str([cell.value for row in words for cell in row])


def test_template_takes_numbers_and_dates_as_they_are_typed(staff: Client) -> None:
    """Else a spreadsheet program drops the zeros of 0017 and makes a date of 3-1."""
    template = staff.get(f"{PEOPLE}template.xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(template)).worksheets[0]

    assert {sheet.column_dimensions[letter].number_format for letter in "ABCDE"} == {"@"}


def test_page_links_its_template_and_says_what_is_accepted(staff: Client) -> None:
    body = staff.get(LESSONS).content.decode()

    assert f'href="{LESSONS}template.xlsx"' in body
    assert "任课老师" in body
    assert "大班课" in body


# --- Faults -------------------------------------------------------------------------------------


def test_faults_stand_under_the_headings_of_the_file(staff: Client) -> None:
    response = send(staff, PEOPLE, "check", "学号,学生姓名,身份,所在班级", "a b,王小明,学霸,")

    assert {fault.column for fault in response.context["faults"]} == {"学号", "身份"}


def test_faults_of_an_excel_file_too(staff: Client) -> None:
    data = xlsx_of(["工号*", "姓名", "角色"], ["ming", "王小明", "boss"])
    response = staff.post(PEOPLE, {"file": SimpleUploadedFile("a.xlsx", data), "check": ""})

    assert [fault.column for fault in response.context["faults"]] == ["角色"]


@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "角色"), ("en", "role")])
def test_missing_column_is_named_as_its_reader_would(
    planner: User, signed_in: Any, language: str, heading: str
) -> None:
    response = send(signed_in(planner, language), PEOPLE, "check", "学号,姓名", "ming,王小明")

    assert [fault.column for fault in response.context["faults"]] == [heading]


# --- The file is kept between check and import --------------------------------------------------

MING = (PEOPLE_HEAD, "ming,王小明,student")


def check(client: Client, *lines: str) -> str:
    """Have the file checked, and return what the page holds of it."""
    page = send(client, PEOPLE, "check", *lines)
    code: str = page.context["kept"].code
    assert f'name="kept" value="{code}"' in page.content.decode()
    return code


def take(client: Client, code: str, **more: Any) -> Any:
    return client.post(PEOPLE, {"kept": code, "import": "", "makes": "on", **more})


def test_checked_file_is_imported_without_choosing_it_again(staff: Client) -> None:
    code = check(staff, *MING)

    response = take(staff, code)

    assert response.status_code == 303
    assert User.objects.get(username="ming").display_name == "王小明"
    assert not CheckedFile.objects.exists()


def test_checked_file_of_another_person_cannot_be_imported(
    staff: Client, administrator: User
) -> None:
    code = check(staff, *MING)
    other = Client()
    other.force_login(administrator)

    response = take(other, code)

    assert "not kept any more" in response.content.decode()
    assert not User.objects.filter(username="ming").exists()


def test_checked_people_are_no_lessons(staff: Client) -> None:
    code = check(staff, *MING)

    response = staff.post(LESSONS, {"kept": code, "import": ""})

    assert "not kept any more" in response.content.decode()


def test_import_checks_again(staff: Client) -> None:
    code = check(staff, *MING)
    UserFactory.create(username="MING")

    response = take(staff, code)

    assert response.status_code == 409
    assert [fault.column for fault in response.context["faults"]] == ["username"]


def test_another_file_that_is_at_fault_is_not_replaced_by_the_kept_one(staff: Client) -> None:
    code = check(staff, *MING)

    response = send(staff, PEOPLE, "import", PEOPLE_HEAD, "li,,", kept=code)

    assert len(response.context["faults"]) == 2
    assert "kept" not in response.context
    assert not User.objects.filter(username="ming").exists()


def test_one_file_a_person_is_kept_and_the_earlier_code_leads_nowhere(staff: Client) -> None:
    earlier = check(staff, *MING)
    check(staff, PEOPLE_HEAD, "li,李老师,teacher")

    response = take(staff, earlier)

    assert "not kept any more" in response.content.decode()
    assert CheckedFile.objects.count() == 1


def test_options_stay_between_check_and_import(staff: Client, teacher: User) -> None:
    page = send(staff, LESSONS, "check", LESSON_HEAD, LESSON_ROW, as_draft="on")

    assert 'name="as_draft" id="id_as_draft" checked' in " ".join(page.content.decode().split())


def test_file_that_nobody_imports_is_forgotten(staff: Client) -> None:
    code = check(staff, *MING)

    with time_machine.travel(timezone.now() + KEPT_FOR - dt.timedelta(minutes=1)):
        forget_checked_files()
        assert CheckedFile.objects.filter(code=code).exists()
    with time_machine.travel(timezone.now() + KEPT_FOR + dt.timedelta(minutes=1)):
        staff.force_login(User.objects.get(username="planner"))
        assert "not kept any more" in take(staff, code).content.decode()
        forget_checked_files()

    assert not CheckedFile.objects.exists()


def test_file_at_fault_is_not_kept(staff: Client) -> None:
    send(staff, PEOPLE, "check", PEOPLE_HEAD, "li,,")

    assert not CheckedFile.objects.exists()


def test_audit_log_says_who_imported(staff: Client, planner: User, teacher: User) -> None:
    take(staff, check(staff, *MING))
    ClassGroupFactory.create(name="1班")
    page = send(staff, LESSONS, "check", LESSON_HEAD, LESSON_ROW)
    staff.post(LESSONS, {"kept": page.context["kept"].code, "import": "", "makes": "on"})

    told = AuditEntry.objects.order_by("pk").values_list("kind", "actor", "details__added")
    assert list(told) == [
        (AuditKind.PERSON_CREATED, planner.pk, None),
        (AuditKind.PEOPLE_IMPORTED, planner.pk, 1),
        (AuditKind.LESSONS_IMPORTED, planner.pk, 1),
    ]
