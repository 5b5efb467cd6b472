"""A week with bell times: its rows are periods, what begins with none has a row between them, and breaks are thin."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from schedule.enums import CourseColour
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.models import ClassGroup, Course, Lesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory, TermFactory, UnplannedLessonFactory
from tests.support.lessons import changed
from tests.support.pages import Element, read, table_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# A Wednesday.
WEEK = "/schedule/2026-09-02/"
BELLS = "08:10-08:50,09:00-09:40,10:00-10:40,10:50-11:30,14:00-14:40,14:50-15:30"
PERIODS = [
    f"第{number}节 {times.replace('-', '–')}" for number, times in enumerate(BELLS.split(","), 1)
]
FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = PERIODS
LUNCH = "午休"
EARLY = dt.datetime(2026, 9, 2, 6, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture(autouse=True)
def _bell_times() -> None:
    set_bell_times(TermFactory.create(first_monday=dt.date(2026, 8, 31)), read_bells(BELLS))


def at(hour: int, minute: int = 0, day: int = 2) -> dt.datetime:
    """A moment of September, in Shanghai."""
    return EARLY.replace(day=day, hour=hour, minute=minute)


def plan(course: str, starts_at: dt.datetime, minutes: int = 40, **fields: Any) -> Lesson:
    fields = {"ends_at": starts_at + dt.timedelta(minutes=minutes)} | fields
    made = Course.objects.filter(name=course).first() or CourseFactory.create(name=course)
    return UnplannedLessonFactory.create(course=made, starts_at=starts_at, **fields)


def page_at(now: dt.datetime, client: Client, path: str = WEEK) -> Element:
    with time_machine.travel(now, tick=False):
        answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("main")


def rows_of(page: Element) -> dict[str, list[str]]:
    """The texts of the seven days, by the text of the row's head."""
    _head, *rows = table_of(page)
    assert {len(row) for row in rows} == {8}
    return {row[0]: row[1:] for row in rows}


def row_of(page: Element, head: str) -> Element:
    rows = page.one("table").one("tbody").all("tr")
    (row,) = (each for each in rows if each.one("th", scope="row").text == head)
    return row


class TestHeads:
    def test_each_period_has_a_row_in_both_languages(self, signed_in: SignedIn, teacher: User):
        first, *others = table_of(page_at(EARLY, signed_in(teacher)))

        assert first[1:3] == ["周一 31 十九", "周二 1 二十"]
        assert [row[0] for row in others] == [FIRST, SECOND, THIRD, FOURTH, LUNCH, FIFTH, SIXTH]
        assert list(rows_of(page_at(EARLY, signed_in(teacher, "en")))) == [
            *("Period 1 08:10–08:50", "Period 2 09:00–09:40", "Period 3 10:00–10:40"),
            *("Period 4 10:50–11:30", "Lunch break", "Period 5 14:00–14:40"),
            "Period 6 14:50–15:30",
        ]

    def test_only_long_breaks_have_a_row_and_others_that_are_not_the_usual_a_thicker_line(
        self, signed_in: SignedIn, teacher: User
    ):
        page = page_at(EARLY, signed_in(teacher))

        thicker = [row.one("th").text for row in page.one("table").all("tr", "after-break")]
        assert thicker == [THIRD]
        assert [row.one("th").text for row in page.one("table").all("tr", "break")] == [LUNCH]

    def test_long_break_at_another_time_is_no_lunch_break(self, signed_in: SignedIn, teacher: User):
        term = TermFactory.create(first_monday=dt.date(2027, 3, 1))
        set_bell_times(term, read_bells("08:00-08:40,10:00-10:40,12:30-13:10,17:00-17:40"))

        page = page_at(EARLY, signed_in(teacher), "/schedule/2027-03-03/")

        breaks = [row.one("th").text for row in page.one("table").all("tr", "break")]
        assert breaks == ["休息", LUNCH, "休息"]

    def test_weeks_of_no_term_and_of_terms_without_bell_times_have_hours(
        self, signed_in: SignedIn, teacher: User
    ):
        TermFactory.create(first_monday=dt.date(2027, 3, 1))
        for path in ("/schedule/2026-08-26/", "/schedule/2027-03-03/"):
            page = page_at(EARLY, signed_in(teacher), path)

            assert [*rows_of(page)] == [f"{hour:02}:00" for hour in range(8, 19)], path
            assert page.one("table").attrs["class"] == "week", path


