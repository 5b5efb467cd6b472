"""Access to courseware: who sees, has or changes it, and what their lists hold."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from courseware.access import (
    courseware_for,
    courseware_relations,
    get_courseware_for,
    lessons_shown_to,
    may_upload,
)
from courseware.enums import CoursewareState, Release
from courseware.models import Binding, Courseware
from schedule.enums import LessonState
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import LessonFactory, MembershipFactory, school_time

pytestmark = pytest.mark.django_db

EVERYBODY = [
    "student",
    "teacher",
    "assistant",
    "other_teacher",
    "outsider",
    "supervisor",
    "planner",
    "administrator",
    "superuser",
]
OFFICE = {"planner", "administrator", "superuser"}


@pytest.fixture
def people(request: pytest.FixtureRequest) -> dict[str, User]:
    return {name: request.getfixturevalue(name) for name in EVERYBODY}


@pytest.fixture
def foreign(db: None) -> Courseware:
    """Private, of a teacher who is nobody of the cast."""
    return CoursewareFactory.create()


def may_see(user: User, courseware: Courseware) -> bool:
    try:
        return get_courseware_for(user, courseware.code) == courseware
    except Http404:
        return False


def who_sees(people: dict[str, User], courseware: Courseware) -> set[str]:
    """Those for whom the door opens; their lists must hold the same."""
    found = {name for name, user in people.items() if may_see(user, courseware)}
    assert found == {name for name, user in people.items() if courseware in courseware_for(user)}
    return found


def who_may(people: dict[str, User], action: Action, courseware: Courseware) -> set[str]:
    return {
        name for name, user in people.items() if may(action, courseware_relations(user, courseware))
    }


class TestWithoutALesson:
    def test_private_is_its_owners_and_the_offices(
        self, people: dict[str, User], courseware: Courseware
    ):
        assert who_sees(people, courseware) == {"teacher", "supervisor", *OFFICE}

    def test_public_is_for_all_teachers_and_no_student(
        self, people: dict[str, User], foreign: Courseware
    ):
        Courseware.objects.update(is_public=True)

        teachers = {"teacher", "assistant", "other_teacher"}
        assert who_sees(people, foreign) == {*teachers, "supervisor", *OFFICE}
        foreign.refresh_from_db()
        assert who_may(people, Action.DOWNLOAD_COURSEWARE, foreign) == {*teachers, *OFFICE}
        assert who_may(people, Action.CHANGE_COURSEWARE, foreign) == OFFICE

    def test_the_schools_own_is_the_offices(self, people: dict[str, User]):
        schools = CoursewareFactory.create(owner=None)

        assert who_sees(people, schools) == {"supervisor", *OFFICE}

    def test_owner_and_office_have_and_change_it(
        self, people: dict[str, User], courseware: Courseware
    ):
        assert who_may(people, Action.DOWNLOAD_COURSEWARE, courseware) == {"teacher", *OFFICE}
        assert who_may(people, Action.CHANGE_COURSEWARE, courseware) == {"teacher", *OFFICE}

    def test_deleted_is_nobodys(self, people: dict[str, User], courseware: Courseware):
        Courseware.objects.update(deleted_at=timezone.now())

        assert who_sees(people, courseware) == set()

    def test_unknown_code_is_missing(self, planner: User):
        with pytest.raises(Http404):
            get_courseware_for(planner, "nonesuch")

    def test_door_asks_for_the_action(self, courseware: Courseware, supervisor: User):
        assert get_courseware_for(supervisor, courseware.code) == courseware
        with pytest.raises(Http404):
            get_courseware_for(supervisor, courseware.code, Action.DOWNLOAD_COURSEWARE)

    def test_teachers_and_the_office_upload(self, people: dict[str, User]):
        uploading = {name for name, user in people.items() if may_upload(user)}

        assert uploading == {"teacher", "assistant", "other_teacher", *OFFICE}


class TestInALesson:
    """`foreign` in the cast's lesson, which is tomorrow from 08:00 to 08:45."""

    def test_is_seen_by_those_who_hold_it(
        self, people: dict[str, User], lesson: Lesson, foreign: Courseware
    ):
        BindingFactory.create(courseware=foreign, lesson=lesson)

        held = {"teacher", "assistant"}
        assert who_sees(people, foreign) == {*held, "supervisor", *OFFICE}
        assert who_may(people, Action.DOWNLOAD_COURSEWARE, foreign) == {*held, *OFFICE}
        assert who_may(people, Action.CHANGE_COURSEWARE, foreign) == OFFICE

    def test_students_have_what_was_released(
        self, student: User, outsider: User, lesson: Lesson, foreign: Courseware
    ):
        binding = BindingFactory.create(courseware=foreign, lesson=lesson)
        for release, ends_in, state, expected in (
            (Release.NEVER, 60, LessonState.PUBLISHED, False),
            (Release.NEVER, 0, LessonState.PUBLISHED, False),
            (Release.BEFORE, 60, LessonState.PUBLISHED, True),
            (Release.BEFORE, 0, LessonState.PUBLISHED, True),
            (Release.BEFORE, 60, LessonState.CANCELLED, True),
            (Release.BEFORE, 60, LessonState.DRAFT, False),
            (Release.AFTER, 1, LessonState.PUBLISHED, False),
            (Release.AFTER, 0, LessonState.PUBLISHED, True),
            (Release.AFTER, 0, LessonState.CANCELLED, False),
            (Release.AFTER, 0, LessonState.DRAFT, False),
        ):
            Binding.objects.filter(pk=binding.pk).update(release=release)
            Lesson.objects.update(state=state)

            with time_machine.travel(lesson.ends_at - dt.timedelta(minutes=ends_in), tick=False):
                sees = may_see(student, foreign)
                lists = list(courseware_for(student)) == [foreign]
                relations = courseware_relations(student, foreign)

            case = (release, ends_in, state)
            assert (sees, lists) == (expected, expected), case
            assert may(Action.DOWNLOAD_COURSEWARE, relations) is expected, case
            assert (Relation.RELEASED in relations) is expected, case
            assert not may_see(outsider, foreign), case

    def test_membership_bounds_what_a_student_has(self, lesson: Lesson, foreign: Courseware):
        late = UserFactory.create()
        day_after = (lesson.starts_at + dt.timedelta(days=1)).date()
        MembershipFactory.create(
            user=late, class_group=lesson.class_groups.get(), from_date=day_after
        )
        BindingFactory.create(courseware=foreign, lesson=lesson, release=Release.BEFORE)

        assert not may_see(late, foreign)
        assert list(courseware_for(late)) == []

    def test_what_was_taken_away_counts_no_more(
        self,
        student: User,
        teacher: User,
        assistant: User,
        lesson: Lesson,
        foreign: Courseware,
    ):
        everybody = (student, teacher, assistant)
        binding = BindingFactory.create(courseware=foreign, lesson=lesson, release=Release.BEFORE)
        assert [may_see(user, foreign) for user in everybody] == [True, True, True]

        binding.removed_at = timezone.now()
        binding.save()

        assert [may_see(user, foreign) for user in everybody] == [False, False, False]
        assert [list(courseware_for(user)) for user in everybody] == [[], [], []]

    def test_draft_lesson_shows_nothing_to_its_teacher(
        self, teacher: User, lesson: Lesson, foreign: Courseware
    ):
        BindingFactory.create(courseware=foreign, lesson=lesson)
        Lesson.objects.update(state=LessonState.DRAFT)

        assert not may_see(teacher, foreign)

    def test_state_makes_no_difference(self, student: User, lesson: Lesson, foreign: Courseware):
        BindingFactory.create(courseware=foreign, lesson=lesson, release=Release.BEFORE)
        Courseware.objects.update(state=CoursewareState.FAILED)

        assert list(courseware_for(student)) == [foreign]

    def test_what_many_lessons_have_is_listed_once(
        self, people: dict[str, User], lesson: Lesson, foreign: Courseware, other_class_group: Any
    ):
        lesson.class_groups.add(other_class_group)
        MembershipFactory.create(user=people["student"], class_group=other_class_group)
        lesson.assistants.add(people["student"], UserFactory.create(roles=[Role.TEACHER]))
        later = LessonFactory.create(
            teacher=people["teacher"],
            class_groups=list(lesson.class_groups.all()),
            starts_at=school_time(2, 8),
        )
        for each in (lesson, later):
            BindingFactory.create(courseware=foreign, lesson=each, release=Release.BEFORE)

        for name in ("student", "teacher", "assistant", "planner"):
            assert list(courseware_for(people[name])) == [foreign], name


def test_lessons_of_others_are_not_told(request: pytest.FixtureRequest, lesson: Lesson):
    draft = LessonFactory.create(is_draft=True)
    expected = {
        "planner": {draft, lesson},
        "supervisor": {lesson},
        "teacher": {lesson},
        "student": {lesson},
        "outsider": set(),
    }

    shown = {who: set(lessons_shown_to(request.getfixturevalue(who))) for who in expected}

    assert shown == expected
