"""The week page to the letter: heads, hours, cells, whose week it is, and what it costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from edu_platform.lib.moments import weekday_label
from schedule.enums import CloudStatus, DayKind
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, Room, Term, TermDay
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    UnplannedLessonFactory,
    school_time,
)
from tests.support.pages import Element, read, table_of

pytestmark = pytest.mark.django_db

WEEK = "/schedule/2022-10-24/"
HEADS = [
    "周一 24 廿九",
    "周二 25 十月",
    "周三 26 初二",
    "周四 27 初三",
    "周五 28 初四",
    "周六 29 初五",
    "周日 30 初六",
]


def october(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2022, 10, day, hour, minute))  # noqa: DTZ001 -- now it is


@pytest.fixture
def week_of_october(teacher, other_teacher, class_group, other_class_group):
    """Four lessons in the week of 2022-10-24, and one in the week before it."""

    def plan(course: str, group, day: int, hour: int, minute: int = 0, **fields: object) -> Lesson:
        return UnplannedLessonFactory.create(
            course=CourseFactory.create(name=course),
            class_groups=[group],
            starts_at=october(day, hour, minute),
            **{"teacher": teacher} | fields,
        )

    return {
        "chinese": plan("语文课", class_group, 24, 8),
        "maths": plan("数学课", class_group, 24, 8, 55),
        "late": plan("英语课", class_group, 26, 18, 30),
        "foreign": plan("美术课", other_class_group, 28, 10, teacher=other_teacher),
        "before": plan("历史课", class_group, 21, 8),
    }


def page_of(client, path: str = WEEK) -> Element:
    response = client.get(path)
    assert response.status_code == 200
    return read(response.content)


class TestTable:
    def test_heads_hold_weekday_day_and_lunar_day_and_name_their_cells(
        self, signed_in: SignedIn, teacher
    ) -> None:
        page = page_of(signed_in(teacher))

        head, *rows = table_of(page)
        assert head == ["", *HEADS]
        # Hours from eight to eighteen.
        assert [row[0] for row in rows] == [f"{hour:02}:00" for hour in range(8, 19)]
        assert {len(row) for row in rows} == {8}
        table = page.one("table")
        assert table.one("caption").text == "本周课程"
        assert len(table.all("th", scope="col")) == 7
        assert len(table.all("th", scope="row")) == 11
        day = page.one("input", type="date", name="day").attrs
        assert day["value"] == "2022-10-24"
        assert (day["min"], day["max"]) == ("1900-01-31", "2100-12-31")

    def test_heads_in_english_have_no_lunar_days(self, signed_in: SignedIn, teacher) -> None:
        page = page_of(signed_in(teacher, "en"))

        head, *_ = table_of(page)
        assert head[1:3] == ["Mon 24", "Tue 25"]
        assert "廿" not in page.text

    def test_early_and_late_lessons_add_hours(self, signed_in: SignedIn, teacher) -> None:
        for hour in (6, 21):
            UnplannedLessonFactory.create(teacher=teacher, starts_at=october(25, hour, 5))

        _, *rows = table_of(page_of(signed_in(teacher)))

        assert [row[0] for row in rows] == [f"{hour:02}:00" for hour in range(6, 22)]
        assert " 06:05 " in rows[0][2]
        assert " 21:05 " in rows[-1][2]

    def test_lesson_is_one_link_in_the_row_of_its_start_and_in_the_day_list(
        self, signed_in: SignedIn, teacher, week_of_october
    ) -> None:
        client = signed_in(teacher)

        page = page_of(client)

        _, *rows = table_of(page)
        cells = {row[0]: row[1:] for row in rows}
        # Both of Monday's first hour, in the order of their starts.
        assert (
            cells["08:00"][0] == "语文课 08:00 三年级1班 ✓ 已结束 数学课 08:55 三年级1班 ✓ 已结束"
        )
        assert cells["18:00"][2].startswith("英语课 18:30 ")
        filled = [text for row in cells.values() for text in row if text]
        assert len(filled) == 2
        links = {each.attrs["href"]: each.text for each in page.one("table").all("a")}
        for name, course in (("chinese", "语文课 08:00"), ("maths", "数学课 08:55")):
            text = links[f"/schedule/lessons/{week_of_october[name].code}/"]
            assert text.startswith(course)
        days = page.one("ol", "day-list")
        listed = [each.attrs["href"] for each in days.all("a", "day-lesson")]
        assert sorted(listed) == sorted(
            each.attrs["href"] for each in page.one("table").all("a", "lesson")
        )
        assert [each.text for each in days.all("h2")] == ["周一 24 廿九", "周三 26 初二"]

        # One that was never held is marked.
        Room.objects.create(
            lesson=week_of_october["chinese"],
            room_id=5,
            sdk_app_id=1,
            cloud_status=CloudStatus.EXPIRED,
        )
        _, first_hour, *_ = table_of(page_of(client))
        assert first_hour[1] == "语文课 08:00 三年级1班 — 未上课 数学课 08:55 三年级1班 ✓ 已结束"

    def test_title_that_says_more_than_course_and_time_follows_the_start(
        self, signed_in: SignedIn, teacher, week_of_october
    ) -> None:
        lesson = week_of_october["chinese"]
        client = signed_in(teacher)
        for title, shown in (
            ("第三讲 荷花", "第三讲 荷花 三年级1班"),
            ("语文课 期中复习", "语文课 期中复习 三年级1班"),
            ("语文课", "三年级1班"),
            ("语文课 1023-0930", "三年级1班"),  # moved since
        ):
            Lesson.objects.filter(pk=lesson.pk).update(title=title)

            page = page_of(client)

            link = page.one("table").one("a", href=f"/schedule/lessons/{lesson.code}/")
            assert link.text == f"语文课 08:00 {shown} ✓ 已结束", title
            listed = page.one("ol", "day-list").one("a", href=f"/schedule/lessons/{lesson.code}/")
            assert listed.text == f"08:00 08:45 语文课 {shown} ✓ 已结束", title

    def test_only_today_is_marked(self, signed_in: SignedIn, teacher) -> None:
        client = signed_in(teacher)

        assert page_of(client).all(**{"aria-current": "date"}) == []
        today = page_of(client, "/schedule/").one("th", **{"aria-current": "date"})
        assert f" {timezone.localdate().day} " in today.text

    def test_rows_of_a_week_without_bell_times_are_to_the_letter(
        self, signed_in: SignedIn, teacher, week_of_october
    ) -> None:
        lesson = week_of_october["late"]
        TermFactory.create(first_monday=dt.date(2022, 8, 29))

        html = signed_in(teacher).get(WEEK).content.decode()

        body = html.partition('<table class="week">')[2].partition("<tbody>")[2]
        *_hours, last = body.partition("</tbody>")[0].split("\n<tr>")
        assert last.strip() == (
            '<th scope="row">18:00</th><td></td><td></td><td>\n'
            f'<a class="lesson is-over subject-3" href="/schedule/lessons/{lesson.code}/">'
            '<span class="lesson-course">英语课</span> <span class="lesson-time">18:30</span> '
            '<span class="lesson-rest">三年级1班</span> '
            '<span class="lesson-marks"><span class="mark soft">✓ 已结束</span></span></a>'
            "</td><td></td><td></td><td></td><td></td></tr>"
        )


class TestDayList:
    """A phone's list: today first, with the days before it folded away."""

    THURSDAY = october(27, 12)

    def days(self, client) -> tuple[Element, list[str]]:
        days = page_of(client, "/schedule/").one("ol", "day-list")
        return days, [each.text for each in days.all("h2")]

    def test_days_before_today_are_folded_and_counted_if_they_have_lessons(
        self, signed_in: SignedIn, teacher, outsider, week_of_october
    ) -> None:
        later = UnplannedLessonFactory.create(teacher=teacher, starts_at=october(29, 9))

        with time_machine.travel(self.THURSDAY, tick=False):
            days, heads = self.days(signed_in(teacher))
            of_outsider, heads_of_outsider = self.days(signed_in(outsider))

        folded = days.one("details", "days-before")
        assert "open" not in folded.attrs
        assert folded.one("summary").text == "本周前几天：3 节课"
        assert [each.text for each in folded.all("h2")] == ["周一 24 廿九", "周三 26 初二"]
        assert heads[2:] == ["周四 27 初三 · 今天", "周六 29 初五"]
        assert days.all("a", href=f"/schedule/lessons/{later.code}/")
        assert of_outsider.all("details") == []
        assert heads_of_outsider == ["周四 27 初三 · 今天", "周五 28 初四"]


