"""The courseware on a lesson's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Relation
from courseware.enums import BindTrouble, CoursewareState, Release
from courseware.models import Binding, Courseware
from courseware.panels import lesson_courseware_panel
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


def panel_of(signed_in: SignedIn, user: User, lesson: Lesson) -> Element | None:
    response = signed_in(user).get(f"/schedule/lessons/{lesson.code}/")
    assert response.status_code == 200
    panels = read(response.content).one("main").all("section", "panel")
    return panels[0] if panels else None


def texts_of(panel: Element | None) -> list[str]:
    return [] if panel is None else [each.text for each in panel.all("li")]


def names_of(panel: Element | None) -> list[str]:
    return [] if panel is None else [row.all("a")[0].text for row in panel.all("li")]


class TestPanel:
    @pytest.fixture
    def bound(self, lesson: Lesson) -> list[Binding]:
        """Three of `lesson`, for students never, before and after class."""
        return [
            BindingFactory.create(
                lesson=lesson,
                courseware__name=f"{release}.pdf",
                release=release,
                is_shown_at_once=release == Release.NEVER,
            )
            for release in (Release.NEVER, Release.BEFORE, Release.AFTER)
        ]

    def test_those_who_hold_the_lesson_see_all_in_order_and_choose_if_they_may(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        bound: list[Binding],
    ):
        choosing = {"teacher": True, "planner": True, "assistant": False, "supervisor": False}
        for who, chooses in choosing.items():
            panel = panel_of(signed_in, request.getfixturevalue(who), lesson)

            texts = texts_of(panel)
            assert names_of(panel) == ["never.pdf", "before.pdf", "after.pdf"], who
            assert "上课时直接展示" in texts[0], who
            assert "上课时直接展示" not in texts[1], who
            assert panel is not None
            ways = panel.all("a", href=f"/courseware/lessons/{lesson.code}/")
            assert bool(ways) is chooses, who

    @pytest.mark.parametrize(
        ("offset_s", "expected"), [(-60, ["before.pdf"]), (60, ["before.pdf", "after.pdf"])]
    )
    def test_students_see_what_was_released(
        self,
        signed_in: SignedIn,
        lesson: Lesson,
        bound: list[Binding],
        student: User,
        offset_s: int,
        expected: list[str],
        time_machine: Any,
    ):
        time_machine.move_to(lesson.ends_at - dt.timedelta(days=1), tick=False)
        client = signed_in(student)
        time_machine.move_to(lesson.ends_at + dt.timedelta(seconds=offset_s), tick=False)

        main = read(client.get(f"/schedule/lessons/{lesson.code}/").content)

        panel = main.one("section", "panel")
        assert names_of(panel) == expected
        codes = [each.courseware.code for each in bound[1 : 1 + len(expected)]]
        assert [link.attrs["href"] for link in panel.all("a")] == [
            f"/courseware/{code}/{page}/" for code in codes for page in ("preview", "file")
        ]

    def test_student_s_file_without_a_preview_leads_to_its_page(
        self, signed_in: SignedIn, lesson: Lesson, student: User
    ):
        binding = BindingFactory.create(
            lesson=lesson, courseware__name="讲义.pdf", release=Release.BEFORE
        )
        Courseware.objects.update(state=CoursewareState.TRANSCODING, result_url="")

        panel = panel_of(signed_in, student, lesson)

        assert panel is not None
        assert panel.link("讲义.pdf") == f"/courseware/{binding.courseware.code}/"

    def test_nothing_released_shows_students_nothing(
        self, signed_in: SignedIn, lesson: Lesson, student: User
    ):
        BindingFactory.create(lesson=lesson)

        assert panel_of(signed_in, student, lesson) is None

    def test_nothing_for_those_who_are_nothing_to_it(self, lesson: Lesson, bound: list[Binding]):
        assert (
            lesson_courseware_panel(lesson, {Relation.ANYBODY, Relation.TEACHER}, lesson.teacher)
            is None
        )

    def test_trouble_is_told_with_the_next_try(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User
    ):
        next_try = timezone.now() + dt.timedelta(days=1)
        sentences = {
            BindTrouble.LIMIT: "课堂里的课件数已达上限：移出一个，这个就会进入课堂。",
            BindTrouble.REFUSED: "无法在课堂中展示它。",
            BindTrouble.SILENT: "放入课堂时联系不上课堂服务。",
            BindTrouble.FAULT: "平台没能把它放入课堂，正在重试。",
        }
        for trouble in sentences:
            BindingFactory.create(lesson=lesson, trouble=trouble, due_at=next_try)

        panel = panel_of(signed_in, teacher, lesson)

        assert panel is not None
        moment = f"{timezone.localtime(next_try):%Y-%m-%d %H:%M}"
        told = [each.text for each in panel.all("p", "notice")]
        assert told == [f"{sentence}将于 {moment} 再试。" for sentence in sentences.values()]

    def test_state_is_told(self, signed_in: SignedIn, lesson: Lesson, teacher: User):
        BindingFactory.create(
            lesson=lesson, courseware__state=CoursewareState.TRANSCODING, courseware__percent=40
        )

        (text,) = texts_of(panel_of(signed_in, teacher, lesson))

        assert "◌ 转码中 40%" in text

    def test_one_query_however_many(self, lesson: Lesson, django_assert_num_queries: Any):
        for _ in range(3):
            BindingFactory.create(lesson=lesson)

        with django_assert_num_queries(1):
            panel = lesson_courseware_panel(lesson, {Relation.LESSON_TEACHER}, lesson.teacher)

        assert panel is not None
        assert len(panel.content["rows"]) == 3  # type: ignore[arg-type] # a list
