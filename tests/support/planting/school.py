"""Plant what stands of a person in the timetable, its history, and in classes."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.enums import Role
from attendance.enums import AlarmKind, AttendanceState
from attendance.models import Alarm, Correction, PersonAttendance
from classroom.models import CallbackEvent
from courseware.models import Submission
from replays.models import PlaybackUse, Progress, Share
from schedule.consents.writing import GivenConsent, give_consents
from schedule.families.links import make_link
from schedule.models import (
    ChannelMessage,
    Consent,
    ConsentText,
    FamilyAddress,
    LastEntry,
    Lesson,
    LessonChange,
    PlanningAction,
    Room,
)
from tests.factories.attendance import (
    add_stay,
    add_sum,
    cloud_id,
    held_room,
    settled,
    statistics_for,
)
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import (
    ChannelFactory,
    ConsentTextFactory,
    CourseFactory,
    LessonFactory,
    school_time,
)
from tests.support.callbacks import body_of, deliver
from tests.support.planting.person import Planted, another

DAY = dt.timedelta(days=1)


def plant_in_school(planted: Planted) -> Lesson:
    """Plant what stands in the timetable; return the lesson."""
    lesson = _lesson(planted)
    _history(planted, lesson)
    _consent(planted)
    _families(planted)
    return lesson


def _lesson(planted: Planted) -> Lesson:
    """A lesson of the person that was held, with words about them."""
    start = school_time(-20, 8 + planted.number % 7)
    lesson: Lesson = LessonFactory.create(
        course=CourseFactory.create(name=planted.named("course")),
        teacher=planted.person,
        class_groups=[planted.class_group],
        title=planted.text("title of a lesson", f"{planted.texts['name elsewhere']} again"),
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=45),
    )
    planted.class_group.name = planted.named("class group")
    planted.class_group.save()
    lesson.overlap_reason = planted.named("reason of an overlap")
    lesson.save()
    return lesson


def _history(planted: Planted, lesson: Lesson) -> None:
    person = planted.person
    change = LessonChange.objects.get(lesson=lesson)
    pair = [person.pk, planted.texts["former name"]]
    planted.text("history", f'[{person.pk}, "{pair[1]}"]')
    planted.text("history, by the name of now", f'[{person.pk}, "{planted.name}"]')
    change.before = {**(change.after or {}), "teacher": pair}
    change.save()
    PlanningAction.objects.filter(pk=change.action_id).update(reason=planted.named("reason"))
    channel = ChannelFactory.create(name=planted.named("group of a chat"))
    ChannelMessage.objects.create(
        channel=channel, action=change.action, lessons={lesson.code: [change.before, change.after]}
    )


def _consent(planted: Planted) -> None:
    text = ConsentText.objects.first() or ConsentTextFactory.create()
    given = GivenConsent(
        planted.person,
        guardian_name=planted.text("guardian", f"欧阳国梁{planted.mark}"),
        guardian_relation=planted.text("relation", f"舅舅{planted.mark}"),
    )
    secretary = another(Role.ADMINISTRATOR, "administrator")
    give_consents([given], text=text, school_year=2026, at=timezone.now(), by=secretary)
    assert Consent.objects.filter(person=planted.person).exists()


def _families(planted: Planted) -> None:
    """Make a link that shows them alone, and one that shows a sibling too, each with a mail address."""
    planner = another(Role.PLANNER, "planner")
    sibling = another(Role.STUDENT, f"sibling{planted.number}")
    username = planted.person.username
    for what, children, label, email in (
        ("alone", [planted.person], f"舅妈{planted.mark}", f"aunt.{planted.mark}@post.example"),
        ("shared", [planted.person, sibling], planted.named("family"), f"{username}@post.example"),
    ):
        link, _token = make_link(children, label=label, by=planner, at=timezone.now())
        address = FamilyAddress.objects.create(link=link, email=email, language="zh-hans")
        planted.text(f"mail address of a family, {what}", address.email)
    planted.text("label of a family link", f"舅妈{planted.mark}")


# --- Classes --------------------------------------------------------------------------------------


def plant_in_class(planted: Planted, lesson: Lesson) -> None:
    room = held_room(lesson, sent_teacher_user_id=cloud_id(planted.person))
    Room.objects.filter(pk=room.pk).update(sent_assistant_user_ids=[cloud_id(planted.person)])
    _attendance(planted, room, lesson)
    _replay(planted, lesson)
    _callback(planted, room)
    entered_at = lesson.starts_at.replace(microsecond=123400 + planted.number)
    LastEntry.objects.create(user=planted.person, lesson=lesson, entered_at=entered_at)
    planted.text("last entry", f"{entered_at:%M:%S.%f}")
    Alarm.objects.create(
        lesson=lesson,
        kind=AlarmKind.NOT_STARTED,
        certain_at=timezone.now(),
        raised_at=timezone.now(),
        taken_by=planted.person,
        taken_at=timezone.now(),
        note=planted.named("note on an alarm"),
    )


def _attendance(planted: Planted, room: Room, lesson: Lesson) -> None:
    statistics = statistics_for(room)
    add_stay(statistics, planted.person, 0, 45)
    add_sum(
        statistics, planted.person, 2700, nickname=planted.text("nickname", f"{planted.mark} 课上")
    )
    settled(lesson)
    row = PersonAttendance.objects.get(person=planted.person)
    row.corrected_state, row.corrected_at = AttendanceState.EXCUSED, timezone.now()
    row.corrected_by = another(Role.ADMINISTRATOR, "administrator")
    row.correction_reason = planted.named("reason of a correction")
    row.save()
    Correction.objects.create(
        person_attendance=row,
        at=row.corrected_at,
        by=row.corrected_by,
        before=AttendanceState.PRESENT,
        state=AttendanceState.EXCUSED,
        version=1,
        reason=planted.named("correction"),
    )


def _replay(planted: Planted, lesson: Lesson) -> None:
    at = timezone.now()
    file = ReplayFileFactory.create(replay__lesson=lesson, stream_of=cloud_id(planted.person))
    Share.objects.create(
        replay=file.replay,
        created_by=planted.person,
        token_digest=planted.text("link to a replay", f"digest-share-{planted.mark}"),
        password=planted.text("password of a link", f"hash-{planted.mark}"),
        expires_at=at + DAY,
    )
    PlaybackUse.objects.create(file=file, user=planted.person, kind="play", at=at)
    seconds = [[10_000 + planted.number, 20_000 + planted.number]]
    Progress.objects.create(
        file=file, user=planted.person, position_s=3, updated_at=at, watched=seconds
    )
    planted.text("watched seconds", f"[{seconds[0][0]}, {seconds[0][1]}]")
    Submission.objects.create(
        owner_user_id=cloud_id(planted.person), number=1, url=f"/{planted.mark}"
    )


def _callback(planted: Planted, room: Room) -> None:
    nickname = planted.named("callback")
    data = {"RoomId": room.room_id, "UserId": cloud_id(planted.person), "Nickname": nickname}
    assert deliver(body_of("MemberJoin", data)).status_code == 200
    event = CallbackEvent.objects.latest("pk")
    assert str(room.room_id) in event.data
    event.last_error = planted.named("failed callback")
    event.save()