class TestMarks:
    def text_of(self, client, lesson: Lesson) -> str:
        page = page_of(client, f"/schedule/{timezone.localdate(lesson.starts_at)}/")
        return page.one("a", "lesson", href=f"/schedule/lessons/{lesson.code}/").text

    def test_running(self, signed_in: SignedIn, teacher, lesson_from_now) -> None:
        lesson = lesson_from_now(-5, 40)
        start = timezone.localtime(lesson.starts_at)

        text = self.text_of(signed_in(teacher), lesson)

        assert text == f"语文课 {start:%H:%M} 三年级1班 ● 进行中"

    def test_open(self, signed_in: SignedIn, teacher, lesson_from_now) -> None:
        text = self.text_of(signed_in(teacher), lesson_from_now(20, 60))

        assert text.endswith("三年级1班 → 可进入")

    def test_opening_of_today_s_lessons(
        self, signed_in: SignedIn, teacher, student, lesson
    ) -> None:
        for user, opens in ((teacher, "07:30"), (student, "07:50")):
            with time_machine.travel(lesson.starts_at - dt.timedelta(hours=2), tick=False):
                today = self.text_of(signed_in(user), lesson)
            with time_machine.travel(lesson.starts_at - dt.timedelta(hours=12), tick=False):
                evening_before = self.text_of(signed_in(user), lesson)

            assert today == f"{evening_before} {opens} 起可进入", user

    def test_cancelled_with_its_reason(self, signed_in: SignedIn, student, lesson) -> None:
        cancel_lesson(lesson, reason="老师生病", at=timezone.now())

        text = self.text_of(signed_in(student), lesson)

        assert text == "语文课 08:00 李老师 ✕ 已取消 老师生病"

    @pytest.fixture
    def moved(self, teacher, class_group) -> Lesson:
        """From tomorrow at ten to the hour after."""
        lesson = UnplannedLessonFactory.create(
            course=CourseFactory.create(name="语文 <b>课"),
            teacher=teacher,
            class_groups=[class_group],
            starts_at=school_time(1, 10),
        )
        plan = plan_of(lesson)
        later = replace(plan, starts_at=school_time(1, 11), ends_at=school_time(1, 12))
        change_lesson(lesson, later)
        return lesson

    def test_moved_with_its_old_place(self, signed_in: SignedIn, student, moved: Lesson) -> None:
        day = school_time(1, 10)

        page = page_of(signed_in(student), f"/schedule/{day:%Y-%m-%d}/")

        weekday = weekday_label(day.date())
        address = f"/schedule/lessons/{moved.code}/"
        old, listed = page.one("a", "old-place"), page.one("a", "day-old-place")
        assert old.text == f"语文 <b>课 10:00 改到 {weekday} 11:00"
        assert listed.text == f"10:00 语文 <b>课 改到 {weekday} 11:00"
        assert [each.text for each in (old.one("del"), *listed.all("del"))] == [
            "语文 <b>课 10:00",
            "10:00",
            "语文 <b>课",
        ]
        assert (old.attrs["href"], listed.attrs["href"]) == (address, address)
        assert "↷ 时间已改" in page.one("a", "lesson").text
        assert "↷ 时间已改" in page.one("a", "day-lesson").text
        page = page_of(signed_in(student, "en"), f"/schedule/{day:%Y-%m-%d}/")
        assert " Moved to " in page.one("a", "old-place").text
        assert "↷ Time changed" in page.one("a", "lesson").text

    def test_draft_only_for_planners_who_look_at_the_teacher(
        self, signed_in: SignedIn, teacher, planner, supervisor, lesson_from_now
    ) -> None:
        draft = lesson_from_now(24 * 60, 25 * 60, is_draft=True)
        path = f"/schedule/{timezone.localdate(draft.starts_at)}/"

        seen = page_of(signed_in(planner), f"{path}?teacher=teacher").one("a", "lesson")

        assert seen.text.endswith("◇ 草稿")
        assert page_of(signed_in(teacher), path).all("a", "lesson") == []
        assert page_of(signed_in(supervisor), f"{path}?teacher=teacher").all("a", "lesson") == []


