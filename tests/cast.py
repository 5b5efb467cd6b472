"""The people of the tests, and the lesson that most of them are about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)

SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser in which this person has signed in, in Chinese unless told otherwise."""

    def sign_in(user: User, language: str = "") -> Client:
        client = Client()
        client.force_login(user)
        if language:
            client.cookies["django_language"] = language
        return client

    return sign_in


@pytest.fixture
def teacher(db: None) -> User:
    """Teaches `lesson`."""
    return UserFactory.create(username="teacher", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def other_teacher(db: None) -> User:
    """A teacher who has nothing to do with `lesson`."""
    return UserFactory.create(username="other_teacher", display_name="赵老师", roles=[Role.TEACHER])


@pytest.fixture
def assistant(db: None) -> User:
    """Assists in `lesson`."""
    return UserFactory.create(username="assistant", display_name="陈助教", roles=[Role.TEACHER])


@pytest.fixture
def class_group(db: None) -> ClassGroup:
    return ClassGroupFactory.create(name="三年级1班")


@pytest.fixture
def other_class_group(db: None) -> ClassGroup:
    return ClassGroupFactory.create(name="三年级2班")


@pytest.fixture
def student(class_group: ClassGroup) -> User:
    """In the class group of `lesson`."""
    user = UserFactory.create(username="student", display_name="王小明", roles=[Role.STUDENT])
    MembershipFactory.create(user=user, class_group=class_group)
    return user


@pytest.fixture
def outsider(other_class_group: ClassGroup) -> User:
    """A student of another class group: must see nothing of `lesson`."""
    user = UserFactory.create(username="outsider", display_name="刘小红", roles=[Role.STUDENT])
    MembershipFactory.create(user=user, class_group=other_class_group)
    return user


@pytest.fixture
def supervisor(db: None) -> User:
    return UserFactory.create(username="supervisor", display_name="周巡课", roles=[Role.SUPERVISOR])


@pytest.fixture
def planner(db: None) -> User:
    return UserFactory.create(username="planner", display_name="孙教务", roles=[Role.PLANNER])


@pytest.fixture
def administrator(db: None) -> User:
    """An administrator by role, without the superuser's flag."""
    return UserFactory.create(
        username="administrator", display_name="吴主任", roles=[Role.ADMINISTRATOR]
    )


@pytest.fixture
def superuser(db: None) -> User:
    return UserFactory.create(
        username="superuser", display_name="郑校长", roles=[], is_superuser=True
    )


@pytest.fixture
def lesson(teacher: User, assistant: User, class_group: ClassGroup) -> Lesson:
    """Tomorrow from 08:00 to 08:45 in the school's time."""
    return LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=school_time(1, 8),
        ends_at=school_time(1, 8, 45),
    )
