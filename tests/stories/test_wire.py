"""The watch on the wire: what of a person leaves for the classroom cloud.

Every body that the local cloud received is read, whichever action it was for.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.enums import Role
from accounts.models import ClassroomIdentity, User
from accounts.services import people
from schedule import tasks as schedule_tasks
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
)
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.cloudcalls import make_quick

pytestmark = pytest.mark.django_db

# Everything that calls about people may hold, and nothing else.
PERSONAL_KEYS = {
    "RegisterUser": {"SdkAppId", "Name", "OriginId", "Avatar"},
    "BatchRegister": {"Users", "SdkAppId", "Name", "OriginId", "Avatar"},
    "LoginOriginId": {"SdkAppId", "OriginId"},
    "LoginUserWithRoom": {"UserId", "RoomId"},
    "LoginOriginIdWithRoom": {"SdkAppId", "OriginId", "RoomId"},
    "ModifyUserProfile": {"UserId", "Nickname", "Avatar"},
    "CreateSupervisor": {"SdkAppId", "Users"},
    "DeleteSupervisor": {"SdkAppId", "Users"},
}
# What calls about rooms may say of people: UserIds.
ROOM_KEYS_OF_PEOPLE = {"TeacherId", "Assistants"}
FIRST_PK = 918_273_645  # so that it could not be anything else


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch, read_timeout_s=5.0)


@pytest.fixture
def crowd(db: None) -> dict[str, User]:
    """People of whom much is known here: long usernames, e-mail, numbers of their own."""
    roles = {
        "teacher": [Role.TEACHER],
        "assistant": [Role.TEACHER],
        "student": [Role.STUDENT],
        "supervisor": [Role.SUPERVISOR, Role.PLANNER],
    }
    return {
        who: UserFactory.create(
            username=f"13800138{number:03}.{who}",
            display_name=name,
            roles=roles[who],
            email=f"{who}.private@school.example",
        )
        for number, (who, name) in enumerate(
            zip(roles, ("李老师", "陈助教", "王小明", "周巡课"), strict=True)
        )
    }


@pytest.fixture
def running_lesson(crowd: dict[str, User]) -> Lesson:
    group = ClassGroupFactory.create(name="三年级1班")
    MembershipFactory.create(user=crowd["student"], class_group=group)
    start = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=5)
    return LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=crowd["teacher"],
        assistants=[crowd["assistant"]],
        class_groups=[group],
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=45),
    )


def enter(user: User, lesson: Lesson) -> str:
    client = Client()
    client.force_login(user)
    answer = client.post(f"/schedule/lessons/{lesson.code}/enter/")
    assert answer.status_code == 303, answer.content.decode()
    return str(answer["Location"])


def live_a_day(cloud: LocalCloud, crowd: dict[str, User], lesson: Lesson) -> None:
    """Everything that makes the platform speak to the cloud about people."""
    tasks.register_people()
    schedule_tasks.make_rooms_ahead()
    cloud.switch("LoginUserWithRoom", "rate_limit", times=1)  # the first gets in the other way
    for user in crowd.values():
        enter(user, lesson)
    newcomer = UserFactory.create(username="13900139000", display_name="新同学")
    MembershipFactory.create(user=newcomer, class_group=lesson.class_groups.get())
    enter(newcomer, lesson)
    people.rename_person(crowd["student"], display_name="王大明")
    people.set_roles(crowd["supervisor"], [Role.PLANNER], by=None)
    tasks.sync_people()
    cloud.delete_user(identity_of(crowd["student"]).classroom_user_id)
    enter(crowd["student"], lesson)
    ClassroomIdentity.objects.filter(user=newcomer).update(classroom_user_id="")
    enter(newcomer, lesson)


def identity_of(user: User) -> ClassroomIdentity:
    return ClassroomIdentity.objects.get(user=user)


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def values_of(value: object) -> Iterator[object]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from values_of(inner)
    else:
        yield value


@pytest.fixture
def calls(
    local_cloud: LocalCloud, crowd: dict[str, User], running_lesson: Lesson
) -> list[dict[str, Any]]:
    live_a_day(local_cloud, crowd, running_lesson)
    return local_cloud.calls()


def test_day_says_of_people_what_it_may_and_no_more(calls: list[dict[str, Any]]):
    assert set(PERSONAL_KEYS) <= {call["action"] for call in calls}
    calls_about_people_hold_allowed_keys_only(calls)
    other_calls_name_no_person(calls)
    no_body_holds_a_username_or_an_address(calls)
    values_about_a_person_are_nickname_and_opaque_ids(calls)


def calls_about_people_hold_allowed_keys_only(calls: list[dict[str, Any]]) -> None:
    for call in calls:
        if call["action"] in PERSONAL_KEYS:
            keys = set(keys_of(json.loads(call["body_text"])))
            assert keys <= PERSONAL_KEYS[call["action"]], call["action"]


def other_calls_name_no_person(calls: list[dict[str, Any]]) -> None:
    user_ids = set(ClassroomIdentity.objects.values_list("classroom_user_id", flat=True))
    personal = {"OriginId", "Nickname", "Avatar", "UserId", "Users"}
    for call in calls:
        if call["action"] in PERSONAL_KEYS:
            continue
        body = json.loads(call["body_text"])
        assert personal.isdisjoint(keys_of(body)), call["action"]
        named = {str(value) for key in ROOM_KEYS_OF_PEOPLE for value in values_of(body.get(key))}
        assert named - {"None"} <= user_ids, call["action"]


def no_body_holds_a_username_or_an_address(calls: list[dict[str, Any]]) -> None:
    bodies = "\n".join(call["body_text"] for call in calls)
    readable = bodies + json.dumps([json.loads(call["body_text"]) for call in calls])
    for user in User.objects.all():
        assert user.username not in readable
    for secret in ("13800138", "13900139", "private", "school.example", "@"):
        assert secret not in readable


def test_no_value_is_a_primary_key(local_cloud: LocalCloud, running_lesson: Lesson):
    user = User.objects.create(pk=FIRST_PK, username="somebody", display_name="孙同学")
    MembershipFactory.create(user=user, class_group=running_lesson.class_groups.get())

    enter(user, running_lesson)

    assert str(FIRST_PK) not in "".join(call["body_text"] for call in local_cloud.calls())


def values_about_a_person_are_nickname_and_opaque_ids(calls: list[dict[str, Any]]) -> None:
    identities = ClassroomIdentity.objects.all()
    names = {"李老师", "陈助教", "王小明", "周巡课", "新同学", "王大明"}
    ids = {identity.origin_id for identity in identities}
    user_ids = _user_ids_ever(calls)
    for call in calls:
        if call["action"] not in PERSONAL_KEYS:
            continue
        body = json.loads(call["body_text"])
        if call["action"] in {"LoginUserWithRoom", "LoginOriginIdWithRoom"}:
            assert 300_000_000 <= body.pop("RoomId") <= 400_000_000
        assert set(values_of(body)) <= names | ids | user_ids | {SDK_APP_ID}, call["action"]


def _user_ids_ever(calls: list[dict[str, Any]]) -> set[str]:
    """UserIds are the cloud's own words: 27 letters and digits."""
    bodies = [json.loads(call["body_text"]) for call in calls if call["action"] in PERSONAL_KEYS]
    found = [body["UserId"] for body in bodies if "UserId" in body]
    for body in bodies:
        found += [each for each in body.get("Users", []) if isinstance(each, str)]
    assert all(len(user_id) == 27 and user_id.isalnum() for user_id in found)
    return set(found)


def test_origin_id_tells_nothing(crowd: dict[str, User]):
    made = [
        ClassroomIdentity.objects.create(user=user, sdk_app_id=SDK_APP_ID)
        for user in crowd.values()
    ]

    assert len({identity.origin_id for identity in made}) == len(made)
    for identity in made:
        assert len(identity.origin_id) == 24
        assert identity.origin_id.isalnum()
        assert str(identity.user_id) != identity.origin_id
        assert identity.user.username not in identity.origin_id