class TestPlaces:
    def test_lesson_stands_in_the_row_of_the_period_that_begins_with_it(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup
    ):
        fields: dict[str, Any] = {"teacher": teacher, "class_groups": [class_group]}
        plan("语文课", at(8, 10), **fields)
        plan("数学课", at(14, 0, day=4), 30, **fields)
        plan("英语课", at(14, 50, day=4).replace(second=20), **fields)

        rows = rows_of(page_at(EARLY, signed_in(teacher)))

        assert rows[FIRST] == ["", "", "语文课 08:10 第1节 三年级1班 07:40 起可进入", *[""] * 4]
        # It begins with the period, and ends before it.
        assert rows[FIFTH][4] == "数学课 14:00 三年级1班"
        assert rows[SIXTH][4].startswith("英语课 14:50 ")
        assert [head for head, cells in rows.items() if any(cells)] == [FIRST, FIFTH, SIXTH]

    def test_period_is_seen_once_in_its_row_and_beside_lessons_of_several(
        self, signed_in: SignedIn, teacher: User
    ):
        plan("语文课", at(8, 10), teacher=teacher)
        plan("英语课", at(8, 10, day=3), 90, teacher=teacher)

        page = page_at(EARLY, signed_in(teacher))

        one, several = row_of(page, FIRST).all("span", "lesson-periods")
        assert (one.text, "visually-hidden" in one.classes) == ("第1节", True)
        assert (several.text, "visually-hidden" in several.classes) == ("第1–2节", False)

    def test_what_begins_with_no_period_has_a_row_at_its_time(
        self, signed_in: SignedIn, teacher: User
    ):
        plan("早读", at(7, 40), 20, teacher=teacher)
        plan("语文课", at(8, 30, day=3), 20, teacher=teacher)
        for day, minutes in ((1, 40), (4, 50)):
            plan("合唱团", at(12, 30, day=day), minutes, teacher=teacher)
        plan("晚自习", at(23, 30, day=5), 60, teacher=teacher)

        page = page_at(EARLY, signed_in(teacher))

        rows = rows_of(page)
        assert list(rows) == [
            *("07:40–08:00", FIRST, "08:30–08:50", SECOND, THIRD, FOURTH),
            # They end at different times. There is no row for the break in which they lie.
            *("12:30", FIFTH, SIXTH, "23:30"),
        ]
        assert [day for day, cell in enumerate(rows["12:30"]) if cell] == [1, 4]
        assert rows["08:30–08:50"][3].startswith("语文课 08:30 ")
        thin = [row.one("th").text for row in page.one("table").all("tr", "between")]
        assert thin == ["07:40–08:00", "08:30–08:50", "12:30", "23:30"]

    def test_lesson_over_several_periods_is_said_in_the_later_ones(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup
    ):
        plan("美术课", at(8, 10), 150, teacher=teacher)
        plan("体育课", at(10, 50), 45, class_groups=[class_group], teacher=teacher)
        cancelled = plan("音乐课", at(14, 0), 90, teacher=teacher)
        with time_machine.travel(EARLY, tick=False):
            cancel_lesson(cancelled, reason="", at=EARLY)

        for language, words in (
            ("zh-hans", "美术课（上到 10:40）"),
            ("en", "美术课 runs until 10:40"),
        ):
            page = page_at(EARLY, signed_in(teacher, language))

            cells = [row.all("td")[2] for row in page.one("table").one("tbody").all("tr")]
            texts = {number: cell.text for number, cell in enumerate(cells) if "美术" in cell.text}
            assert list(texts) == [0, 1, 2]
            assert (texts[1], texts[2]) == (words, words)
            (second,) = cells[1].all("span", "running-on")
            assert "subject-4" in second.classes
            # A cancelled lesson does not run on.
            assert cells[6].text == ""

    def test_row_between_says_what_runs_on_only_where_something_begins(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup
    ):
        for day in (1, 2):
            plan("语文课", at(8, 10, day=day), teacher=teacher, class_groups=[class_group])
        plan("数学课", at(8, 30), 20, teacher=teacher, class_groups=[class_group])

        rows = rows_of(page_at(EARLY, signed_in(teacher)))

        assert rows["08:30–08:50"][2].startswith("语文课（上到 08:50） 数学课 08:30 ")
        assert rows["08:30–08:50"][1] == ""

    def test_lessons_of_one_period_at_once_stand_beside_each_other(
        self, signed_in: SignedIn, planner: User, class_group: ClassGroup
    ):
        for course in ("语文课", "数学课"):
            plan(course, at(9), class_groups=[class_group], overlap_reason="走班")

        page = page_at(EARLY, signed_in(planner), f"{WEEK}?class_group=三年级1班")

        (beside,) = page.one("table").all("div", "lessons-beside")
        assert row_of(page, SECOND).all("div", "lessons-beside") == [beside]

    def test_old_place_of_a_moved_lesson_stands_in_the_period_that_it_left(
        self, signed_in: SignedIn, teacher: User
    ):
        lesson = plan("语文课", at(9), teacher=teacher)
        later = {"starts_at": at(13, day=4), "ends_at": at(13, 40, day=4)}
        with time_machine.travel(EARLY, tick=False):
            change_lesson(lesson, changed(lesson, **later))

        rows = rows_of(page_at(EARLY, signed_in(teacher)))

        assert rows[SECOND][2] == "语文课 09:00 改到 周五 13:00"
        assert rows["13:00–13:40"][4].startswith("语文课 13:00 ")

    def test_list_of_a_phone_says_the_period_beside_the_time(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup
    ):
        for hour, minute in ((8, 10), (12, 30)):
            plan("语文课", at(hour, minute, day=3), teacher=teacher, class_groups=[class_group])

        items = page_at(EARLY, signed_in(teacher)).one("ol", "day-list").all("a", "day-lesson")

        times = [each.one("span", "times").text for each in items]
        assert times == ["第1节 08:10 08:50", "12:30 13:10"]
        assert items[0].text == "第1节 08:10 08:50 语文课 三年级1班"

    def test_list_of_a_phone_has_the_breaks_between_the_lessons_of_a_day(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup
    ):
        together: dict[str, Any] = {"teacher": teacher, "class_groups": [class_group]}
        # On Thursday before and after the short break and lunch; on Friday in the lunch break.
        for day, hour, minute in ((3, 8, 10), (3, 9, 0), (3, 10, 0), (3, 14, 0), (4, 9, 0)):
            plan("语文课", at(hour, minute, day=day), **together)
        plan("班会", at(11, 40, day=4), **together)
        plan("体育课", at(14, day=4), **together)
        # On Saturday one that fills it.
        plan("劳动课", at(10, 50, day=5), 190, **together)
        plan("体育课", at(14, day=5), **together)

        page = page_at(EARLY, signed_in(teacher))

        def shown(day: int) -> list[str]:
            items = page.one("li", id=f"day-2026-09-0{day}").one("ol").all("li")
            return [
                each.text or "–"
                if "day-break" in each.classes
                else each.one("span", "lesson-time").text
                for each in items
            ]

        assert shown(3) == ["08:10", "09:00", "–", "10:00", LUNCH, "14:00"]
        assert shown(4) == ["09:00", "–", "11:40", "14:00"]
        assert shown(5) == ["10:50", "14:00"]

    def test_buttons_of_a_phone_lead_to_the_days_that_have_lessons(
        self, signed_in: SignedIn, teacher: User
    ):
        for day in (1, 4):
            plan("语文课", at(9, day=day), teacher=teacher)

        page = page_at(EARLY, signed_in(teacher))

        strip = page.one("nav", "day-strip")
        assert [each.text for each in strip.all("li")] == [
            *("周一 31", "周二 1", "周三 2", "周四 3", "周五 4", "周六 5", "周日 6")
        ]
        links = strip.all("a")
        assert [each.attrs["href"] for each in links] == [f"#day-2026-09-0{n}" for n in (1, 2, 4)]
        assert [each.attrs.get("aria-current") for each in links] == [None, "date", None]
        for link in links:
            assert len(page.all("li", id=link.attrs["href"][1:])) == 1

    def test_weeks_without_bell_times_or_lessons_have_no_buttons(
        self, signed_in: SignedIn, teacher: User
    ):
        plan("语文课", at(9) - dt.timedelta(days=7), teacher=teacher)

        for path in ("/schedule/2026-08-26/", WEEK):
            assert page_at(EARLY, signed_in(teacher), path).all("nav", "day-strip") == [], path


