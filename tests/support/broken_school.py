"""A school in which everything is out of order at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, Notice, User
from classroom.enums import EventState
from courseware.enums import CoursewareState, Failure
from replays.enums import ReplayReason, ReplayState
from schedule.models import Room, RoomPolling
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.family_mails import confirmed_address, family_link

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def break_everything(at: dt.datetime) -> None:
    """Make one of each thing that staff have to look after."""
    _break_rooms(at)
    _break_lessons(at)
    _break_replays(at)
    _break_files(at)
    _break_what_is_sent(at)


def _break_rooms(at: dt.datetime) -> None:
    Room.objects.create(lesson=_lesson(3), sdk_app_id=1, last_error="refused", failed_at=at)
    Room.objects.create(lesson=_lesson(4), sdk_app_id=1, room_id=4, recording_refused=True)
    silent = Room.objects.create(lesson=_lesson(5), sdk_app_id=1, room_id=5)
    RoomPolling.objects.create(room=silent, unreachable_since=at - HOUR, due_at=at + HOUR)
    ClassroomIdentity.objects.create(
        user=UserFactory.create(), sdk_app_id=1, state=IdentityState.FAILED
    )


def _lesson(days: int, **fields: Any) -> Any:
    return LessonFactory.create(starts_at=timezone.now() + days * DAY, **fields)


def _break_lessons(at: dt.datetime) -> None:
    _lesson(1, is_draft=True)
    User.objects.filter(pk=_lesson(6).teacher_id).update(is_active=False)
    student = UserFactory.create(roles=(Role.STUDENT,))
    for _ in range(2):
        group = ClassGroupFactory.create()
        _lesson(7, class_groups=(group,))
        MembershipFactory.create(class_group=group, user=student)
    monday = timezone.localdate(at) - timezone.localdate(at).weekday() * DAY
    WeeklyLessonFactory.create(term=TermFactory.create(name="春季", first_monday=monday))


def _break_replays(at: dt.datetime) -> None:
    past = LessonFactory.create(starts_at=at - 26 * HOUR, ends_at=at - 25 * HOUR)
    ReplayFactory.create(lesson=past, state=ReplayState.FAILED)
    ReplayFactory.create(
        state=ReplayState.DELETED,
        reason=ReplayReason.TRASHED,
        deleted_at=at - 3 * DAY,
        purge={"due_at": at, "has_begun": True, "unreachable_since": at - 2 * DAY},
    )


def _break_files(at: dt.datetime) -> None:
    soon = LessonFactory.create(starts_at=at + HOUR)
    BindingFactory.create(lesson=soon, courseware__state=CoursewareState.FAILED)
    CoursewareFactory.create(
        state=CoursewareState.FAILED, failure=Failure.STUCK, document_id="d", due_at=at + HOUR
    )


def _break_what_is_sent(at: dt.datetime) -> None:
    CallbackEventFactory.create(state=EventState.DEAD, last_error="no answer")
    CallbackEventFactory.create(received_at=at - HOUR)
    ChannelFactory.create(failures=3, failing_since=at - HOUR)
    Notice.objects.create(
        user=UserFactory.create(),
        kind="late",
        address="/",
        cause="c",
        due_at=at + HOUR,
        unreachable_since=at - HOUR,
    )
    family = family_link([UserFactory.create()])
    confirmed_address(family, due_at=at + HOUR, unreachable_since=at - HOUR)
