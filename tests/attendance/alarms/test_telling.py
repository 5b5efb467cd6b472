"""Tell of alarms those on duty, else planners, after five minutes all staff; each person once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from accounts.services.notices import mail_due, mark_all_read
from attendance.alarms import telling
from attendance.alarms.notices import ALARM_NOTICE, UNANSWERED_NOTICE
from attendance.alarms.telling import UNANSWERED_AFTER, tell_due, tell_soon
from attendance.enums import AlarmKind
from attendance.models import Alarm
from schedule.channels.message_queue import send_due_messages
from schedule.enums import ChannelMessageState
from schedule.lessons.delete import delete_lessons
from schedule.models import Channel, ChannelMessage, ClassGroup, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ChannelFactory, LessonFactory
from tests.support.alarms import end, on_duty, raised
from tests.support.robots import RobotServer, running_robot

pytestmark = pytest.mark.django_db

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


@pytest.fixture
def alarm(lesson: Lesson, planner: User, administrator: User) -> Alarm:
    """Nobody has started the class of 08:00; the staff are a planner and an administrator."""
    return raised(lesson)


@pytest.fixture
def robot(settings: Any) -> Iterator[RobotServer]:
    settings.NOTIFY_SCHEMAS = ["json"]
    with running_robot() as server:
        yield server


def told() -> dict[str, str]:
    """Return of whom there are notices, and of which kind."""
    return dict(Notice.objects.order_by("user").values_list("user__username", "kind"))


def sentence(notice: Notice, language: str = "en") -> str:
    with translation.override(language):
        return sentence_of(notice.kind, notice.arguments)


def take(alarm: Alarm, by: User, at: dt.datetime) -> None:
    Alarm.objects.filter(pk=alarm.pk).update(taken_by=by, taken_at=at)


# --- Whom, and when -------------------------------------------------------------------------------

Case = Callable[[Alarm, dict[str, User]], None]


def duty_of(name: str, **hours: str) -> Case:
    return lambda alarm, people: void(on_duty(people[name], alarm.raised_at, **hours))


def void(_made: object) -> None:
    """Return nothing of what was made."""


def closed_on_duty(alarm: Alarm, people: dict[str, User]) -> None:
    on_duty(people["administrator"], alarm.raised_at)
    User.objects.filter(pk=people["administrator"].pk).update(is_active=False)


def duty_of_yesterday(alarm: Alarm, people: dict[str, User]) -> None:
    on_duty(people["administrator"], alarm.raised_at - dt.timedelta(days=1))


def no_planner(_alarm: Alarm, people: dict[str, User]) -> None:
    User.objects.filter(pk=people["planner"].pk).update(is_active=False)


@pytest.mark.parametrize(
    ("prepare", "at_once", "after_five_minutes"),
    [
        pytest.param(duty_of("administrator"), {"administrator"}, {"planner"}, id="on duty"),
        pytest.param(
            duty_of("administrator", starts="08:05"), {"administrator"}, {"planner"}, id="from now"
        ),
        pytest.param(
            duty_of("administrator", ends="08:05"), {"planner"}, {"administrator"}, id="until now"
        ),
        pytest.param(duty_of_yesterday, {"planner"}, {"administrator"}, id="another weekday"),
        pytest.param(duty_of("supervisor"), {"planner"}, {"administrator"}, id="lost the role"),
        pytest.param(closed_on_duty, {"planner"}, set(), id="closed account"),
        pytest.param(no_planner, {"administrator"}, set(), id="neither duty nor planners"),
    ],
)
def test_who_is_told_when(
    alarm: Alarm,
    planner: User,
    administrator: User,
    supervisor: User,
    teacher: User,
    prepare: Case,
    at_once: set[str],
    after_five_minutes: set[str],
):
    people = {"planner": planner, "administrator": administrator, "supervisor": supervisor}
    prepare(alarm, people)

    for at in (alarm.raised_at, alarm.raised_at + UNANSWERED_AFTER - SECOND):
        tell_due(at)
        assert told() == dict.fromkeys(at_once, ALARM_NOTICE)
    for at in (alarm.raised_at + UNANSWERED_AFTER, alarm.raised_at + dt.timedelta(hours=1)):
        tell_due(at)
        assert told() == {
            **dict.fromkeys(at_once, ALARM_NOTICE),
            **dict.fromkeys(after_five_minutes, UNANSWERED_NOTICE),
        }
    assert not Alarm.objects.filter(due_at__isnull=False).exists()


@pytest.mark.parametrize("over", ["ended", "taken"])
def test_what_is_over_before_it_is_told_is_told_to_nobody(alarm: Alarm, planner: User, over: str):
    at = alarm.raised_at + SECOND
    if over == "ended":
        end(alarm, at)
    else:
        take(alarm, planner, at)

    tell_due(at)

    assert (told(), ChannelMessage.objects.exists()) == ({}, False)


@pytest.mark.parametrize("over", ["ended", "taken"])
def test_all_staff_hear_nothing_of_what_was_answered(alarm: Alarm, planner: User, over: str):
    tell_due(alarm.raised_at)
    mark_all_read(planner, at=alarm.raised_at)
    at = alarm.raised_at + MINUTE
    if over == "ended":
        end(alarm, at)
    else:
        take(alarm, planner, at)

    tell_due(alarm.raised_at + UNANSWERED_AFTER)

    assert told() == {"planner": ALARM_NOTICE}


def test_all_staff_hear_of_what_somebody_had_taken_whose_account_was_closed(
    alarm: Alarm, planner: User, administrator: User
):
    tell_due(alarm.raised_at)
    take(alarm, planner, alarm.raised_at + MINUTE)
    User.objects.filter(pk=planner.pk).update(is_active=False)

    tell_due(alarm.raised_at + UNANSWERED_AFTER)

    assert told()["administrator"] == UNANSWERED_NOTICE


def test_five_minutes_count_from_when_it_was_told(alarm: Alarm):
    late = alarm.raised_at + dt.timedelta(minutes=20)

    tell_due(late)
    tell_due(late + UNANSWERED_AFTER - SECOND)

    assert told() == {"planner": ALARM_NOTICE}


def test_alarm_that_is_raised_anew_is_told_anew(alarm: Alarm, lesson: Lesson):
    """As of a lesson that was moved: it is the same row."""
    for days in (0, 1):
        at = alarm.raised_at + dt.timedelta(days=days)
        fresh = {"told_at": None, "all_told_at": None, "ended_at": None, "end": ""}
        Alarm.objects.update(raised_at=at, due_at=at, **fresh)
        tell_due(at)

    assert [notice.user.username for notice in Notice.objects.all()] == ["planner", "planner"]


# --- In which words -------------------------------------------------------------------------------


def test_the_sentence_names_the_class_and_leads_to_it_on_the_board(alarm: Alarm, lesson: Lesson):
    tell_due(alarm.raised_at)
    tell_due(alarm.raised_at + UNANSWERED_AFTER)

    first, second = Notice.objects.order_by("created_at")
    day = f"{timezone.localtime(lesson.starts_at):%Y-%m-%d}"
    assert first.address == second.address == f"/schedule/now/#class-{lesson.code}"
    assert sentence(first).startswith(f"语文课 (三年级1班), {day} ")
    assert sentence(first).endswith(" 08:00–08:45: Nobody has started the class.")
    assert sentence(second) == f"For 5 minutes nobody has taken this alarm. {sentence(first)}"
    assert sentence(first, "zh-hans").startswith("语文课（三年级1班）")


@pytest.mark.parametrize("kind", AlarmKind)
def test_each_kind_says_what_is_wrong(lesson: Lesson, planner: User, kind: AlarmKind):
    alarm = raised(lesson, kind)
    tell_due(alarm.raised_at)

    with translation.override("en"):
        label = str(kind.label)
    assert sentence(Notice.objects.get()).endswith(f": {label}.")


def test_who_chose_mail_gets_it_at_once(
    alarm: Alarm, planner: User, settings: Any, mailoutbox: list[Any]
):
    settings.SENDS_MAIL = True
    User.objects.update(email="sun@school.example", notice_mail_language="en")

    tell_due(alarm.raised_at)
    mail_due(alarm.raised_at)

    (mail,) = mailoutbox
    assert "Nobody has started the class." in mail.body


# --- Group robots ---------------------------------------------------------------------------------


def test_robots_that_tell_alarms_get_one_message_without_names_of_people(
    alarm: Alarm, lesson: Lesson, class_group: ClassGroup, robot: RobotServer
):
    def channel(**fields: Any) -> Channel:
        return ChannelFactory.create(address=robot.address, **fields)

    chosen = {"tells_alarms": True}
    told_channels = [
        channel(class_group=None, **chosen),
        channel(class_group=class_group, **chosen),
    ]
    channel(class_group=class_group)
    channel(class_group=None, is_active=False, **chosen)
    channel(**chosen)
    now = timezone.now()
    Alarm.objects.update(due_at=now)

    tell_due(now)
    tell_due(now + UNANSWERED_AFTER)
    send_due_messages(timezone.now())

    messages = ChannelMessage.objects.order_by("channel")
    assert [message.channel for message in messages] == told_channels
    assert {message.state for message in messages} == {ChannelMessageState.SENT}
    texts = {request["message"] for request in robot.taken}
    (text,) = texts
    assert "课程表" in text
    assert "语文课（三年级1班）" in text
    assert f"/schedule/now/#class-{lesson.code}" in text
    for person in (lesson.teacher, *lesson.assistants.all()):
        assert person.display_name not in text


def test_what_nobody_has_heard_of_is_taken_back_when_the_alarm_ends(
    alarm: Alarm, planner: User, lesson: Lesson
):
    ChannelFactory.create(class_group=None, tells_alarms=True, added_by=planner)
    another = UserFactory.create(roles=planner.roles)
    other_alarm = raised(lesson, AlarmKind.EMPTY)
    tell_due(alarm.raised_at)
    Notice.objects.filter(user=another).update(read_at=alarm.raised_at)
    at = alarm.raised_at + MINUTE
    end(alarm, at)

    tell_due(at)

    left = Notice.objects.exclude(arguments__alarm=AlarmKind.EMPTY)
    assert [notice.user for notice in left] == [another]
    assert Notice.objects.filter(arguments__alarm=AlarmKind.EMPTY).count() == 2
    states = dict(ChannelMessage.objects.values_list("cause", "state"))
    assert states == {
        telling.cause_of(alarm): ChannelMessageState.WITHDRAWN,
        telling.cause_of(other_alarm): ChannelMessageState.WAITING,
    }


def test_what_nobody_has_heard_of_is_taken_back_when_the_lesson_is_deleted(
    planner: User,
):
    ChannelFactory.create(class_group=None, tells_alarms=True, added_by=planner)
    lesson = LessonFactory.create(starts_at=timezone.now() + 10 * MINUTE)
    raised(lesson, AlarmKind.CANNOT_BE_OPENED, at=timezone.now())
    tell_due(timezone.now())
    assert Notice.objects.filter(kind=ALARM_NOTICE).exists()

    delete_lessons([lesson], at=timezone.now())

    assert not Notice.objects.filter(kind=ALARM_NOTICE).exists()
    assert ChannelMessage.objects.get(cause__gt="").state == ChannelMessageState.WITHDRAWN


# --- Once -----------------------------------------------------------------------------------------


def test_worker_that_is_killed_while_it_tells_tells_nothing_and_the_next_one_all(
    alarm: Alarm, monkeypatch: pytest.MonkeyPatch
):
    class Killed(BaseException):
        pass

    def kill(**_told: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(telling, "queue_alarm", kill)
        with pytest.raises(Killed):
            tell_due(alarm.raised_at)
    assert told() == {}
    assert tell_due(alarm.raised_at + SECOND) == 0  # it is still the killed one's

    at = alarm.raised_at + telling.LEASE + MINUTE
    assert tell_due(at) == 1
    assert tell_due(at) == 0
    assert told() == {"planner": ALARM_NOTICE}


def test_lease_that_has_run_out_while_it_tells_tells_nothing_twice(alarm: Alarm):
    """Two workers hold the row: the second one finds what the first one wrote."""
    stale = Alarm.objects.get(pk=alarm.pk)
    tell_due(alarm.raised_at)

    telling._tell(stale, at=alarm.raised_at + MINUTE)

    assert told() == {"planner": ALARM_NOTICE}
    alarm.refresh_from_db()
    assert (alarm.told_at, alarm.due_at) == (alarm.raised_at, alarm.raised_at + UNANSWERED_AFTER)


def test_an_alarm_costs_the_same_statements_however_many_people_are_told(lesson: Lesson):
    counts = []
    for kind, people in ((AlarmKind.EMPTY, 1), (AlarmKind.NOT_STARTED, 20)):
        while User.objects.staff().count() < people:
            UserFactory.create(roles=[Role.PLANNER])
        alarm = raised(lesson, kind)
        with CaptureQueriesContext(connection) as queries:
            tell_due(alarm.raised_at)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_telling_soon_makes_it_due_when_it_was_raised(lesson: Lesson):
    alarm = raised(lesson)
    Alarm.objects.update(due_at=None)

    tell_soon(alarm)

    assert Alarm.objects.get().due_at == alarm.raised_at
