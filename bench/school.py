"""The people, sessions and lessons of a school, made quickly: only once the stack stands."""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import ClassGroup, Lesson

LESSON_LENGTH = dt.timedelta(minutes=45)
SESSION_LENGTH = dt.timedelta(days=1)
NO_LIMIT_PER_S = 100_000


def add_people(names: Sequence[str], role: str, *, password: str = "") -> list[User]:
    """Add people of one role. A password is the same for all of them, and so is its slow hash."""
    from django.contrib.auth.hashers import make_password

    from accounts.models import RoleGrant, User
    from accounts.names import sign_in_name

    hashed = make_password(password or None)
    people = User.objects.bulk_create(
        User(
            username=name,
            sign_in_name=sign_in_name(name),
            display_name=f"李静怡{number}",
            password=hashed,
        )
        for number, name in enumerate(names)
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=each, role=role) for each in people)
    return people


def cookies_of(people: Sequence[User]) -> list[dict[str, str]]:
    """A session for each of them, as after signing in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    store = SessionStore()
    expires_at = timezone.now() + SESSION_LENGTH
    sessions = Session.objects.bulk_create(
        Session(
            session_key=secrets.token_hex(16),
            session_data=store.encode(
                {
                    SESSION_KEY: str(each.pk),
                    BACKEND_SESSION_KEY: "accounts.backends.RoleBackend",
                    HASH_SESSION_KEY: each.get_session_auth_hash(),
                }
            ),
            expire_date=expires_at,
        )
        for each in people
    )
    return [{"sessionid": each.session_key} for each in sessions]


def cookie_of(person: User) -> str:
    return f"sessionid={cookies_of([person])[0]['sessionid']}"


def add_class_groups(names: Sequence[str]) -> list[ClassGroup]:
    from schedule.models import ClassGroup

    return ClassGroup.objects.bulk_create(ClassGroup(name=name) for name in names)


def add_members(group: ClassGroup, students: Sequence[User]) -> None:
    from schedule.models import Membership

    Membership.objects.bulk_create(Membership(class_group=group, user=each) for each in students)


def plan_lessons(
    teacher: User, group: ClassGroup, starts: Sequence[dt.datetime], *, course: str = "语文课"
) -> list[Lesson]:
    """Plan them as planners do; what workers are told of it is forgotten by `forget_messages`."""
    from django.db import transaction

    from schedule.models import Course
    from schedule.services.lessons import LessonPlan, schedule_lesson

    found = Course.objects.get_or_create(name=course)[0]
    with transaction.atomic():
        return [
            schedule_lesson(
                LessonPlan(
                    course=found,
                    teacher=teacher,
                    class_groups=(group,),
                    starts_at=start,
                    ends_at=start + LESSON_LENGTH,
                )
            )
            for start in starts
        ]


def monday() -> dt.datetime:
    """The beginning of this week, in the school's time."""
    from django.utils import timezone

    from schedule.week_grid import monday_of, start_of_day

    return start_of_day(monday_of(timezone.localdate()))


def make_rooms(lessons: Sequence[Lesson]) -> None:
    """Make the rooms of those still to come in the cloud, as fast as it can."""
    from django.utils import timezone

    from classroom.client import rate_limits
    from schedule.enums import RoomReason
    from schedule.services.rooms import ensure_room

    usual = rate_limits.DEFAULT_CALLS_PER_S
    rate_limits.DEFAULT_CALLS_PER_S = NO_LIMIT_PER_S
    now = timezone.now()
    for each in lessons:
        if each.ends_at > now:
            ensure_room(
                each,
                priority=rate_limits.Priority.INTERACTIVE,
                reason=RoomReason.AHEAD,
                at=now,
            )
    rate_limits.DEFAULT_CALLS_PER_S = usual


def register_everybody() -> None:
    from accounts.services.registration import register_people
    from classroom.client.rate_limits import Priority

    while register_people(Priority.INTERACTIVE):
        pass


def forget_messages(redis_url: str) -> None:
    """Leave workers nothing of how the school was made."""
    import redis

    client: Any = redis.Redis.from_url(redis_url)
    client.flushdb()
    client.close()