class TestWhoseWeek:
    def courses(self, client, path: str = WEEK) -> set[str]:
        return {
            each.text for each in page_of(client, path).one("table").all("span", "lesson-course")
        }

    def test_people_see_their_own(
        self, signed_in: SignedIn, student, outsider, other_teacher, planner, week_of_october
    ) -> None:
        assert self.courses(signed_in(student)) == {"语文课", "数学课", "英语课"}
        assert self.courses(signed_in(outsider)) == {"美术课"}
        assert self.courses(signed_in(other_teacher)) == {"美术课"}
        assert self.courses(signed_in(planner)) == set()

    def test_staff_and_supervisors_choose(
        self, signed_in: SignedIn, planner, supervisor, administrator, week_of_october
    ) -> None:
        expected: dict[str, set[str]] = {
            "teacher=teacher": {"语文课", "数学课", "英语课"},
            "class_group=三年级2班": {"美术课"},
            "teacher=teacher&class_group=三年级2班": set(),
            "teacher=&class_group=": set(),
        }
        for person in (planner, supervisor, administrator):
            client = signed_in(person)
            shown = {query: self.courses(client, f"{WEEK}?{query}") for query in expected}
            assert shown == expected, person

    def test_choice_stays_chosen_on_the_way_through_the_weeks(
        self, signed_in: SignedIn, planner, week_of_october
    ) -> None:
        client = signed_in(planner)

        page = page_of(client, f"{WEEK}?teacher=teacher")

        assert page.one("option", selected="", value="teacher").text == "李老师 (teacher)"
        assert all("aria-invalid" not in each.attrs for each in page.all("select"))
        assert page.link("‹ 上一周") == "/schedule/2022-10-17/?teacher=teacher"
        assert self.courses(client, page.link("‹ 上一周")) == {"历史课"}
        assert page.link("下一周 ›") == "/schedule/2022-10-31/?teacher=teacher"
        assert page.link("本周") == "/schedule/?teacher=teacher"

    def test_choice_is_folded_until_somebody_is_chosen_or_needs_to_be(
        self, signed_in: SignedIn, planner, teacher, week_of_october
    ) -> None:
        client = signed_in(planner)
        UnplannedLessonFactory.create(teacher=planner, starts_at=october(17, 9))

        def is_open(path: str) -> bool:
            return "open" in page_of(client, path).one("details", "filters-fold").attrs

        assert is_open(f"{WEEK}?teacher=teacher")
        assert is_open(WEEK)  # nothing of their own
        assert not is_open("/schedule/2022-10-17/")
        assert page_of(signed_in(teacher)).all("details", "filters-fold") == []

    def test_others_may_not_choose(
        self, signed_in: SignedIn, student, teacher, week_of_october
    ) -> None:
        for person in (student, teacher):
            client = signed_in(person)
            for query in ("teacher=teacher", "class_group=三年级1班", "teacher=nobody"):
                assert client.get(f"{WEEK}?{query}").status_code == 404, (person, query)
            assert page_of(client).all("select") == [], person

    def test_unknown_ones_are_not_found(
        self, signed_in: SignedIn, planner, student, teacher
    ) -> None:
        client = signed_in(planner)
        queries = (
            "teacher=nobody",
            "teacher=student",
            "class_group=四年级9班",
            "teacher=李老师",
            "teacher=%00",
        )

        answers = {query: client.get(f"{WEEK}?{query}").status_code for query in queries}

        assert answers == dict.fromkeys(queries, 404)


