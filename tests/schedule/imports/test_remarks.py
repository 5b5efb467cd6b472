"""Remarks: a line is taken, and what is made of it is said, on pages and by commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.spreadsheets.rows import Remarks, SheetFault, SheetRemark
from schedule.imports.lesson_spreadsheet import check_lessons
from schedule.imports.previews import Preview, PreviewRows
from schedule.imports.user_spreadsheet import check_users
from schedule.models import ClassGroup, Course, Lesson, Term, WeeklyLesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, TermFactory
from tests.support.commands import run_with
from tests.support.pages import read
from tests.support.sheets import csv_of

PEOPLE_HEAD = "username,display_name,role,class_groups"
LESSON_HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
WEEKLY_HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
FET_HEAD = "Activity Id,Day,Hour,Students Sets,Subject,Teachers,Activity Tags,Room,Comments"
LESSON = "math,li,１a班,2099-09-02,8:00,8:45,,"
REMARKS = [
    "2:class_groups: １a班 is taken as 1A班",
    "2:course: math is taken as Math",
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def school(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    CourseFactory.create(name="Math")
    ClassGroupFactory.create(name="1A班")
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def term() -> Term:
    return TermFactory.create()


class TestWhatIsSaid:
    def test_each_of_a_column_once_at_its_first_line(self):
        remarks = Remarks()
        for line, column in ((4, "a"), (3, "a"), (3, "b")):
            remarks.add(line, column, "x")

        assert remarks.told() == (SheetRemark(3, "a", "x"), SheetRemark(3, "b", "x"))

    def test_remark_is_no_fault_of_the_same_words(self):
        remark: object = SheetRemark(3, "a", "x")

        assert remark != SheetFault(3, "a", "x")

    def test_names_in_another_width_or_case(self):
        check = check_lessons(
            csv_of(
                LESSON_HEAD,
                LESSON,
                "Math,Ｌi,1A班,2099-09-03,8:00,8:45,,",
                "New,li,1A班,2099-09-04,8:00,8:45,,",
            )
        )

        assert [str(each) for each in check.remarks] == [*REMARKS, "3:teacher: Ｌi is taken as li"]
        assert not check.faults

    def test_account_that_is_meant_in_other_letters(self):
        check = check_users(csv_of(PEOPLE_HEAD, "LI,李老师,,"))

        assert [str(each) for each in check.remarks] == ["2:username: LI is taken as li"]
        assert not check.faults

    def test_is_kept_with_the_preview(self):
        remarks = (SheetRemark(3, "a", "x"),)
        preview = Preview(rows=PreviewRows([]), remarks=remarks)

        kept = Preview.of(preview.packed())

        assert kept is not None
        assert tuple(kept.remarks) == remarks


class TestCommands:
    def test_say_them_on_stderr_and_take_the_file(self, tmp_path: Path):
        done = run_with("import_lessons", tmp_path, csv_of(LESSON_HEAD, LESSON))

        assert (done.code, done.stdout) == (0, "added=1 changed=0 unchanged=0\n")
        assert done.stderr.splitlines() == REMARKS
        assert Lesson.objects.get().course.name == "Math"
        assert Course.objects.count() == ClassGroup.objects.count() == 1

    def test_of_people(self, tmp_path: Path):
        done = run_with("import_users", tmp_path, csv_of(PEOPLE_HEAD, "ming,王小明,student,1a班"))

        assert done.code == 0
        assert done.stdout.splitlines() == [
            "new person: 王小明 (ming)",
            "added=1 changed=0 unchanged=0",
        ]
        assert done.stderr.splitlines() == ["2:class_groups: 1a班 is taken as 1A班"]

    def test_of_weekly_lessons(self, tmp_path: Path, term: Term):
        file = csv_of(WEEKLY_HEAD, "math,li,１a班,1,8:00,8:45,,,")

        done = run_with("import_patterns", tmp_path, file, "--term", term.name)

        assert (done.code, done.stderr.splitlines()) == (0, REMARKS)
        assert WeeklyLesson.objects.get().course.name == "Math"

    def test_of_fet(self, tmp_path: Path, term: Term):
        file = csv_of(FET_HEAD, "1,Monday,8:00-8:45,1A班,math,li,,,")

        done = run_with("import_lessons", tmp_path, file, "--format", "fet", "--term", term.name)

        assert (done.code, done.stderr.splitlines()) == (0, ["2:Subject: math is taken as Math"])
        assert WeeklyLesson.objects.get().course.name == "Math"

    def test_nothing_where_a_line_is_at_fault(self, tmp_path: Path):
        done = run_with("import_lessons", tmp_path, csv_of(LESSON_HEAD, LESSON, "x,,,,,,,"))

        assert done.code == 1
        assert all(line.startswith("3:") for line in done.stderr.splitlines())


class TestPages:
    @pytest.fixture
    def staff(self, signed_in: Any, planner: User) -> Any:
        return signed_in(planner, "en")

    def test_of_lessons_list_them_by_the_headings_of_the_file(self, staff: Any):
        file = SimpleUploadedFile("a.csv", csv_of(LESSON_HEAD.replace("course", "科目"), LESSON))

        page = staff.post("/imports/lessons/", {"file": file, "check": ""})

        assert _listed(page) == [
            "2 class_groups １a班 is taken as 1A班",
            "2 科目 math is taken as Math",
        ]
        assert "It would add 1" in page.text

    def test_of_weekly_lessons_list_them(self, staff: Any, term: Term):
        file = SimpleUploadedFile("a.csv", csv_of(WEEKLY_HEAD, "math,li,1A班,1,8:00,8:45,,,"))
        path = f"/schedule/terms/{term.code}/import/"

        checked = staff.post(path, {"file": file, "check": ""})

        page = staff.get(checked.headers["Location"])
        assert _listed(page) == ["2 course math is taken as Math"]

    def test_without_remarks_say_nothing_of_them(self, staff: Any):
        file = SimpleUploadedFile(
            "a.csv", csv_of(LESSON_HEAD, "Math,li,1A班,2099-09-02,8:00,8:45,,")
        )

        page = staff.post("/imports/lessons/", {"file": file, "check": ""})

        assert "remark" not in page.text


def _listed(page: Any) -> list[str]:
    (found,) = read(page.content).all("div", **{"aria-labelledby": "remarks-head"})
    return [row.text for row in found.one("tbody").all("tr")]
