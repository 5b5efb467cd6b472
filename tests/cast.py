"""The people of the tests, and the lesson that most of them are about."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

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
from tests.support.shared_cast import SharedCast, is_sharing

SignedIn = Callable[..., Client]
SHARED = pytest.StashKey[SharedCast]()


# --- What tests share ---------------------------------------------------------------------------


def make_cast() -> dict[str, Any]:
    """The lesson of the cast, and who and what is in it, by the names of their fixtures."""
    teacher, assistant, class_group = make_teacher(), make_assistant(), make_class_group()
    lesson = make_lesson(teacher, assistant, class_group)
    return {
        "teacher": teacher,
        "assistant": assistant,
        "class_group": class_group,
        "lesson": lesson,
    }


@pytest.fixture(scope="session")
def shared_cast(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[SharedCast]:
    shared = request.config.stash[SHARED] = SharedCast(django_db_blocker, make_cast)
    yield shared
    shared.end()


@pytest.fixture
def around_the_test(request: pytest.FixtureRequest, shared_cast: SharedCast) -> None:
    if is_sharing(request.node):
        shared_cast.begin()


@pytest.fixture
def _django_db_helper(around_the_test: None, _django_db_helper: None) -> None:
    """Begin the test's transaction within the shared one."""


@pytest.fixture
def made_before(
    request: pytest.FixtureRequest, db: None, shared_cast: SharedCast
) -> dict[str, Any]:
    """Copy for this test what is there already of the cast."""
    return shared_cast.copy() if is_sharing(request.node) else {}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """End what is shared before anything of a test begins that does not share it."""
    try:
        yield
    finally:
        if nextitem is None or nextitem.path != item.path or not is_sharing(nextitem):
            shared = item.config.stash.get(SHARED, None)
            if shared is not None:
                shared.end()


# --- People -------------------------------------------------------------------------------------


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


def make_teacher() -> User:
    return UserFactory.create(username="teacher", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def teacher(made_before: dict[str, Any]) -> User:
    """Teaches `lesson`."""
    return made_before.get("teacher") or make_teacher()


@pytest.fixture
def other_teacher(db: None) -> User:
    """A teacher who has nothing to do with `lesson`."""
    return UserFactory.create(username="other_teacher", display_name="赵老师", roles=[Role.TEACHER])


def make_assistant() -> User:
    return UserFactory.create(username="assistant", display_name="陈助教", roles=[Role.TEACHER])


@pytest.fixture
def assistant(made_before: dict[str, Any]) -> User:
    """Assists in `lesson`."""
    return made_before.get("assistant") or make_assistant()


def make_class_group() -> ClassGroup:
    return ClassGroupFactory.create(name="三年级1班")


@pytest.fixture
def class_group(made_before: dict[str, Any]) -> ClassGroup:
    return made_before.get("class_group") or make_class_group()


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
def lesson(
    made_before: dict[str, Any], teacher: User, assistant: User, class_group: ClassGroup
) -> Lesson:
    """Tomorrow from 08:00 to 08:45 in the school's time."""
    if "lesson" not in made_before:
        return make_lesson(teacher, assistant, class_group)
    # It is the first of the test's lessons, whose hours follow one another.
    LessonFactory._meta.next_sequence()
    lesson: Lesson = made_before["lesson"]
    return lesson


def make_lesson(teacher: User, assistant: User, class_group: ClassGroup) -> Lesson:
    return LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=school_time(1, 8),
        ends_at=school_time(1, 8, 45),
    )
