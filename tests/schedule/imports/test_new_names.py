"""List what a file would make with the nearest name that is there, and make it only after a tick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup, Course, Lesson, Term, WeeklyLesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, TermFactory
from tests.support.commands import run_with
from tests.support.pages import read
from tests.support.sheets import csv_of

PEOPLE, LESSONS = "/imports/people/", "/imports/lessons/"
PEOPLE_HEAD = "username,display_name,role,class_groups"
LESSON_HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
WEEKLY_HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
LESSON = "语文,li,一年级1斑,2099-09-02,8:00,8:45,0,yes"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def school() -> None:
    ClassGroupFactory.create(name="一年级1班")
    CourseFactory.create(name="语文")
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner)


def check(client: Client, page: str, *lines: str) -> Any:
    file = SimpleUploadedFile("名单.csv", csv_of(*lines))
    return client.post(page, {"file": file, "check": ""})


def listed(page: Any) -> str:
    return read(page.content).one("section", "import-new").text


class TestOnPages:
    def test_new_class_group_is_asked_about(self, staff: Client):
        page = check(staff, LESSONS, LESSON_HEAD, LESSON)

        assert "班级 一年级1斑 是不是 一年级1班？" in listed(page)
        assert "语文" not in listed(page)

    def test_nothing_is_made_without_the_tick(self, staff: Client):
        page = check(staff, LESSONS, LESSON_HEAD, LESSON)
        kept = {"kept": page.context["kept"].code, "import": ""}

        refused = staff.post(LESSONS, kept)

        assert refused.status_code == 422
        assert "勾选" in read(refused.content).one("ul", "errors").text
        assert not ClassGroup.objects.filter(name="一年级1斑").exists()
        assert staff.post(LESSONS, kept | {"makes": "on"}).status_code == 303
        assert ClassGroup.objects.filter(name="一年级1斑").exists()

    def test_file_that_makes_nothing_needs_no_tick(self, staff: Client):
        page = check(staff, LESSONS, LESSON_HEAD, LESSON.replace("斑", "班"))

        assert not read(page.content).all("section", "import-new")
        assert 'name="makes"' not in page.content.decode()
        taken = staff.post(LESSONS, {"kept": page.context["kept"].code, "import": ""})
        assert (taken.status_code, Lesson.objects.count()) == (303, 1)

    def test_file_that_was_chosen_just_now_is_checked_first(self, staff: Client):
        file = SimpleUploadedFile("名单.csv", csv_of(LESSON_HEAD, LESSON))

        page = staff.post(LESSONS, {"file": file, "import": "", "makes": "on"})

        assert "一年级1斑" in listed(page)
        assert not Lesson.objects.exists()

    def test_something_else_that_is_new_by_then_is_shown_again(self, staff: Client):
        page = check(staff, LESSONS, LESSON_HEAD, LESSON)
        Course.objects.all().delete()

        answer = staff.post(
            LESSONS, {"kept": page.context["kept"].code, "import": "", "makes": "on"}
        )

        assert answer.status_code == 409
        assert "课程 语文" in listed(answer)
        assert not Lesson.objects.exists()

    def test_person_who_is_called_like_somebody_is_listed_first(self, staff: Client):
        UserFactory.create(username="wangxm", display_name="王小明")

        page = check(
            staff,
            PEOPLE,
            PEOPLE_HEAD,
            "a1,安安,student,一年级1班",
            "ming,王小明,student,一年级1班",
        )

        lines = [line.text for line in read(page.content).one("ul", "import-new-list").all("li")]
        assert lines == ["人员 王小明 (ming) 已有 王小明 (wangxm)", "人员 安安 (a1)"]

    def test_person_who_is_called_almost_like_somebody_is_asked_about(self, staff: Client):
        UserFactory.create(username="wangxm", display_name="王小明")
        UserFactory.create(username="zs", display_name="Zhang San")

        page = check(
            staff,
            PEOPLE,
            PEOPLE_HEAD,
            *(
                f"n{number},{name},student,"
                for number, name in enumerate(["王晓明", "Zhang Sam", "王小红", "Zhang Song"])
            ),
        )

        lines = [line.text for line in read(page.content).one("ul", "import-new-list").all("li")]
        assert lines == [
            "人员 Zhang Sam (n1) 是不是 Zhang San (zs)？",
            "人员 王晓明 (n0) 是不是 王小明 (wangxm)？",
            "人员 Zhang Song (n3)",
            "人员 王小红 (n2)",
        ]

    def test_stands_in_the_order_of_names(self, staff: Client):
        rows = [
            f"{number},{name},student,{group}"
            for number, name, group in (("1", "张三", "十年级1班"), ("2", "安安", "二年级1班"))
        ]

        page = check(staff, PEOPLE, PEOPLE_HEAD, *rows)

        lines = [line.text for line in read(page.content).one("ul", "import-new-list").all("li")]
        groups = ["班级 二年级1班", "班级 十年级1班"]
        assert lines == [*groups, "人员 安安 (2)", "人员 张三 (1)"]

    def test_weekly_lessons_ask_too(self, staff: Client):
        term: Term = TermFactory.create()
        page = f"/schedule/terms/{term.code}/import/"
        preview = staff.get(
            check(staff, page, WEEKLY_HEAD, "语闻,li,一年级1班,1,8:00,8:45,,0,yes")["Location"]
        )
        kept = {"kept": preview.context["kept"].code, "take": ""}

        assert "课程 语闻 是不是 语文？" in listed(preview)
        assert staff.post(page, kept).status_code == 422
        assert not WeeklyLesson.objects.exists()
        assert staff.post(page, kept | {"makes": "on"}).status_code == 303
        assert WeeklyLesson.objects.count() == 1

    def test_many_cost_what_one_costs(self, staff: Client):
        counts = []
        for number in (1, 1, 40):
            rows = [f"s{number}-{each},学生{each},student,新{each}班" for each in range(number)]
            with CaptureQueriesContext(connection) as queries:
                check(staff, PEOPLE, PEOPLE_HEAD, *rows)
            counts.append(len(queries))

        # The first check keeps a file, the others keep theirs in its place.
        assert counts[1] == counts[2]

    def test_names_are_written_as_text(self, staff: Client):
        page = check(staff, PEOPLE, PEOPLE_HEAD, "x,<b>王</b>,student,<i>班</i>")

        assert "<b>王" not in page.content.decode()
        assert "<i>班" not in page.content.decode()


class TestByCommand:
    def test_is_made_unasked_and_printed_above_the_last_line(self, tmp_path: Path):
        UserFactory.create(username="wangxm", display_name="王小明")

        done = run_with(
            "import_users", tmp_path, csv_of(PEOPLE_HEAD, "ming,王小明,student,一年级1斑")
        )

        assert (done.code, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [
            "新班级：一年级1斑 — 是不是 一年级1班？",
            "新人员：王小明 (ming) — 已有 王小明 (wangxm)",
            "added=1 changed=0 unchanged=0",
        ]

    def test_dry_run_prints_it_and_makes_nothing(self, tmp_path: Path):
        done = run_with("import_lessons", tmp_path, csv_of(LESSON_HEAD, LESSON), "--dry-run")

        assert done.stdout.splitlines() == [
            "新班级：一年级1斑 — 是不是 一年级1班？",
            "added=1 changed=0 unchanged=0",
        ]
        assert not ClassGroup.objects.filter(name="一年级1斑").exists()

    def test_file_again_prints_nothing_more(self, tmp_path: Path):
        data = csv_of(LESSON_HEAD, LESSON)
        run_with("import_lessons", tmp_path, data)

        again = run_with("import_lessons", tmp_path, data)

        assert again.stdout == "added=0 changed=0 unchanged=1\n"


def test_swapped_names_are_remarked_on_and_need_a_tick(staff: Client):
    UserFactory.create(username="a", display_name="安安")
    UserFactory.create(username="b", display_name="白白")

    page = check(staff, PEOPLE, PEOPLE_HEAD, "a,白白,,", "b,安安,,")

    remarks = read(page.content).one("div", **{"aria-labelledby": "remarks-head"}).text
    assert "这是 白白 (b) 现在的姓名：是不是错行了？" in remarks
    assert "这是 安安 (a) 现在的姓名：是不是错行了？" in remarks
    said = read(page.content).one("section", "import-preview").one("p", role="status").text
    assert said.startswith("这个文件可以导入，但其中可能有误")
    kept = {"kept": page.context["kept"].code, "import": ""}
    assert staff.post(PEOPLE, kept).status_code == 422
    assert User.objects.get(username="a").display_name == "安安"
    assert staff.post(PEOPLE, kept | {"swaps": "on"}).status_code == 303
    assert User.objects.get(username="a").display_name == "白白"


def test_file_without_doubts_is_said_to_be_right(staff: Client):
    page = check(staff, PEOPLE, PEOPLE_HEAD, "a,安安,student,")

    said = read(page.content).one("section", "import-preview").one("p", role="status").text
    assert said.startswith("这个文件没有问题。")