class TestPresentMoment:
    def test_line_stands_in_the_present_row_at_its_share(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        plan("合唱团", at(16, 0), 50, teacher=teacher)
        for hour, minute, head, step in (
            (8, 10, FIRST, "at-00"),
            (8, 30, FIRST, "at-30"),
            (8, 49, FIRST, "at-55"),
            # In a break that has no row it is above the next period.
            (8, 50, SECOND, "at-00"),
            (8, 59, SECOND, "at-00"),
            (9, 10, SECOND, "at-15"),
            (11, 30, LUNCH, "at-00"),
            (12, 45, LUNCH, "at-30"),
            (15, 45, "16:00–16:50", "at-00"),
            (16, 25, "16:00–16:50", "at-30"),
        ):
            page = page_at(at(hour, minute), client)

            (line,) = page.all("span", "now-line")
            assert row_of(page, head).all("td")[2].one("span", "now-line") is line, (hour, minute)
            assert step in line.classes, (hour, minute)

    def test_none_outside_the_rows_and_in_other_weeks(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        for hour, minute, path in ((8, 9, WEEK), (15, 30, WEEK), (9, 0, "/schedule/2026-09-09/")):
            assert page_at(at(hour, minute), client, path).all("span", "now-line") == [], hour

    def test_script_finds_rows_by_their_times(self, signed_in: SignedIn, teacher: User):
        page = page_at(EARLY, signed_in(teacher))

        times = [
            (row.attrs["data-starts"], row.attrs["data-ends"])
            for row in page.one("table").one("tbody").all("tr")
        ]
        assert times[3:6] == [("10:50", "11:30"), ("11:30", "14:00"), ("14:00", "14:40")]


class TestEmptyPlaces:
    PATH = f"{WEEK}?teacher=teacher"

    def test_begin_a_lesson_of_the_period_in_both_languages(
        self, signed_in: SignedIn, planner: User, teacher: User
    ):
        address = "/schedule/lessons/new/?teacher=teacher&date=2026-09-04&start=09:00&end=09:40"
        for language, label in (
            ("zh-hans", f"新课 周五 {SECOND}"),
            ("en", "New lesson Fri Period 2 09:00–09:40"),
        ):
            client = signed_in(planner, language)

            place = page_at(EARLY, client, self.PATH).one("a", "empty-place", href=address)

            assert place.attrs["aria-label"] == label
            form = read(client.get(address).content)
            fields = {name: form.one("input", name=name) for name in ("date", "start", "end")}
            values = [field.attrs["value"] for field in fields.values()]
            assert values == ["2026-09-04", "09:00", "09:40"]

    def test_only_ahead_in_periods_in_which_nothing_is_or_still_runs(
        self, signed_in: SignedIn, planner: User, teacher: User
    ):
        plan("美术课", at(9, 0, day=4), 100, teacher=teacher)
        plan("合唱团", at(16, 0, day=4), teacher=teacher)

        page = page_at(at(10, 10), signed_in(planner), self.PATH)

        links = {
            row.one("th").text: [
                column for column, cell in enumerate(row.all("td")) if cell.all("a", "empty-place")
            ]
            for row in page.one("table").one("tbody").all("tr")
        }
        assert links == {
            # Wednesday's are over, or begun.
            FIRST: [3, 4, 5, 6],
            SECOND: [3, 5, 6],
            THIRD: [3, 5, 6],
            FOURTH: [2, 3, 4, 5, 6],
            LUNCH: [],
            FIFTH: [2, 3, 4, 5, 6],
            SIXTH: [2, 3, 4, 5, 6],
            "16:00–16:40": [],
        }


class TestWeekends:
    def classes(self, client: Client, path: str = WEEK) -> list[str]:
        return page_at(EARLY, client, path).one("table").attrs["class"].split()

    def test_days_that_hold_nothing_are_narrow_and_keep_their_heads(
        self, signed_in: SignedIn, teacher: User
    ):
        client = signed_in(teacher)
        assert self.classes(client) == ["week", "by-periods", "without-saturday", "without-sunday"]

        plan("语文课", at(9, 0, day=5), teacher=teacher)

        assert self.classes(client) == ["week", "by-periods", "without-sunday"]
        heads = table_of(page_at(EARLY, client))[0]
        assert heads[5:] == ["周五 4 廿三", "周六 5 廿四", "周日 6 廿五"]

    def test_place_that_a_lesson_left_is_shown(self, signed_in: SignedIn, teacher: User):
        lesson = plan("语文课", at(9, 0, day=6), teacher=teacher)
        with time_machine.travel(EARLY, tick=False):
            change_lesson(lesson, changed(lesson, starts_at=at(9), ends_at=at(9, 40)))

        assert "without-sunday" not in self.classes(signed_in(teacher))


class TestColours:
    def test_are_those_of_the_course_wherever_the_lesson_stands(
        self, signed_in: SignedIn, teacher: User
    ):
        lesson = plan("语文课", at(9), teacher=teacher)
        client = signed_in(teacher)
        for colour, name in ((CourseColour.BY_NAME, "subject-1"), (CourseColour.PINK, "subject-5")):
            Course.objects.filter(pk=lesson.course_id).update(colour=colour)

            page = page_at(EARLY, client)
            of_lesson = page_at(EARLY, client, f"/schedule/lessons/{lesson.code}/")

            for element in (
                page.one("a", "lesson"),
                page.one("section", "next-lesson"),
                of_lesson.one("div", "lesson-head"),
            ):
                assert name in element.classes, (element.tag, name)
            (listed,) = page.one("ol", "day-list").all("li", name)
            assert listed.all("a", "day-lesson"), name

    def test_what_belongs_to_a_lesson_has_its_colour(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup
    ):
        from replays.enums import ReplayState
        from tests.factories.replays import ReplayFactory

        lesson = plan("数学课", at(9), teacher=teacher, class_groups=[class_group])
        ReplayFactory.create(lesson=lesson, state=ReplayState.READY)

        page = page_at(at(12), signed_in(teacher))

        assert "subject-2" in page.one("table").one("a", "lesson-linked").classes


class TestPaper:
    def test_rows_of_a_sheet_are_periods_too(
        self, signed_in: SignedIn, planner: User, class_group: ClassGroup
    ):
        plan("语文课", at(9), class_groups=[class_group])
        plan("合唱团", at(12, 30), class_groups=[class_group])

        page = page_at(EARLY, signed_in(planner), f"{WEEK}print/")

        rows = rows_of(page)
        assert list(rows) == [FIRST, SECOND, THIRD, FOURTH, "12:30–13:10", FIFTH, SIXTH]
        assert rows[SECOND][2].startswith("语文课 09:00 第2节 ")
        assert "subject-1" in page.one("table").all("a", "lesson")[0].classes
        assert "without-sunday" in page.one("table").classes
