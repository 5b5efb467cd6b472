"""The weeks of many on paper: whose pages there are, and what each says."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from schedule.lessons.change import change_lesson
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    TermFactory,
    UnplannedLessonFactory,
)
from tests.support.lessons import changed
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

PRINT = "/schedule/2022-10-26/print/"


def october(day: int, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2022, 10, day, hour))  # noqa: DTZ001 -- now it is


@pytest.fixture
def merged(teacher: User, class_group: ClassGroup, other_class_group: ClassGroup) -> Lesson:
    """Return a lesson of both class groups on Monday; make one of the first alone on Tuesday."""
    UnplannedLessonFactory.create(
        course=CourseFactory.create(name="数学课"),
        teacher=teacher,
        class_groups=[class_group],
        starts_at=october(25, 9),
    )
    return UnplannedLessonFactory.create(
        course=CourseFactory.create(name="体育课"),
        teacher=teacher,
        class_groups=[class_group, other_class_group],
        starts_at=october(24, 8),
    )


def page_of(client: Client, query: str = "") -> Element:
    answer = client.get(PRINT + query)
    assert answer.status_code == 200
    return main(answer)


def sheets_of(page: Element) -> dict[str, list[str]]:
    """The lessons of each sheet, by its heading."""
    sections = page.all("section", "sheet")
    return {
        each.one("h2").text: [lesson.text for lesson in each.all("a", "lesson")]
        for each in sections
    }


class TestClassGroups:
    def test_merged_lesson_stands_on_both_sheets(
        self, signed_in: SignedIn, planner: User, merged: Lesson
    ):
        SchoolSettings.objects.create(pk=1, school_name="实验小学")

        page = page_of(signed_in(planner))

        one, other = sheets_of(page).items()
        assert [one[0], other[0]] == ["实验小学 · 三年级1班", "实验小学 · 三年级2班"]
        assert [text.split()[0] for text in one[1]] == ["体育课", "数学课"]
        assert "李老师 · 三年级1班、三年级2班" in other[1][0]
        assert one[1][1] == "数学课 09:00 李老师"
        assert page.link("三年级2班") == "#sheet-2"
        assert page.one(id="sheet-2").one("h2").text == other[0]

    def test_those_without_lessons_are_named_and_have_no_sheet(
        self, signed_in: SignedIn, planner: User, merged: Lesson
    ):
        ClassGroupFactory.create(name="四年级1班")
        ClassGroupFactory.create(name="二年级8班", archived_at=timezone.now())

        page = page_of(signed_in(planner, "en"))

        assert len(sheets_of(page)) == 2
        without = page.one("details")
        assert without.text == "1 without lessons in this week: no page 四年级1班"

    def test_archived_class_group_of_the_same_name_is_another(
        self, signed_in: SignedIn, planner: User, merged: Lesson, class_group: ClassGroup
    ):
        class_group.archived_at = timezone.now()
        class_group.save()
        ClassGroupFactory.create(name=class_group.name)

        assert list(sheets_of(page_of(signed_in(planner)))) == ["云课堂 · 三年级2班"]

    def test_chosen_ones(self, signed_in: SignedIn, supervisor: User, merged: Lesson):
        page = page_of(signed_in(supervisor), "?class_group=三年级2班")

        assert list(sheets_of(page)) == ["云课堂 · 三年级2班"]
        for wrong in ("三年级7班", "%00"):
            query = f"?class_group=三年级2班&class_group={wrong}"
            assert signed_in(supervisor).get(PRINT + query).status_code == 404

    def test_drafts_and_old_places_are_left_out(
        self, signed_in: SignedIn, planner: User, merged: Lesson, other_class_group: ClassGroup
    ):
        UnplannedLessonFactory.create(
            class_groups=[other_class_group], starts_at=october(26, 8), is_draft=True
        )
        later = dt.timedelta(days=1)
        times = {"starts_at": merged.starts_at + later, "ends_at": merged.ends_at + later}
        change_lesson(merged, changed(merged, **times))

        page = page_of(signed_in(planner))

        assert [len(lessons) for lessons in sheets_of(page).values()] == [2, 1]
        assert page.all(css_class="old-place") == []

    def test_week_of_a_term_stands_above(self, signed_in: SignedIn, planner: User, merged: Lesson):
        TermFactory.create(name="秋季学期", first_monday=dt.date(2022, 8, 29))

        page = page_of(signed_in(planner))

        sheet = page.one(id="sheet-1")
        assert "秋季学期 · 第9周 · 单周" in sheet.all("p")[0].text
        assert sheet.one("table").all("th")[0].text == "周一 24 廿九"

    def test_week_without_lessons(self, signed_in: SignedIn, planner: User):
        page = page_of(signed_in(planner, "en"))

        assert "No lessons in this week." in page.text
        assert page.all("button") == []


class TestTeachers:
    def test_everybody_who_teaches_or_assists_has_a_sheet(
        self, signed_in: SignedIn, planner: User, merged: Lesson, assistant: User
    ):
        change_lesson(merged, changed(merged, assistants=(assistant,)))
        UserFactory.create(display_name="郑老师", roles=[Role.TEACHER])

        page = page_of(signed_in(planner, "en"), "?of=teachers")

        sheets = sheets_of(page)
        assert list(sheets) == ["云课堂 · 陈助教", "云课堂 · 李老师"]
        assert "三年级1班、三年级2班 · 李老师" in sheets["云课堂 · 陈助教"][0]
        assert "郑老师" in page.one("details").text

    def test_those_of_one_name_have_their_usernames_as_well(
        self, signed_in: SignedIn, planner: User, merged: Lesson
    ):
        UserFactory.create(display_name="李老师", username="li2", roles=[Role.TEACHER])

        page = page_of(signed_in(planner), "?of=teachers")

        assert list(sheets_of(page)) == ["云课堂 · 李老师 (teacher)"]
        assert "李老师 (li2)" in page.one("details").text


class TestAccess:
    def test_others_find_nothing(
        self, signed_in: SignedIn, outsider: User, teacher: User, merged: Lesson
    ):
        for person in (outsider, teacher):
            client = signed_in(person)
            for query in ("", "?of=teachers", "?class_group=三年级1班"):
                assert client.get(PRINT + query).status_code == 404, (person, query)

    def test_week_leads_there_for_who_may(self, signed_in: SignedIn, planner: User, teacher: User):
        path = "/schedule/2022-10-26/"
        page = read(signed_in(planner, "en").get(path).content)

        assert page.link("Print the timetables of all class groups") == PRINT
        assert PRINT not in signed_in(teacher).get(path).content.decode()


class TestQueries:
    def test_fixed_number(self, signed_in: SignedIn, planner: User, assistant: User):
        client = signed_in(planner)
        for count in range(1, 5):
            LessonFactory.create(starts_at=october(24, 7 + count), assistants=[assistant])
            if count not in (1, 4):
                continue
            for query, sheets, expected in (("", count, 8), ("?of=teachers", count + 1, 7)):
                page_of(client, query)  # what is read once per process is read

                with CaptureQueriesContext(connection) as asked:
                    page = page_of(client, query)

                assert len(sheets_of(page)) == sheets, (query, count)
                assert len(asked) == expected, (query, count)