class TestWays:
    def test_weeks_before_and_after(self, signed_in: SignedIn, teacher, week_of_october) -> None:
        page = page_of(signed_in(teacher), "/schedule/2022-10-30/")

        assert table_of(page)[0][1:] == HEADS
        assert page.link("‹ 上一周") == "/schedule/2022-10-17/"
        assert page.link("下一周 ›") == "/schedule/2022-10-31/"
        assert page.link("本周") == "/schedule/"

    def test_title_names_the_days(self, signed_in: SignedIn, teacher) -> None:
        assert page_of(signed_in(teacher)).one("h1").text == "2022年10月24日 – 30日"
        assert page_of(signed_in(teacher, "en")).one("h1").text == "24 – 30 Oct 2022"
        new_year = page_of(signed_in(teacher), "/schedule/2024-12-30/")
        assert new_year.one("h1").text == "2024年12月30日 – 2025年1月5日"

    def test_day_field_leads_to_its_week(self, signed_in: SignedIn, planner, teacher) -> None:
        client = signed_in(planner)

        answer = client.get("/schedule/?teacher=teacher&day=2022-10-26")

        assert answer.status_code == 302
        assert answer["Location"] == "/schedule/2022-10-26/?teacher=teacher"

    def test_malformed_day_counts_as_absent_and_one_that_does_not_exist_is_missing(
        self, signed_in: SignedIn, teacher
    ) -> None:
        client = signed_in(teacher)
        for day in ("", "tomorrow", "2022-13-01", "1899-01-01", "2101-01-01"):
            page = page_of(client, f"/schedule/?day={day}")
            assert page.all("th", **{"aria-current": "date"}), day
        for path in ("/schedule/2022-13-01/", "/schedule/2022-02-30/"):
            assert client.get(path).status_code == 404, path

    def test_home_leads_here(self, signed_in: SignedIn, client, teacher) -> None:
        assert signed_in(teacher).get("/")["Location"] == "/schedule/"
        assert client.get("/")["Location"] == "/accounts/login/?next=/"


