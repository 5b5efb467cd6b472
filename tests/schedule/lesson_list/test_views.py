"""The list of lessons: today first, and found by days, people, class groups, courses and what is not in order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import RecordMode, RoomType
from schedule.lesson_list import views
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, LessonFactory
from tests.support.pages import Element, main

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    # In UTC it is still Sunday.
    pytest.mark.time_machine(dt.datetime(2026, 9, 6, 17, tzinfo=dt.UTC), tick=False),
]

LIST = "/schedule/lessons/"
MONDAY = "2026-09-07"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def lesson_at(text: str, **fields: Any) -> Lesson:
    starts_at = timezone.make_aware(dt.datetime.fromisoformat(text))
    ends_at = starts_at + dt.timedelta(minutes=45)
    return LessonFactory.create(starts_at=starts_at, ends_at=ends_at, title=text, **fields)


def page(client: Client, query: str = "") -> Element:
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return main(answer)


def listed(client: Client, query: str = "") -> list[str]:
    """The titles, which say when the lessons are."""
    return [cell.text.split(" · ")[-1] for cell in page(client, query).all("td", "row-title")]


@pytest.fixture
def lessons() -> list[Lesson]:
    starts = (
        "2026-09-01 08:00",
        "2026-09-06 23:00",
        "2026-09-07 00:30",
        "2026-09-07 15:00",
        "2026-09-08 08:00",
        "2026-09-13 23:30",
        "2026-09-14 00:00",
        "2026-09-20 23:30",
        "2026-09-21 00:00",
    )
    return [lesson_at(start) for start in starts]


IN_ORDER = [
    "2026-09-07 00:30",
    "2026-09-07 15:00",
    "2026-09-08 08:00",
    "2026-09-13 23:30",
    "2026-09-14 00:00",
    "2026-09-20 23:30",
    "2026-09-21 00:00",
    "2026-09-06 23:00",
    "2026-09-01 08:00",
]


class TestOrder:
    @pytest.mark.usefixtures("lessons")
    def test_today_comes_first_then_what_is_to_come_then_what_was(self, client: Client):
        assert listed(client) == IN_ORDER

    def test_pages_go_on_where_the_one_before_ended(self, client: Client, lessons: list[Lesson]):
        more = [lesson_at(f"2026-08-{day:02} 08:00").title for day in range(31, 17, -1)]

        shown = [*listed(client, "?page_size=10"), *listed(client, "?page_size=10&page=2")]

        assert shown == [*IN_ORDER, *more][:20]
        assert listed(client, "?page_size=10&page=99") == more[-3:]

    def test_page_has_fifty(self, client: Client):
        LessonFactory.create_batch(51)

        shown = page(client)

        assert len(shown.all("td", "row-title")) == 50
        assert "51 lessons" in shown.text
        assert len(page(client, "?page=2").all("td", "row-title")) == 1


class TestFilters:
    @pytest.mark.usefixtures("lessons")
    def test_days_are_those_of_the_school(self, client: Client):
        expected = {
            "today": ["2026-09-07 00:30", "2026-09-07 15:00"],
            "tomorrow": ["2026-09-08 08:00"],
            "this-week": [
                *("2026-09-07 00:30", "2026-09-07 15:00", "2026-09-08 08:00", "2026-09-13 23:30"),
            ],
            "next-week": ["2026-09-14 00:00", "2026-09-20 23:30"],
        }

        assert {day: listed(client, f"?day={day}") for day in expected} == expected
        with time_machine.travel(dt.datetime(2026, 9, 13, 15, 30, tzinfo=dt.UTC), tick=False):
            late_on_sunday = listed(client, "?day=this-week")

        assert late_on_sunday[0] == "2026-09-13 23:30"
        assert "2026-09-14 00:00" not in late_on_sunday

    @pytest.mark.usefixtures("lessons")
    def test_first_and_last_day_are_included(self, client: Client):
        assert listed(client, "?from=2026-09-06&to=2026-09-07") == [
            *("2026-09-07 00:30", "2026-09-07 15:00", "2026-09-06 23:00"),
        ]
        assert "comes after the last" in page(client, "?from=2026-09-07&to=2026-09-06").text

    def test_lessons_are_found_by_teacher_class_group_and_course(
        self, client: Client, teacher: User, other_teacher: User
    ):
        group = ClassGroupFactory.create(name="五年级1班")
        course = CourseFactory.create(name="美术课")
        lesson_at(f"{MONDAY} 08:00", teacher=teacher, class_groups=[group])
        lesson_at(f"{MONDAY} 09:00", teacher=other_teacher, class_groups=[group], course=course)
        lesson_at(f"{MONDAY} 10:00", teacher=teacher)
        expected = {
            f"teacher={teacher.username}": ["08:00", "10:00"],
            "class_group=五年级1班": ["08:00", "09:00"],
            "course=美术课": ["09:00"],
            f"teacher={teacher.username}&class_group=五年级1班&day=today": ["08:00"],
        }

        found = {query: listed(client, f"?{query}") for query in expected}

        assert found == {
            query: [f"{MONDAY} {time}" for time in times] for query, times in expected.items()
        }

    def test_lessons_are_found_by_state_type_and_recording(self, client: Client):
        lesson_at(f"{MONDAY} 08:00", is_draft=True)
        cancel_lesson(lesson_at(f"{MONDAY} 09:00"), reason="", at=timezone.now())
        lesson_at(f"{MONDAY} 10:00", record_mode=RecordMode.NONE)
        lesson_at(f"{MONDAY} 11:00", room_type=RoomType.LECTURE)
        expected = {
            "state=draft": ["08:00"],
            "state=cancelled": ["09:00"],
            "state=published": ["10:00", "11:00"],
            "recorded=no": ["10:00"],
            "recorded=yes&state=published": ["11:00"],
            "room_type=1": ["11:00"],
        }

        found = {query: listed(client, f"?{query}") for query in expected}

        assert found == {
            query: [f"{MONDAY} {time}" for time in times] for query, times in expected.items()
        }

    @pytest.mark.both_databases("a search looks into several tables")
    def test_lessons_are_found_by_what_somebody_types(
        self, client: Client, teacher: User, other_teacher: User
    ):
        group = ClassGroupFactory.create(name="合唱团")
        lesson = lesson_at(f"{MONDAY} 08:00", teacher=teacher, class_groups=[group])
        Room.objects.create(lesson=lesson, room_id=300000007, sdk_app_id=1)
        course = CourseFactory.create(name="美术课")
        lesson_at(f"{MONDAY} 09:00", teacher=other_teacher, course=course)
        typed = {
            "美术": ["09:00"],
            "meishu": ["09:00"],
            "hechangtuan": ["08:00"],
            "李老师": ["08:00"],
            "lilaoshi": ["08:00"],
            "other_": ["09:00"],
            lesson.code: ["08:00"],
            f"https://school.example/schedule/lessons/{lesson.code}/": ["08:00"],
            "300000007": ["08:00"],
            "０９：００": ["09:00"],
            "%": [],
            "老_": [],
            "9" * 40: [],
        }

        found = {text: listed(client, f"?q={text.replace('%', '%25')}") for text in typed}

        assert found == {
            text: [f"{MONDAY} {time}" for time in times] for text, times in typed.items()
        }

    def test_offered_are_those_who_teach_and_those_who_did(self, client: Client, lesson: Lesson):
        left = UserFactory.create(display_name="钱老师", roles=[Role.STUDENT])
        lesson_at(f"{MONDAY} 08:00", teacher=left)
        UserFactory.create(display_name="王小明", roles=[Role.STUDENT])

        shown = page(client, f"?teacher={lesson.teacher.username}")

        options = shown.one("select", name="teacher").all("option")
        assert {each.text.split(" (")[0]: "selected" in each.attrs for each in options} == {
            "All teachers": False,
            "李老师": True,
            "陈助教": False,
            "钱老师": False,
        }

    @pytest.mark.parametrize(
        "query",
        [
            *("teacher=nobody", "class_group=x", "course=x", "state=x", "room_type=x", "day=x"),
            *("trouble=x", "recorded=x", "from=x", "to=2026-13-01", "q=%00", "q=" + "长" * 300),
            *("page=x", "page_size=7", "from=0001-01-01", "to=9999-12-31", "teacher=%00"),
        ],
    )
    def test_value_that_cannot_be_counts_as_absent(
        self, client: Client, lesson: Lesson, query: str
    ):
        assert len(listed(client, f"?{query}")) == 1


class TestTrouble:
    def test_drafts_of_the_next_two_days(self, client: Client):
        lesson_at(f"{MONDAY} 08:00", is_draft=True)
        lesson_at(f"{MONDAY} 09:00")
        lesson_at("2026-09-12 08:00", is_draft=True)

        assert listed(client, "?trouble=draft") == [f"{MONDAY} 08:00"]

    def test_lessons_without_a_teacher(self, client: Client, other_teacher: User):
        lesson_at(f"{MONDAY} 08:00", teacher=other_teacher)
        lesson_at(f"{MONDAY} 09:00")
        User.objects.filter(pk=other_teacher.pk).update(is_active=False)

        assert listed(client, "?trouble=without-teacher") == [f"{MONDAY} 08:00"]

    @pytest.mark.parametrize(
        ("trouble", "columns"),
        [
            ("failing", {"failed_at": timezone.now(), "last_error": "no"}),
            ("unrecorded", {"recording_refused": True}),
            ("unsignalled", {"signalling_refused": True}),
        ],
    )
    def test_lessons_by_the_trouble_of_their_rooms(
        self, client: Client, trouble: str, columns: dict[str, Any]
    ):
        late = lesson_at(f"{MONDAY} 08:00", record_mode=RecordMode.SIGNALLING)
        sound = lesson_at(f"{MONDAY} 09:00")
        Room.objects.create(lesson=late, sdk_app_id=1, attempts=3, **columns)
        Room.objects.create(lesson=sound, sdk_app_id=1, room_id=2)

        assert listed(client, f"?trouble={trouble}") == [f"{MONDAY} 08:00"]


class TestDeeds:
    def press(self, client: Client, action: str, lessons: list[Lesson], query: str = "") -> Any:
        data = {"action": action, "code": [lesson.code for lesson in lessons]}
        return client.post(LIST + query, data)

    @pytest.mark.parametrize(
        ("action", "heading"),
        [
            ("publish", "Publish 1 lesson?"),
            ("cancel", "Cancel 1 lesson?"),
            ("restore", "Undo the cancellation of 1 lesson?"),
            ("delete", "Delete 1 lesson?"),
            ("open-rooms", "Open another room for 1 lesson?"),
        ],
    )
    def test_button_asks_before_anything_is_done(
        self, client: Client, lesson: Lesson, action: str, heading: str
    ):
        answer = self.press(client, action, [lesson], "?day=today")

        asked = main(answer)
        assert (answer.status_code, asked.one("h1").text) == (200, heading)
        assert asked.link("Back") == f"{LIST}?day=today"
        assert Lesson.objects.get().is_published

    def test_buttons_of_the_page_are_these(self, client: Client, lesson: Lesson):
        form = page(client).one("form", id="chosen-lessons")

        pressed = [button.attrs["value"] for button in form.all("button")]
        assert pressed == list(views.DEEDS)

    def test_nothing_chosen_leads_back_to_the_list(self, client: Client, lesson: Lesson):
        for chosen in ([], [Lesson(code="nonesuch")], [Lesson(code="a\0")]):
            answer = self.press(client, "publish", chosen, "?state=draft")

            assert (answer.status_code, answer["Location"]) == (303, f"{LIST}?state=draft")
            assert "no lesson is chosen" in page(client).text

    def test_unknown_button_does_nothing(self, client: Client, lesson: Lesson):
        assert self.press(client, "x", [lesson]).status_code == 303

    def test_all_of_the_list_are_those_that_fit_on_other_pages_too(self, client: Client):
        drafts = LessonFactory.create_batch(12, is_draft=True)
        LessonFactory.create()

        answer = client.post(f"{LIST}?state=draft&page_size=10", {"action": "publish", "all": "1"})

        sent = {field.attrs["value"] for field in main(answer).all("input", name="code")}
        assert sent == {draft.code for draft in drafts}

    def test_all_is_offered_where_there_is_more_than_is_shown(self, client: Client):
        LessonFactory.create_batch(11)

        assert page(client, "?page_size=10").all("input", name="all")
        assert not page(client).all("input", name="all")

    def test_too_many_are_not_taken(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(views, "AT_ONCE_AT_MOST", 2)
        LessonFactory.create_batch(3)

        answer = client.post(LIST, {"action": "publish", "all": "1"})

        assert answer.status_code == 303
        assert "more than 2 lessons" in page(client).text


class TestPage:
    def test_row_says_what_the_lesson_is(self, client: Client, teacher: User):
        group = ClassGroupFactory.create(name="五年级1班")
        lesson = lesson_at(f"{MONDAY} 08:00", teacher=teacher, class_groups=[group], is_draft=True)

        row = page(client).one("tbody").one("tr")

        assert [cell.text for cell in row.all("td")[1:]] == [
            "2026-09-07 Mon 08:00–08:45",
            f"{lesson.course.name} · {MONDAY} 08:00",
            "李老师",
            "五年级1班",
            "Interactive class",
            "Recorded",
            "◇ Draft",
        ]
        assert row.one("a").attrs["href"] == f"/schedule/lessons/{lesson.code}/"

    def test_empty_lists_say_why(self, client: Client):
        assert "There are no lessons yet" in page(client).text
        assert "No lesson fits" in page(client, "?q=nothing").text

    def test_is_for_planners_alone(
        self,
        signed_in: SignedIn,
        teacher: User,
        student: User,
        supervisor: User,
        administrator: User,
    ):
        for user in (teacher, student, supervisor):
            assert signed_in(user).get(LIST).status_code == 404
            assert signed_in(user).post(LIST, {"action": "publish", "all": "1"}).status_code == 404
        assert signed_in(administrator).get(LIST).status_code == 200

    def test_costs_the_same_with_more_lessons(self, client: Client, lesson: Lesson):
        def queries(query: str) -> int:
            with CaptureQueriesContext(connection) as asked:
                page(client, query)
            return len(asked)

        addresses = ("", f"?q=李&class_group={lesson.class_groups.get().name}&day=this-week")
        page(client)
        few = [queries(address) for address in addresses]
        for hour in range(8, 12):
            lesson_at(f"{MONDAY} {hour:02}:00", teacher=lesson.teacher)

        assert [queries(address) for address in addresses] == few
        assert max(few) <= 16
