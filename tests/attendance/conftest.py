"""A lesson of the past, with its people."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    MembershipFactory,
    UnplannedLessonFactory,
    school_time,
)
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.running_class import PeopleInside, RunningClass, running_class


@pytest.fixture
def group(db: None) -> ClassGroup:
    return ClassGroupFactory.create(name="三年级2班")


@pytest.fixture
def past_lesson(group: ClassGroup) -> Lesson:
    """From 8:00 to 8:45 yesterday."""
    return UnplannedLessonFactory.create(
        course__name="历史课",
        teacher__display_name="李老师",
        class_groups=[group],
        starts_at=school_time(-1, 8),
        ends_at=school_time(-1, 8, 45),
    )


@pytest.fixture
def pupil(group: ClassGroup) -> User:
    """A student of the past lesson."""
    user = UserFactory.create(username="wang", display_name="王小明")
    return MembershipFactory.create(class_group=group, user=user).user


@pytest.fixture
def class_teacher(group: ClassGroup) -> User:
    """Make the class teacher of the past lesson, in which they do not teach."""
    user = UserFactory.create(username="class_teacher", display_name="周老师", roles=[Role.TEACHER])
    MembershipFactory.create(class_group=group, user=user, kind=MembershipKind.CLASS_TEACHER)
    return user


@pytest.fixture
def teaching(signed_in: SignedIn, past_lesson: Lesson) -> Client:
    """The browser of the teacher of the past lesson, in English."""
    return signed_in(past_lesson.teacher, "en")


@pytest.fixture
def people_inside(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> PeopleInside:
    """Say who is inside the rooms of the local cloud."""
    make_quick(monkeypatch)
    people = PeopleInside()
    monkeypatch.setattr("attendance.presence.looking.current_members", people.answer)
    return people


@pytest.fixture
def running(local_cloud: LocalCloud, people_inside: PeopleInside) -> RunningClass:
    """A class of 45 minutes that could begin at this moment."""
    return running_class(local_cloud, people_inside)