class TestEmptyWeek:
    def test_leads_to_the_next_lesson(self, signed_in: SignedIn, student, lesson) -> None:
        page = page_of(signed_in(student))
        day = timezone.localdate(lesson.starts_at)

        assert "这一周没有课。" in page.one("main").text
        assert page.link(f"下一节课在 {day}。") == f"/schedule/{day}/"

    def test_without_any_lesson_says_what_comes(self, signed_in: SignedIn, student) -> None:
        page = page_of(signed_in(student))

        assert "这一周没有课。 排好课后，课程会显示在这里。" in page.one("main").text

    def test_says_to_who_plans_nothing_of_the_school_having_no_lessons(
        self, signed_in: SignedIn, planner, lesson
    ) -> None:
        main = page_of(
            signed_in(planner), f"/schedule/{timezone.localdate(lesson.starts_at)}/"
        ).one("main")

        assert "您自己没有课：请在上方选择老师或班级。" in main.text
        assert "这一周没有课" not in main.text


class TestNextClass:
    def test_running_class_comes_first_with_its_button(
        self, signed_in: SignedIn, student, lesson_from_now
    ) -> None:
        running = lesson_from_now(-5, 40)

        card = page_of(signed_in(student)).one("section", "next-lesson")

        assert card.text.startswith("● 正在上课 语文课 · 李老师")
        (form,) = card.forms_to(f"/schedule/lessons/{running.code}/enter/")
        assert form.one("button").text == "进入课堂"

    def test_coming_class_says_when_it_opens(self, signed_in: SignedIn, student, lesson) -> None:
        card = page_of(signed_in(student)).one("section", "next-lesson")

        opens = timezone.localtime(lesson.starts_at) - dt.timedelta(minutes=10)
        assert card.text.startswith("下一节 ")
        assert f"{opens:%m-%d %H:%M} 起可进入" in card.text
        assert card.all("form") == []


