"""Due work of rooms and of the cloud's callbacks."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import responses
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, SchoolSettings, User
from classroom.enums import EventState
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from edu_platform.lib.long_work import WorkState
from schedule.changes.telling import tell_changes
from schedule.channels.message_queue import queue_messages, send_due_messages
from schedule.enums import CloudStatus
from schedule.families.mailing.runs import mail_due
from schedule.lessons.cancel import cancel_lesson
from schedule.manual_recording.settling import settle_due
from schedule.models import (
    ChannelMessage,
    FamilyAddress,
    Lesson,
    ManualRecording,
    PlanningAction,
    Room,
    RoomMarquee,
    Work,
)
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.marquees import set_marquees
from schedule.rooms.polling import poll_rooms
from schedule.rooms.sync import sync_rooms
from schedule.rooms.unknown_rooms import remove_orphan_rooms
from schedule.terms.publication_work import PUBLISH_TERM, publication_arguments
from schedule.terms.term_work import scope_of
from schedule.work.writing import begin_work, do_long_work
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.schedule import ChannelFactory, LessonFactory, TermFactory
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.duework.case import HOUR, DueCase
from tests.support.family_mails import confirmed_address, family_link

logger = logging.getLogger(__name__)

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def two_families(_cloud: LocalCloud) -> tuple[FamilyAddress, FamilyAddress]:
    """Addresses that are to be asked whether they are theirs."""
    odd, sound = (
        confirmed_address(
            family_link([UserFactory.create()]), confirmed_at=None, due_at=timezone.now()
        )
        for _ in range(2)
    )
    return odd, sound


def two_lessons(_cloud: LocalCloud | None = None, **fields: Any) -> tuple[Lesson, Lesson]:
    """Still to come when their case is run later, at whatever hour that is."""
    tomorrow = timezone.now().replace(microsecond=0) + DAY
    odd, sound = (
        LessonFactory.create(**{"starts_at": tomorrow + hours * HOUR, **fields}) for hours in (0, 1)
    )
    return odd, sound


def two_rooms(_cloud: LocalCloud | None = None, **fields: Any) -> tuple[Room, Room]:
    odd, sound = (make_room(lesson) for lesson in two_lessons(**fields))
    return odd, sound


def now(room: Room) -> Room:
    return Room.objects.get(pk=room.pk)


def two_of_changed_lessons(_cloud: LocalCloud) -> tuple[Room, Room]:
    rooms = two_rooms()
    Room.objects.update(sent_name="旧题目", must_change_in_cloud=True)
    return rooms


def two_of_cancelled_lessons(_cloud: LocalCloud) -> tuple[Room, Room]:
    rooms = two_rooms()
    for room in rooms:
        assert room.lesson is not None
        cancel_lesson(room.lesson, reason="", at=timezone.now())
    return rooms


def is_number(odd: Room, number: int, *_more: Any, **_options: Any) -> bool:
    return odd.room_id == number


def is_row(odd: Room, pk: int, *_more: Any, **_options: Any) -> bool:
    return odd.pk == pk


def two_running(cloud: LocalCloud) -> tuple[Room, Room]:
    """The list of the cloud tells of both that they have begun."""
    rooms = two_rooms(starts_at=timezone.now() + 10 * MINUTE)
    for room in rooms:
        cloud.change_room(room.number, "start")
    return rooms


def planned(rooms: tuple[Room, Room], *, start: dt.datetime, **columns: Any) -> tuple[Room, Room]:
    """Move what is known here of the rooms to another time than the cloud has them at."""
    Room.objects.update(sent_starts_at=start, sent_ends_at=start + 45 * MINUTE, **columns)
    return rooms


def two_unlisted(cloud: LocalCloud) -> tuple[Room, Room]:
    rooms = two_rooms()
    for room in rooms:
        cloud.change_room(room.number, "start")
    return planned(rooms, start=timezone.now() + 10 * MINUTE)


def two_of_the_past(cloud: LocalCloud) -> tuple[Room, Room]:
    rooms = two_rooms()
    for room in rooms:
        cloud.change_room(room.number, "expire")
    return planned(rooms, start=timezone.now() - 72 * HOUR, asked_at=None)


def two_recordings(_cloud: LocalCloud) -> tuple[ManualRecording, ManualRecording]:
    """Nobody knows whether they began; they did not."""
    asked_at = timezone.now() - MINUTE
    odd, sound = (
        ManualRecording.objects.create(
            room=room, started_by=UserFactory.create(), asked_at=asked_at, due_at=asked_at
        )
        for room in two_rooms()
    )
    return odd, sound


def two_to_be_marked(_cloud: LocalCloud) -> tuple[Room, Room]:
    rooms = two_rooms()
    SchoolSettings.objects.update_or_create(pk=1, defaults={"shows_marquee": True})
    return rooms


def two_overrun(cloud: LocalCloud) -> tuple[Room, Room]:
    rooms = two_rooms()
    for room in rooms:
        cloud.change_room(room.number, "start")
    began_at = timezone.now() - 5 * HOUR
    return planned(rooms, start=began_at, cloud_status=CloudStatus.RUNNING)


def two_unknown(cloud: LocalCloud) -> tuple[int, int]:
    """The numbers of rooms in which classes are held, and which nobody here knows."""
    numbers = []
    for lost, room in enumerate(two_rooms(starts_at=timezone.now() + 10 * MINUTE), start=1):
        cloud.change_room(room.number, "start")
        numbers.append(room.number)
        Room.objects.filter(pk=room.pk).update(room_id=lost)
    return numbers[0], numbers[1]


def two_orphans(cloud: LocalCloud) -> tuple[tuple[LocalCloud, int], tuple[LocalCloud, int]]:
    """Rooms that were asked for and that nobody uses."""
    odd, sound = two_rooms()
    Room.objects.filter(pk=odd.pk).update(room_id=1)
    Room.objects.filter(pk=sound.pk).update(room_id=2)
    return (cloud, odd.number), (cloud, sound.number)


def is_in_cloud(orphan: tuple[LocalCloud, int]) -> bool:
    cloud, number = orphan
    return number in {room["RoomId"] for room in cloud.rooms()}


def two_events(_cloud: LocalCloud) -> tuple[CallbackEvent, CallbackEvent]:
    odd, sound = (CallbackEventFactory.create(room_id=room.number) for room in two_rooms())
    return odd, sound


def process_due_events() -> None:
    """Do as workers do with the messages of the sweep."""
    at = timezone.now()
    for event in CallbackEvent.objects.due(at=at, told_before=at).order_by("pk"):
        try:
            process_event(event.pk, at=at)
        except LookupError:
            logger.exception("the task failed")


def two_messages(_cloud: LocalCloud) -> tuple[ChannelMessage, ChannelMessage]:
    """To two groups, which take everything."""
    odd, sound = two_lessons()
    for lesson in (odd, sound):
        (class_group,) = lesson.class_groups.all()
        ChannelFactory.create(class_group=class_group)
        (change,) = lesson.changes.select_related("action")
        queue_messages(change.action, [change], at=timezone.now())
    ChannelMessage.objects.update(due_at=timezone.now())
    first, second = ChannelMessage.objects.order_by("pk")
    return first, second


def send_to_groups_that_take_it() -> None:
    with responses.RequestsMock() as groups:
        groups.post("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", json={"errcode": 0})
        send_due_messages(timezone.now())


def two_actions(_cloud: LocalCloud) -> tuple[PlanningAction, PlanningAction]:
    """Return what was planned, of which nobody has been told yet."""
    PlanningAction.objects.update(due_at=None)
    two_lessons()
    odd, sound = PlanningAction.objects.filter(due_at__isnull=False).order_by("pk")
    return odd, sound


def two_works(_cloud: LocalCloud) -> tuple[Work, Work]:
    planner = UserFactory.create(roles=[Role.PLANNER])
    odd, sound = (ask_to_publish(name, planner) for name in ("春季学期", "秋季学期"))
    return odd, sound


def ask_to_publish(name: str, planner: User) -> Work:
    first_monday = dt.date(2026, 3, 2) if name == "春季学期" else dt.date(2026, 9, 7)
    term = TermFactory.create(name=name, first_monday=first_monday)
    return begin_work(
        PUBLISH_TERM,
        by=planner,
        scope=scope_of(term),
        arguments=publication_arguments(term, PlanningAction(), ""),
        row_count=0,
    )


def do_works() -> None:
    """One run of the clock does one of them."""
    for _run in range(2):
        do_long_work(timezone.now())


CASES = (
    DueCase(
        "messages to groups",
        make=two_messages,
        breaks="schedule.channels.message_queue.message_text",
        is_about=lambda odd, action, _lessons, **_options: action.pk == odd.action_id,
        run=send_to_groups_that_take_it,
        is_done=lambda message: ChannelMessage.objects.get(pk=message.pk).sent_at is not None,
    ),
    DueCase(
        "long work",
        make=two_works,
        breaks="schedule.terms.publication_work.publish_term",
        is_about=lambda odd, term, **_options: odd.arguments["term"] == term.code,
        run=do_works,
        is_done=lambda work: Work.objects.get(pk=work.pk).state == WorkState.DONE,
    ),
    DueCase(
        "changes of lessons to tell of",
        make=two_actions,
        breaks="schedule.changes.telling.give_notices",
        is_about=lambda odd, _notices, *, cause, at: cause.endswith(odd.code),
        run=lambda: tell_changes(timezone.now()),
        is_done=lambda action: Notice.objects.filter(cause__endswith=action.code).exists(),
    ),
    DueCase(
        "rooms to be made ahead",
        make=two_lessons,
        breaks="classroom.client.rooms.create_room",
        is_about=lambda odd, plan, _urgency: plan.starts_at == odd.starts_at,
        run=lambda: make_rooms_ahead(timezone.now()),
        is_done=lambda lesson: Room.objects.made().filter(lesson=lesson).exists(),
    ),
    DueCase(
        "rooms of changed lessons",
        make=two_of_changed_lessons,
        breaks="classroom.client.rooms.modify_room",
        is_about=is_number,
        run=lambda: sync_rooms(timezone.now()),
        is_done=lambda room: not now(room).must_change_in_cloud,
    ),
    DueCase(
        "rooms of cancelled lessons",
        make=two_of_cancelled_lessons,
        breaks="classroom.client.rooms.delete_room",
        is_about=is_number,
        run=lambda: sync_rooms(timezone.now()),
        is_done=lambda room: now(room).gone_at is not None,
    ),
    DueCase(
        "rooms that the cloud lists",
        make=two_running,
        breaks="schedule.rooms.polling.save_room_state",
        is_about=is_row,
        run=lambda: poll_rooms(timezone.now()),
        is_done=lambda room: now(room).cloud_status == CloudStatus.RUNNING,
        later=MINUTE,
    ),
    DueCase(
        "rooms that the cloud leaves out of its list",
        make=two_unlisted,
        breaks="schedule.rooms.polling.save_room_state",
        is_about=is_row,
        run=lambda: poll_rooms(timezone.now()),
        is_done=lambda room: now(room).cloud_status == CloudStatus.RUNNING,
        later=MINUTE,
    ),
    DueCase(
        "rooms of the past",
        make=two_of_the_past,
        breaks="schedule.rooms.polling.save_room_state",
        is_about=is_row,
        run=lambda: poll_rooms(timezone.now()),
        is_done=lambda room: now(room).cloud_status == CloudStatus.EXPIRED,
    ),
    DueCase(
        "classes that run over",
        make=two_overrun,
        breaks="classroom.client.rooms.end_room",
        is_about=is_number,
        run=lambda: poll_rooms(timezone.now()),
        is_done=lambda room: now(room).cloud_status == CloudStatus.ENDED,
    ),
    DueCase(
        "classes in rooms that nobody knows",
        make=two_unknown,
        breaks="schedule.rooms.polling.adopt_room",
        is_about=lambda odd, details, _state: details.room_id == odd,
        run=lambda: poll_rooms(timezone.now()),
        is_done=lambda number: Room.objects.filter(room_id=number).exists(),
        later=MINUTE,
    ),
    DueCase(
        "orphan rooms",
        make=two_orphans,
        breaks="classroom.client.rooms.delete_room",
        is_about=lambda odd, number, _urgency: odd[1] == number,
        run=lambda: remove_orphan_rooms(timezone.now()),
        is_done=lambda orphan: not is_in_cloud(orphan),
    ),
    DueCase(
        "recordings by hand",
        make=two_recordings,
        breaks="schedule.manual_recording.settling.running_task",
        is_about=lambda odd, number, _urgency: odd.room.room_id == number,
        run=lambda: settle_due(timezone.now()),
        is_done=lambda row: ManualRecording.objects.get(pk=row.pk).stopped_at is not None,
    ),
    DueCase(
        "running marks of rooms",
        make=two_to_be_marked,
        breaks="schedule.rooms.marquees.set_marquee",
        is_about=is_number,
        run=lambda: set_marquees(timezone.now()),
        is_done=lambda room: RoomMarquee.objects.filter(room=room, set_at__isnull=False).exists(),
    ),
    DueCase(
        "mails to families",
        make=two_families,
        breaks="schedule.families.mailing.runs._mail",
        is_about=lambda odd, address, _at: address.pk == odd.pk,
        run=lambda: mail_due(timezone.now()),
        is_done=lambda address: FamilyAddress.objects.get(pk=address.pk).token_digest != "",
        later=MINUTE,
    ),
    DueCase(
        "callbacks",
        make=two_events,
        breaks="classroom.services.callback_processing.RoomSnapshot",
        is_about=lambda odd, room_id, **_options: odd.room_id == room_id,
        run=process_due_events,
        is_done=lambda event: CallbackEvent.objects.get(pk=event.pk).state == EventState.PROCESSED,
    ),
)
