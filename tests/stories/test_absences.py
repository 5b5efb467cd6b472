"""A teacher is away: what a substitution and a swap of lessons mean to the class, the people and their calendars."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from accounts.services.people import set_roles
from courseware.services.binding import bind
from courseware.services.binding_sync import sync_bindings
from schedule.absences.writing import stand_in
from schedule.changes.telling import tell_changes
from schedule.enums import ActionOrigin
from schedule.feeds import writing as feeds
from schedule.lessons.moving import swap
from schedule.models import ClassGroup, Lesson, PlanningAction
from schedule.rooms.sync import sync_rooms
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.binding import bound_in, in_cloud
from tests.support.calendars import by_icalendar
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def soon(teacher: User, assistant: User, class_group: ClassGroup, student: User) -> Lesson:
    """The teacher's lesson that begins in five minutes, so that its door is open."""
    return LessonFactory.create(
        course=CourseFactory.create(name="数学课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=timezone.now().replace(microsecond=0) + 5 * MINUTE,
    )


def planned_by(planner: User) -> PlanningAction:
    return PlanningAction(by=planner, origin=ActionOrigin.PAGE, reason="病假")


def told_long_ago() -> None:
    """Make the changes by which the cast was made no news."""
    PlanningAction.objects.update(due_at=None, at=timezone.now() - dt.timedelta(days=30))


def tell() -> None:
    """Twice: nobody is told anything again."""
    for _time in range(2):
        tell_changes(timezone.now())


def told(user: User) -> list[str]:
    with translation.override("en"):
        notices = Notice.objects.filter(user=user).order_by("pk")
        return [sentence_of(each.kind, each.arguments) for each in notices]


def enter(client: Client, lesson: Lesson) -> tuple[int, dict[str, list[str]]]:
    """Return what the click answers, and what the link into the class says."""
    answer = client.post(f"/schedule/lessons/{lesson.code}/enter/")
    return answer.status_code, parse_qs(urlsplit(answer.get("Location", "")).query)


def calendar_of(user: User) -> dict[str, dt.datetime]:
    """Return when the lessons in somebody's calendar begin, by their code."""
    token = feeds.make_token(user, at=timezone.now())
    events = by_icalendar(Client().get(f"/schedule/feeds/{token}.ics").content)
    return {event.uid.partition("@")[0]: event.starts_at for event in events}


def rooms_in(cloud: LocalCloud) -> dict[int, tuple[str, int, int]]:
    """Teacher, start and end of each room."""
    return {
        each["RoomId"]: (each["TeacherId"], each["StartTime"], each["EndTime"])
        for each in cloud.rooms()
    }


def cloud_user(user: User) -> str:
    return user.classroom_identities.get().classroom_user_id


def test_substitute_has_the_class_its_courseware_and_its_place_in_everybodys_calendar(
    soon: Lesson,
    teacher: User,
    other_teacher: User,
    assistant: User,
    student: User,
    planner: User,
    signed_in: SignedIn,
    local_cloud: LocalCloud,
):
    room = make_room(soon)
    courseware = in_cloud(teacher, "讲义.png")
    bind(courseware=courseware, lesson=soon)
    sync_bindings(timezone.now())
    told_long_ago()
    own, substitute = signed_in(teacher, "en"), signed_in(other_teacher, "en")
    courseware_page = f"/courseware/lessons/{soon.code}/"
    assert substitute.get(courseware_page).status_code == 404

    stand_in([(soon, other_teacher)], action=planned_by(planner))
    sync_rooms(timezone.now())
    sync_bindings(timezone.now())
    tell()

    # The same room has another teacher, and still has its courseware.
    period = int(soon.starts_at.timestamp()), int(soon.ends_at.timestamp())
    assert rooms_in(local_cloud) == {room.number: (cloud_user(other_teacher), *period)}
    assert [document for document, _kind in bound_in(local_cloud, room)] == [courseware.document_id]
    # Who teaches it now may enter and manage its courseware; who is away may do neither.
    status, link = enter(substitute, soon)
    assert (status, link["classid"], link["userid"]) == (
        303,
        [str(room.number)],
        [cloud_user(other_teacher)],
    )
    assert enter(own, soon)[0] == 403
    assert substitute.get(courseware_page).status_code == 200
    assert own.get(courseware_page).status_code == 404
    # Calendars follow.
    assert soon.code in calendar_of(other_teacher)
    assert soon.code not in calendar_of(teacher)
    assert soon.code in calendar_of(student)
    # Each was told once, but who did it.
    period_text = told(other_teacher)[0].removeprefix("You now teach 数学课, ").split(", ")[0]
    assert told(other_teacher) == [
        f"You now teach 数学课, {period_text}, in place of 李老师. Reason: 病假"
    ]
    assert told(teacher) == [
        f"赵老师 now teaches 数学课, {period_text}, in your place. Reason: 病假"
    ]
    for user in (student, assistant):
        assert told(user) == [
            f"Changed: 数学课, {period_text}. Teacher: 李老师 → 赵老师. Reason: 病假"
        ]
    assert told(planner) == []
    # The lesson's page says so.
    page = substitute.get(f"/schedule/lessons/{soon.code}/").content.decode()
    assert "stands in for 李老师" in page


def test_supervisor_who_is_away_still_looks_in(
    soon: Lesson,
    teacher: User,
    other_teacher: User,
    planner: User,
    signed_in: SignedIn,
    local_cloud: LocalCloud,
):
    make_room(soon)
    set_roles(teacher, [Role.TEACHER, Role.SUPERVISOR], by=None)

    stand_in([(soon, other_teacher)], action=planned_by(planner))
    sync_rooms(timezone.now())

    status, link = enter(signed_in(teacher), soon)
    assert (status, link["role"]) == (303, ["supervisor"])


def test_swapped_lessons_keep_their_rooms_and_have_each_others_times(
    soon: Lesson,
    lesson: Lesson,
    other_teacher: User,
    class_group: ClassGroup,
    student: User,
    planner: User,
    signed_in: SignedIn,
    local_cloud: LocalCloud,
):
    theirs = LessonFactory.create(
        teacher=other_teacher,
        class_groups=[class_group],
        starts_at=lesson.starts_at + dt.timedelta(hours=2),
        ends_at=lesson.starts_at + dt.timedelta(hours=3),
    )
    rooms = {each: make_room(each) for each in (soon, theirs)}
    told_long_ago()
    before = rooms_in(local_cloud)

    swap(soon, theirs, action=planned_by(planner))
    sync_rooms(timezone.now())
    tell()

    one, two = (rooms[each].number for each in (soon, theirs))
    assert rooms_in(local_cloud) == {
        one: (before[one][0], *before[two][1:]),
        two: (before[two][0], *before[one][1:]),
    }
    # The door of the one has opened, and that of the other closed.
    assert enter(signed_in(other_teacher), theirs)[0] == 303
    assert enter(signed_in(soon.teacher), soon)[0] == 409
    times = {soon.code: theirs.starts_at, theirs.code: soon.starts_at}
    assert calendar_of(student).items() >= times.items()
    # Both lessons are one piece of news to the students, and one's own to each teacher.
    assert told(student) == ["2 lessons of yours have changed. Reason: 病假"]
    for user in (soon.teacher, other_teacher):
        (text,) = told(user)
        assert text.startswith("Moved: ")