class TestPeriods:
    """The bell times of the term that holds the week."""

    @pytest.fixture(autouse=True)
    def _bell_times(self) -> None:
        term = TermFactory.create(name="秋季学期", first_monday=dt.date(2022, 8, 29), weeks=20)
        set_bell_times(
            term,
            [
                BellSpan(dt.time(8), dt.time(8, 45)),
                BellSpan(dt.time(8, 55), dt.time(9, 40)),
                BellSpan(dt.time(10), dt.time(10, 45)),
            ],
        )

    def test_stand_beside_the_start(
        self, signed_in: SignedIn, teacher, other_teacher, week_of_october
    ) -> None:
        UnplannedLessonFactory.create(
            course=CourseFactory.create(name="科学课"),
            teacher=teacher,
            starts_at=october(25, 8, 55),
            ends_at=october(25, 10, 45),
        )
        UnplannedLessonFactory.create(
            teacher=teacher, starts_at=october(26, 8), ends_at=october(26, 8, 40)
        )

        page = page_of(signed_in(teacher))

        _, first, second, *_ = table_of(page)
        assert first[1] == "语文课 08:00 第1节 三年级1班 ✓ 已结束"
        assert second[1] == "数学课 08:55 第2节 三年级1班 ✓ 已结束"
        listed = page.one("ol", "day-list").all("a", "day-lesson")[0]
        assert listed.text == "第1节 08:00 08:45 语文课 三年级1班 ✓ 已结束"
        # A lesson of several; and one that does not begin and end with them.
        assert second[2].startswith("科学课 08:55 第2–3节 ")
        assert " 08:00 " in first[3]
        assert "节" not in first[3]

    def test_week_says_which_of_the_term_it_is_if_any(self, signed_in: SignedIn, teacher) -> None:
        for language, week, shown in (
            ("zh-hans", "2022-10-24", "秋季学期 · 第9周 · 单周"),
            ("en", "2022-11-06", "秋季学期 · Week 10 · even week"),
        ):
            page = page_of(signed_in(teacher, language), f"/schedule/{week}/")
            assert shown in page.one("div", "page-head").text

        page = page_of(signed_in(teacher), "/schedule/2022-08-28/")
        assert "学期" not in page.one("div", "page-head").text
        assert table_of(page)[1][0] == "08:00"

    def test_week_says_which_days_are_not_as_usual(self, signed_in: SignedIn, teacher) -> None:
        term = Term.objects.get()
        holiday = {"term": term, "kind": DayKind.HOLIDAY, "name": "国庆节"}
        school_day = {"term": term, "kind": DayKind.WORKDAY}
        TermDay.objects.create(date=dt.date(2022, 10, 24), **holiday)
        TermDay.objects.create(date=dt.date(2022, 10, 25), **holiday)
        saturday, sunday = dt.date(2022, 10, 29), dt.date(2022, 10, 30)
        TermDay.objects.create(date=saturday, plan_weekday=1, name="国庆节", **school_day)
        TermDay.objects.create(date=sunday, **school_day)
        TermDay.objects.create(date=dt.date(2022, 10, 31), **holiday)

        for language, shown in (
            ("zh-hans", ["周一、周二放假（国庆节）", "周六补周一的课（国庆节）", "周日上课"]),
            (
                "en",
                [
                    "Mon、Tue: holiday (National Day)",
                    "Sat: lessons of Mon (National Day)",
                    "Sun: school day",
                ],
            ),
        ):
            page = page_of(signed_in(teacher, language))
            notes = [each.text for each in page.one("div", "page-head").all("p", "soft")]
            assert notes[1:] == shown


def test_term_without_bell_times_shows_its_week_alone(signed_in: SignedIn, teacher) -> None:
    TermFactory.create(name="秋季学期", first_monday=dt.date(2022, 8, 29))

    page = page_of(signed_in(teacher))

    assert "第9周" in page.one("div", "page-head").text
    assert table_of(page)[1][0] == "08:00"


class TestQueries:
    """Many lessons cost the page as many queries as one."""

    def queries(self, client, path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    def fill(self, teacher, assistant, class_group, numbers: range) -> str:
        """Lessons in the week after the next, none of them near; returns its address."""
        monday = 14 - timezone.localdate().weekday()
        for number in numbers:
            LessonFactory.create(
                teacher=teacher,
                assistants=[assistant],
                class_groups=[class_group],
                starts_at=school_time(monday + number, 8),
            )
        return f"/schedule/{school_time(monday, 8):%Y-%m-%d}/"

    def test_lessons_people_and_class_groups_cost_nothing_more(
        self, signed_in: SignedIn, teacher, assistant, student, planner, class_group
    ) -> None:
        expected = {
            (signed_in(teacher), ""): 8,
            (signed_in(student), ""): 8,
            (signed_in(planner), "?teacher=teacher"): 9,
        }
        for numbers in (range(1), range(1, 4)):
            path = self.fill(teacher, assistant, class_group, numbers)
            for (client, query), queries in expected.items():
                lessons = page_of(client, path + query).one("table").all("a", "lesson")
                assert len(lessons) == numbers.stop, query
                assert self.queries(client, path + query) == queries, (query, numbers)

        for _ in range(3):
            UserFactory.create(roles=[Role.TEACHER])
            MembershipFactory.create()

        assert self.queries(signed_in(planner), f"{path}?teacher=teacher") == 9
