"""The timetable of the whole school in one table: its rows, columns and cells."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import LessonState
from schedule.models import ClassGroup, Lesson, Substitution, Term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory
from tests.schedule.matrix.conftest import NOW, PlanAt
from tests.support.pages import Element, main
from tests.support.tables import grid_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("names are put in order and moments compared by the database"),
]

MATRIX = "/schedule/matrix/"
PERIODS = ["第1节 08:10", "第2节 09:00", "第3节 10:00"]


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner)


def page_of(client: Client, query: str = "", day: str = "") -> Element:
    answer = client.get(f"{MATRIX}{day and f'{day}/'}{query}")
    assert answer.status_code == 200
    return main(answer)


def grid(client: Client, query: str = "", day: str = "") -> list[list[str]]:
    return grid_of(page_of(client, query, day).one("table"))


def facts_of(page: Element) -> str:
    return page.one("div", "page-head").one("p", "soft").text


class TestClassGroups:
    def test_stand_below_their_grades_in_the_order_of_their_names(
        self, client: Client, term: Term, plan_at: PlanAt, other_class_group: ClassGroup
    ):
        names = ("二年级10班", "二年级9班", "合唱团", "十年级1班", "初一1班", "Year 2A", "🎻")
        for name in names:
            ClassGroupFactory.create(name=name)
        ClassGroupFactory.create(name="四年级1班", archived_at=NOW)
        plan_at("语文课", "09:00")

        table = page_of(client).one("table")

        assert grid_of(table)[0] == ["", *PERIODS]
        assert [row[0] for row in grid_of(table)[1:]] == [
            *("二年级", "二年级9班", "二年级10班", "三年级", "三年级1班", "三年级2班"),
            *("十年级", "十年级1班", "初一", "初一1班", "其他", "Year 2A", "合唱团", "🎻"),
        ]
        cells = {row[0]: row[1:] for row in grid_of(table)}
        assert cells["三年级1班"] == ["", "语文课 李老师", ""]
        assert [each.attrs.get("scope") for each in table.all("th")[:5]] == [
            *["col"] * 3,
            "rowgroup",
            "row",
        ]
        assert len(table.all("tbody")) == 5

    def test_archived_one_is_there_when_it_has_lessons(
        self, client: Client, term: Term, plan_at: PlanAt, class_group: ClassGroup
    ):
        plan_at("语文课", "09:00")
        class_group.archived_at = timezone.now()
        class_group.save()
        ClassGroupFactory.create(name="三年级1班")

        rows = {row[0]: row[1:] for row in grid(client)[2:]}

        assert rows["三年级1班"] == ["", "", ""]
        assert rows["三年级1班（已归档）"] == ["", "语文课 李老师", ""]

    def test_merged_lesson_stands_with_both_and_counts_once(
        self,
        client: Client,
        term: Term,
        plan_at: PlanAt,
        class_group: ClassGroup,
        other_class_group: ClassGroup,
    ):
        plan_at("体育课", "08:10", class_groups=[other_class_group, class_group])

        page = page_of(client)

        rows = {row[0]: row[1] for row in grid_of(page.one("table"))}
        assert rows["三年级1班"] == rows["三年级2班"] == "体育课 李老师"
        assert "2 个班 · 1 节课" in facts_of(page)
        by_teacher = grid(client, "?by=teacher")
        assert by_teacher[1] == ["李老师", "体育课 三年级1班、三年级2班", "", ""]


class TestTeachers:
    def test_stand_in_the_order_of_their_names_with_whom_they_teach(
        self, client: Client, term: Term, plan_at: PlanAt, assistant: User, planner: User
    ):
        for name in ("单老师", "曾老师", "Smith", "10号老师", "9号老师"):
            UserFactory.create(display_name=name, roles=[Role.TEACHER])
        UserFactory.create(display_name="安离校", roles=[Role.TEACHER], is_active=False)
        plan_at("语文课", "10:00", assistants=[assistant])

        rows = grid(client, "?by=teacher")

        assert rows[0] == ["", *PERIODS]
        assert [row[0] for row in rows[1:]] == [
            *("9号老师", "10号老师", "Smith", "陈助教", "李老师", "单老师", "曾老师"),
        ]
        assert rows[5] == ["李老师", "", "", "语文课 三年级1班"]
        assert rows[4] == ["陈助教", "", "", "语文课 三年级1班 · 李老师"]

    def test_two_of_one_name_have_their_usernames(
        self, client: Client, term: Term, teacher: User, plan_at: PlanAt
    ):
        UserFactory.create(display_name="李老师", username="li2", roles=[Role.TEACHER])
        plan_at("语文课", "08:10")

        rows = {row[0]: row[1] for row in grid(client, "?by=teacher")[1:]}

        assert rows == {"李老师 (teacher)": "语文课 三年级1班", "李老师 (li2)": ""}

    def test_who_teaches_no_more_is_there_with_their_lessons(
        self, client: Client, term: Term, teacher: User, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")
        teacher.is_active = False
        teacher.save()

        assert [row[0] for row in grid(client, "?by=teacher")[1:]] == ["李老师"]
        assert page_of(client, "?by=teacher", "2026-12-02").all("table") == []


class TestColumns:
    def test_lesson_at_no_period_stands_last_with_its_times(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10", minutes=90)
        plan_at("社团", "12:30")

        rows = grid(client)

        assert rows[0] == ["", *PERIODS, "其他"]
        assert rows[2] == [
            *("三年级1班", "语文课 李老师", "语文课（续）", ""),
            "社团 12:30–13:10 李老师",
        ]

    def test_week_has_periods_below_days(self, client: Client, term: Term, plan_at: PlanAt):
        plan_at("语文课", "08:10")
        plan_at("数学课", "10:00", days=4)

        page = page_of(client, "?span=week")

        days, periods, _grade, row = grid_of(page.one("table"))
        expected = [
            *("周一 30 廿二", "周二 1 廿三", "周三 2 廿四", "周四 3 廿五", "周五 4 廿六"),
            "周六 5 廿七",
        ]
        assert days == ["", *(day for day in expected for _ in range(3))]
        assert periods == ["", *PERIODS * 6]
        assert {number: text for number, text in enumerate(row) if text} == {
            0: "三年级1班",
            4: "语文课 李老师",
            18: "数学课 李老师",
        }
        assert facts_of(page) == (
            "2026年11月30日 – 12月6日 · 秋季学期 · 第14周 · 双周 · 1 个班 · 2 节课"
        )

    def test_outside_of_terms_columns_are_times(self, client: Client, plan_at: PlanAt):
        plan_at("语文课", "08:10")
        plan_at("数学课", "13:00")

        assert grid(client)[0] == ["", "08:10", "13:00"]
        assert facts_of(page_of(client)) == "2026年12月1日 周二 · 1 个班 · 2 节课"

    def test_term_without_bells_has_times_too(self, client: Client, term: Term, plan_at: PlanAt):
        term.bell_times.all().delete()
        plan_at("语文课", "08:15")

        assert grid(client)[0] == ["", "08:15"]


class TestMarks:
    def marks_of(self, client: Client, query: str = "") -> dict[str, str]:
        """Return what is seen of each mark, and its words."""
        marks = page_of(client, query).one("table").all("span", "matrix-mark")
        assert all(each.attrs["role"] == "img" for each in marks)
        assert all(each.attrs["title"] == each.attrs["aria-label"] for each in marks)
        return {each.text: each.attrs["aria-label"] for each in marks}

    def test_substitute(self, client: Client, term: Term, plan_at: PlanAt, other_teacher: User):
        lesson = plan_at("语文课", "08:10")
        Substitution.objects.create(lesson=lesson, absent_teacher=other_teacher)
        Lesson.objects.update(teacher_changed_at=NOW)

        assert self.marks_of(client) == {"代": "代课（代 赵老师）"}
        assert facts_of(page_of(client)).endswith("1 节课 · 1 节代课")
        assert grid(client)[2][1] == "语文课 李老师 代"

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"moved_at": NOW}, "时间已改"),
            ({"teacher_changed_at": NOW}, "换老师"),
            ({"moved_at": NOW, "teacher_changed_at": NOW}, "时间已改 · 换老师"),
        ],
    )
    def test_changed_of_late(
        self, client: Client, term: Term, plan_at: PlanAt, changed: dict[str, Any], words: str
    ):
        plan_at("语文课", "08:10")
        Lesson.objects.update(**changed)

        assert self.marks_of(client) == {"改": words}
        weeks_ago = {name: NOW - dt.timedelta(days=8) for name in changed}
        Lesson.objects.update(**weeks_ago)
        assert self.marks_of(client) == {}

    def test_cancelled_is_in_nobodys_way_and_counts_nowhere(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")
        plan_at("数学课", "08:10")
        Lesson.objects.filter(course__name="语文课").update(
            state=LessonState.CANCELLED, moved_at=NOW
        )

        page = page_of(client)

        assert self.marks_of(client) == {"取消": "已取消"}
        assert facts_of(page).endswith("1 节课")
        assert grid_of(page.one("table"))[2][1] == "语文课 李老师 取消 数学课 李老师"
        (cancelled,) = page.one("table").all("a", "is-cancelled")
        assert cancelled.text.startswith("语文课")

    def test_two_lessons_at_once_are_a_conflict_wherever_they_stand(
        self, client: Client, term: Term, plan_at: PlanAt, other_teacher: User
    ):
        plan_at("语文课", "08:10", minutes=60)
        plan_at("数学课", "09:00", teacher=other_teacher)
        plan_at("英语课", "10:00")

        page = page_of(client)

        row = grid_of(page.one("table"))[2]
        assert row[1] == "语文课 李老师 冲突"
        assert row[2] == "语文课（续） 数学课 赵老师 冲突"
        assert row[3] == "英语课 李老师"
        assert self.marks_of(client) == {"冲突": "冲突：同一时间有两节课"}
        assert facts_of(page).endswith("1 处冲突")
        assert facts_of(page_of(client, "?course=数学课")).endswith("1 处冲突")
        assert facts_of(page_of(client, "?course=英语课")).endswith("1 节课")
        # Each of the teachers has one lesson at a time.
        assert self.marks_of(client, "?by=teacher") == {}

    @pytest.mark.parametrize("with_reason", ["语文课", "数学课"])
    def test_overlap_with_a_reason_is_no_conflict(
        self,
        client: Client,
        term: Term,
        plan_at: PlanAt,
        other_teacher: User,
        with_reason: str,
    ):
        plan_at("语文课", "08:10", minutes=60)
        plan_at("数学课", "09:00", teacher=other_teacher)
        Lesson.objects.filter(course__name=with_reason).update(overlap_reason="分组上课")

        page = page_of(client)

        assert self.marks_of(client) == {"重叠": "与另一节课重叠，理由：分组上课"}
        assert page.all("a", "is-in-conflict") == []
        assert "冲突" not in facts_of(page)
        row = grid_of(page.one("table"))[2]
        assert row[1:3] == ["语文课 李老师 重叠", "语文课（续） 数学课 赵老师 重叠"]

    def test_a_reason_makes_neither_other_lessons_nor_those_of_a_teacher_agree(
        self,
        client: Client,
        term: Term,
        plan_at: PlanAt,
        other_teacher: User,
        other_class_group: ClassGroup,
    ):
        plan_at("语文课", "08:10", overlap_reason="分组上课", minutes=120)
        plan_at("数学课", "08:10", teacher=other_teacher)
        plan_at("英语课", "08:10", class_groups=[other_class_group])
        plan_at("体育课", "08:20", teacher=other_teacher)

        by_class_group = grid(client)[2]

        assert by_class_group[1].startswith("语文课 李老师 重叠 数学课 赵老师 冲突")
        assert by_class_group[4] == "体育课 08:20–09:00 赵老师 冲突"
        assert facts_of(page_of(client)).endswith("1 处冲突")
        own = {row[0]: row[1] for row in grid(client, "?by=teacher")[1:]}["李老师"]
        assert own == "语文课 三年级1班 冲突 英语课 三年级2班 冲突"

    def test_draft_is_for_staff_alone(
        self, signed_in: SignedIn, planner: User, supervisor: User, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10", is_draft=True)

        assert self.marks_of(signed_in(planner)) == {"草稿": "草稿"}
        page = page_of(signed_in(supervisor))
        assert "语文课" not in page.text
        assert facts_of(page).endswith("0 节课")

    def test_marks_in_english(
        self, signed_in: SignedIn, planner: User, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10", is_draft=True)

        page = page_of(signed_in(planner, "en"))

        assert page.one("h1").text == "School timetable"
        assert grid_of(page.one("table"))[0] == [
            "",
            "Period 1 08:10",
            "Period 2 09:00",
            "Period 3 10:00",
        ]
        assert page.one("table").one("span", "matrix-mark").attrs["aria-label"] == "Draft"


class TestCells:
    def test_are_links_in_the_colour_of_the_course(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        lesson = plan_at("语文课", "08:10")
        lesson.course.colour = 7
        lesson.course.save()

        cell = page_of(client).one("table").one("a", "subject-7")

        assert cell.attrs["href"] == f"/schedule/lessons/{lesson.code}/"

    def test_names_are_text(self, client: Client, term: Term, plan_at: PlanAt, teacher: User):
        teacher.display_name = '<b>O\'Neil & "Co"</b>'
        teacher.save()
        ClassGroupFactory.create(name="<i>&quot;1班</i>")
        plan_at("<script>语文", "08:10")

        for query in ("", "?by=teacher", "?span=week", "?of=<i>%26quot;1班</i>"):
            page = page_of(client, query)
            assert page.all("script") == page.all("i") == []
        assert grid(client, "?by=teacher")[1][:2] == [
            '<b>O\'Neil & "Co"</b>',
            "<script>语文 三年级1班",
        ]

    def test_free_ones_ahead_begin_a_lesson_for_planners(
        self,
        signed_in: SignedIn,
        planner: User,
        supervisor: User,
        term: Term,
        plan_at: PlanAt,
    ):
        plan_at("语文课", "08:10", minutes=90)
        client = signed_in(planner)

        (free,) = page_of(client).one("table").all("a", "empty-place")

        assert free.attrs["aria-label"] == "新课 周二 第3节 三年级1班"
        form = main(client.get(free.attrs["href"]))
        values = {each.attrs["name"]: each.attrs.get("value") for each in form.all("input")}
        assert values["class_groups"] == "三年级1班"
        assert (values["date"], values["start"], values["end"]) == ("2026-12-01", "10:00", "10:40")
        (free,) = page_of(client, "?by=teacher").one("table").all("a", "empty-place")
        form = main(client.get(free.attrs["href"]))
        assert form.one("input", name="teacher").attrs["value"] == "teacher"
        # Neither in the past, nor for who plans nothing.
        assert page_of(client, day="2026-11-30").all("a", "empty-place") == []
        assert page_of(signed_in(supervisor)).all("a", "empty-place") == []

    def test_nothing_is_free_while_lessons_of_other_courses_are_left_out(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")

        assert page_of(client, "?course=语文课").all("a", "empty-place") == []

    def test_new_lesson_ends_later_than_it_begins(self, client: Client):
        form = main(client.get("/schedule/lessons/new/?date=2026-12-01&start=10:00&end=09:00"))

        assert form.one("input", name="end").attrs["value"] == "10:45"

    def test_rows_lead_to_their_weeks(self, client: Client, term: Term, plan_at: PlanAt):
        plan_at("语文课", "08:10")

        page = page_of(client)
        of_teachers = page_of(client, "?by=teacher")

        group = "%E4%B8%89%E5%B9%B4%E7%BA%A71%E7%8F%AD"
        assert page.link("三年级1班") == f"/schedule/2026-12-01/?class_group={group}"
        assert of_teachers.link("李老师") == "/schedule/2026-12-01/?teacher=teacher"


class TestNarrowed:
    def test_by_grade(self, client: Client, term: Term, plan_at: PlanAt, other_teacher: User):
        second = ClassGroupFactory.create(name="二年级1班")
        choir = ClassGroupFactory.create(name="合唱团")
        plan_at("语文课", "08:10")
        plan_at("数学课", "08:10", teacher=other_teacher, class_groups=[second])
        plan_at("音乐课", "09:00", teacher=other_teacher, class_groups=[choir])

        assert [row[0] for row in grid(client, "?grade=二年级")[1:]] == ["二年级", "二年级1班"]
        assert [row[0] for row in grid(client, "?grade=-")[1:]] == ["其他", "合唱团"]
        # All that those do who teach the grade: somebody arranges a swap by it.
        assert grid(client, "?grade=二年级&by=teacher")[1:] == [
            ["赵老师", "数学课 二年级1班", "音乐课 合唱团", ""]
        ]

    def test_by_course(self, client: Client, term: Term, plan_at: PlanAt, other_teacher: User):
        plan_at("语文课", "08:10")
        plan_at("数学课", "09:00", teacher=other_teacher)

        page = page_of(client, "?course=语文课")

        assert grid_of(page.one("table"))[2] == ["三年级1班", "语文课 李老师", "", ""]
        assert facts_of(page).endswith("1 个班 · 1 节课")
        assert [row[0] for row in grid(client, "?course=语文课&by=teacher")[1:]] == ["李老师"]

    def test_one_row(
        self, client: Client, term: Term, other_class_group: ClassGroup, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")

        page = page_of(client, "?of=三年级2班")

        assert [row[0] for row in grid_of(page.one("table"))[1:]] == ["三年级", "三年级2班"]
        assert page.one("p", "matrix-of-one").text == "只显示 三年级2班。 显示全部"
        chosen = [each.text for each in page.all("option") if "selected" in each.attrs]
        assert chosen == ["三年级2班"]
        assert page_of(client, "?of=teacher&by=teacher").one("tbody").one("th").text == "李老师"

    @pytest.mark.parametrize(
        "query",
        [
            *("by=room", "span=year", "course=不存在", "grade=九年级", "grade=-", "of=nobody"),
            *("course=%00", "grade=%00", "of=%00", "course=%ED%A0%80", "by=", "day=", "day=1066"),
            "by=teacher&by=",
            f"of={'长' * 500}",
        ],
    )
    def test_malformed_values_count_as_absent(
        self, client: Client, term: Term, plan_at: PlanAt, query: str
    ):
        plan_at("语文课", "08:10")

        assert grid(client, f"?{query}") == grid(client)
        for path in ("print/", "matrix.xlsx"):
            assert client.get(f"{MATRIX}{path}?{query}&paper=b5").status_code == 200

    def test_course_stays_chosen_on_days_without_it(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")
        CourseFactory.create(name="数学课")

        page = page_of(client, "?course=数学课")

        assert grid_of(page.one("table"))[2] == ["三年级1班", "", "", ""]
        assert page.one("summary").text == "课程：数学课"
        assert "course=" in page.link("后一天 ›")


class TestWays:
    def test_each_course_has_its_colour_and_all_of_them_have_none(
        self, client: Client, term: Term, plan_at: PlanAt, other_teacher: User
    ):
        plan_at("全部", "08:10")
        plan_at("语文课", "09:00")

        links = page_of(client).one("details", "matrix-courses").all("a")

        colours = [(each.text, each.attrs["class"]) for each in links]
        assert [text for text, _colour in colours] == ["全部", "全部", "语文课"]
        assert [bool(colour) for _text, colour in colours] == [False, True, True]
        assert colours[2] == ("语文课", "subject-1")

    def test_switches_and_days_keep_what_is_chosen(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        ClassGroupFactory.create(name="一年级1班")
        plan_at("语文课", "08:10")
        plan_at("Art", "09:00")

        page = page_of(client, "?span=week&course=Art")

        today, week_of = f"{MATRIX}2026-12-01/", "span=week&course=Art"
        assert page.link("按老师") == f"{today}?by=teacher&{week_of}"
        assert page.link("一天") == f"{today}?course=Art"
        assert page.link("‹ 上一周") == f"{MATRIX}2026-11-24/?{week_of}"
        assert page.link("下一周 ›") == f"{MATRIX}2026-12-08/?{week_of}"
        assert page.link("本周") == f"{MATRIX}?{week_of}"
        assert page.link("一年级") == f"{today}?{week_of}&grade=%E4%B8%80%E5%B9%B4%E7%BA%A7"
        assert page.link("下载 XLSX") == f"{today}matrix.xlsx?{week_of}"
        assert page.link("打印") == f"{today}print/?{week_of}"
        chosen = [each.text for each in page.all("a") if each.attrs.get("aria-current") == "true"]
        assert chosen == ["按班级", "一周", "全部", "Art"]

    def test_choice_of_one_row_ends_with_its_kind(
        self, client: Client, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")

        page = page_of(client, "?of=三年级1班")

        assert page.link("按老师") == f"{MATRIX}2026-12-01/?by=teacher"

    def test_day_of_the_field_leads_on(self, client: Client):
        answer = client.get(f"{MATRIX}?by=teacher&day=2026-12-24")

        assert (answer.status_code, answer["Location"]) == (302, f"{MATRIX}2026-12-24/?by=teacher")

    @pytest.mark.parametrize("span", ["day", "week"])
    def test_first_and_last_day_of_the_calendar(self, client: Client, span: str):
        first = page_of(client, f"?span={span}", "1900-01-31")
        last = page_of(client, f"?span={span}", "2100-12-31")

        assert [each.attrs.get("rel") for each in first.all("a") if "rel" in each.attrs] == ["next"]
        assert [each.attrs.get("rel") for each in last.all("a") if "rel" in each.attrs] == ["prev"]
        for day in ("1900-01-30", "2101-01-01", "2026-02-30"):
            assert client.get(f"{MATRIX}{day}/").status_code == 404

    def test_empty_day_leads_to_the_next_lesson(self, client: Client, plan_at: PlanAt):
        plan_at("语文课", "08:10", days=1)

        page = page_of(client, "?by=teacher")

        assert page.all("table") == []
        assert page.link("下一节课在 2026-12-02。") == f"{MATRIX}2026-12-02/?by=teacher"
        assert "这一天没有课。" in page.text

    def test_school_without_anything(self, client: Client):
        for query in ("", "?by=teacher", "?span=week"):
            page = page_of(client, query)
            assert page.all("table") == []
            assert "没有课" in page.text

    def test_holidays_are_told(self, client: Client, term: Term):
        term.days.create(date=dt.date(2026, 12, 1), kind="holiday", name="校庆")

        assert "周二放假（校庆）" in facts_of(page_of(client))


class TestNothingToSee:
    """Outside of terms columns are the times of lessons: without lessons there are none."""

    @pytest.mark.parametrize(
        ("query", "words", "options"),
        [
            ("?course=数学课", "按当前选择，这一天没有课。", ["三年级1班", "三年级2班"]),
            ("?course=数学课&span=week", "按当前选择，这一周没有课。", ["三年级1班", "三年级2班"]),
            ("?of=三年级2班", "按当前选择，这一天没有课。", ["三年级1班", "三年级2班"]),
            ("?by=teacher&of=li2", "按当前选择，这一天没有课。", ["李老师", "李小明"]),
            ("?by=teacher&grade=二年级", "没有老师。", None),
        ],
    )
    def test_is_said_where_other_lessons_are(
        self,
        client: Client,
        plan_at: PlanAt,
        other_class_group: ClassGroup,
        query: str,
        words: str,
        options: list[str] | None,
    ):
        UserFactory.create(display_name="李小明", username="li2", roles=[Role.TEACHER])
        ClassGroupFactory.create(name="二年级1班")
        CourseFactory.create(name="数学课")
        plan_at("语文课", "08:10")

        page = page_of(client, query)

        assert page.all("table") == []
        assert [card.text for card in page.all("div", "card")] == [words]
        offered = [each.text for each in page.all("option")]
        assert [name for name in offered if name != "二年级1班"] == (options or [])

    @pytest.mark.parametrize("query", ["?course=数学课", "?by=teacher&grade=二年级", "?span=week"])
    def test_is_said_alike_on_paper(self, client: Client, plan_at: PlanAt, query: str):
        ClassGroupFactory.create(name="二年级1班")
        CourseFactory.create(name="数学课")
        plan_at("语文课", "08:10", days=7 if "week" in query else 0)

        shown = page_of(client, query)
        printed = main(client.get(f"{MATRIX}print/{query}"))

        (card,) = shown.all("div", "card")
        assert [each.text for each in printed.all("div", "card")] == [card.text]
        assert printed.all("table") == printed.all("button") == []

    def test_days_of_drafts_alone_are_no_days_to_print(self, client: Client, plan_at: PlanAt):
        plan_at("草稿课", "08:10", days=1, is_draft=True)
        plan_at("语文课", "08:10", days=2)

        printed = main(client.get(f"{MATRIX}print/"))

        assert printed.link("下一节课在 2026-12-03。") == f"{MATRIX}2026-12-03/print/"
        assert page_of(client).link("下一节课在 2026-12-02。") == f"{MATRIX}2026-12-02/"


class TestOneAtATime:
    """Phones show one row in place of the table."""

    def lines(self, page: Element) -> list[str]:
        return [each.text for each in page.one("section", "matrix-one").all("li")]

    def test_first_row_with_lessons(
        self, client: Client, term: Term, plan_at: PlanAt, other_class_group: ClassGroup
    ):
        plan_at("语文课", "08:10", class_groups=[other_class_group])

        page = page_of(client)

        assert self.lines(page) == [
            "第1节 08:10–08:50 语文课 李老师",
            "第2节 09:00–09:40",
            "第3节 10:00–10:40",
        ]
        form = page.one("section", "matrix-one").one("form")
        assert form.attrs["action"] == f"{MATRIX}2026-12-01/"
        options = {each.text: "selected" in each.attrs for each in form.all("option")}
        assert options == {"三年级1班": False, "三年级2班": True}

    def test_own_row_of_a_teacher(
        self, signed_in: SignedIn, other_teacher: User, term: Term, plan_at: PlanAt
    ):
        plan_at("语文课", "08:10")

        page = page_of(signed_in(other_teacher), "?by=teacher&span=week")

        assert self.lines(page)[0] == "第1节 08:10–08:50 –"
        chosen = [each.text for each in page.all("option") if "selected" in each.attrs]
        assert chosen == ["赵老师"]
        days = [each.text for each in page.one("section", "matrix-one").all("h3")]
        assert days[0] == "周一 30 廿二"


class TestCost:
    @pytest.mark.parametrize(("query", "expected"), [("", 10), ("?by=teacher&span=week", 10)])
    def test_fixed_number_of_queries(
        self,
        client: Client,
        term: Term,
        plan_at: PlanAt,
        assistant: User,
        query: str,
        expected: int,
    ):
        for number in range(3):
            group = ClassGroupFactory.create()
            teacher = UserFactory.create(roles=[Role.TEACHER])
            plan_at(
                f"课{number}",
                "08:10",
                teacher=teacher,
                class_groups=[group],
                assistants=[assistant],
            )
            if number == 1:
                continue
            page_of(client, query)  # what is read once per process is read

            with CaptureQueriesContext(connection) as asked:
                page_of(client, query)

            assert len(asked) == expected, number
