"""Courseware that lessons need soon, and files that are stuck: how many, the page that lists them, the button."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from courseware.not_in_order import stuck_not_in_order, unready_not_in_order
from courseware.services import transcoding
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import LessonFactory
from tests.support.not_in_order import listed, mended, told
from tests.support.pages import read

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


class TestUnready:
    @pytest.fixture
    def soon(self, lesson: Lesson) -> Lesson:
        at = timezone.now() + 3 * HOUR
        Lesson.objects.update(starts_at=at, ends_at=at + HOUR)
        lesson.refresh_from_db()
        return lesson

    def test_files_that_near_lessons_need_are_counted_and_listed(
        self, office: Client, soon: Lesson, django_assert_num_queries: Any
    ):
        failed = BindingFactory.create(lesson=soon, courseware__state=CoursewareState.FAILED)
        BindingFactory.create(lesson=soon, courseware__state=CoursewareState.READY)
        # Many lessons may need the same file, and most files are needed later, or not at all.
        other = LessonFactory.create(starts_at=soon.starts_at)
        BindingFactory.create(lesson=other, courseware=failed.courseware)
        later = LessonFactory.create(starts_at=soon.starts_at + dt.timedelta(days=2))
        BindingFactory.create(lesson=later, courseware__state=CoursewareState.FAILED)

        with translation.override("en"), django_assert_num_queries(1):
            (found,) = unready_not_in_order(timezone.now())

        assert found.sentence == "1 file is not ready, and a lesson needs it within a day."
        assert found.since == failed.courseware.state_since
        page = read(office.get(found.address).content)
        (row,) = page.one("table", "courseware").one("tbody").all("tr")
        assert failed.courseware.name in row.text

    def test_what_was_uploaded_a_moment_ago_is_no_news(self, soon: Lesson):
        BindingFactory.create(
            lesson=soon,
            courseware__state=CoursewareState.TRANSCODING,
            courseware__uploaded_at=timezone.now() - dt.timedelta(minutes=1),
        )

        assert told(unready_not_in_order) == []

    def test_button_submits_what_failed_and_asks_about_what_is_on_its_way(self, soon: Lesson):
        later = timezone.now() + HOUR
        old = {"courseware__uploaded_at": timezone.now() - HOUR}
        failed = BindingFactory.create(
            lesson=soon,
            courseware__state=CoursewareState.FAILED,
            courseware__failure=Failure.CLOUD,
            **old,
        ).courseware
        on_way = BindingFactory.create(
            lesson=soon,
            courseware__state=CoursewareState.TRANSCODING,
            courseware__due_at=later,
            **old,
        ).courseware

        assert mended(unready_not_in_order) == "2 files are tried again now."

        failed.refresh_from_db()
        on_way.refresh_from_db()
        assert failed.state == CoursewareState.QUEUED
        assert on_way.state == CoursewareState.TRANSCODING
        assert on_way.due_at is not None
        assert on_way.due_at <= timezone.now()

    def test_button_submits_anew_what_took_too_long_and_was_given_up(self, soon: Lesson):
        given_up = BindingFactory.create(
            lesson=soon,
            courseware__state=CoursewareState.FAILED,
            courseware__failure=Failure.STUCK,
            courseware__document_id="d1",
            courseware__due_at=None,
        ).courseware

        assert mended(unready_not_in_order) == "1 file is tried again now."

        given_up.refresh_from_db()
        assert given_up.state == CoursewareState.QUEUED

    def test_button_submits_no_more_at_once_than_somebody_waits_for(
        self, soon: Lesson, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(transcoding, "SUBMITTED_AT_ONCE", 1)
        now = timezone.now()
        newer, older = (
            BindingFactory.create(
                lesson=soon,
                courseware__state=CoursewareState.FAILED,
                courseware__failure=Failure.CLOUD,
                courseware__state_since=now - hours * HOUR,
            ).courseware
            for hours in (1, 2)
        )

        assert mended(unready_not_in_order) == "1 file is tried again now."

        states = [type(each).objects.get(pk=each.pk).state for each in (newer, older)]
        assert states == [CoursewareState.FAILED, CoursewareState.QUEUED]


class TestStuck:
    def stuck(self, **fields: Any) -> Courseware:
        given = {"state": CoursewareState.FAILED, "failure": Failure.STUCK, "document_id": "d1"}
        return CoursewareFactory.create(**{**given, "due_at": timezone.now() + HOUR, **fields})

    def test_files_that_are_still_tried_are_counted_and_listed(self, office: Client):
        file = self.stuck()
        self.stuck(due_at=None, document_id="d2")
        self.stuck(failure=Failure.CLOUD, document_id="d3")
        self.stuck(deleted_at=timezone.now(), document_id="d4")

        (found,) = told(stuck_not_in_order)

        assert found.sentence == "1 file has been on its way for too long."
        assert found.since == file.state_since
        assert listed(office, found) == 1

    def test_button_asks_about_them_without_beginning_anew(self):
        file = self.stuck()

        assert mended(stuck_not_in_order) == "1 file is tried again now."

        file.refresh_from_db()
        assert (file.failure, file.document_id) == (Failure.STUCK, "d1")
        assert file.due_at is not None
        assert file.due_at <= timezone.now()

    def test_without_any_nothing_is_told(self):
        self.stuck(due_at=None)

        assert told(stuck_not_in_order) == []
