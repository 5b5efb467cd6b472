"""The demo school: refused beside a real cloud, the same however often, and always with a class now."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, RoleGrant, SchoolSettings, User
from edu_platform.demo import open_lessons
from edu_platform.demo.people import DEMO_CLASS_GROUP, DEMO_TEACHER, SIGN_INS
from edu_platform.demo.school import fill_school
from edu_platform.demo.timetable import term_starts_around, week_of_term
from edu_platform.management.commands.seed_demo import is_on_loopback
from schedule.enums import CloudStatus, DayKind, LessonState, RoomType
from schedule.models import (
    ClassGroup,
    Course,
    Lesson,
    LessonChange,
    Membership,
    Occupation,
    Pattern,
    PlannedLesson,
    PlanningAction,
    Room,
    Term,
    TermDay,
)
from schedule.services.lesson_deletion import delete_lessons
from schedule.services.lessons import (
    LessonPlan,
    cancel_lesson,
    change_lesson,
    plan_of,
    schedule_lesson,
)
from schedule.terms.difference import difference
from schedule.week_grid import monday_of
from tests.factories.schedule import TermFactory
from tests.support.cloud import SDK_APP_ID

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = dt.datetime(2026, 3, 2, 8, 20, 31, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
ODD_MOMENTS = (
    MONDAY_MORNING,
    dt.datetime(2026, 3, 1, 23, 0, tzinfo=SHANGHAI),  # a Sunday
    dt.datetime(2026, 3, 1, 23, 55, 59, tzinfo=SHANGHAI),
    dt.datetime(2026, 3, 2, 0, 5, tzinfo=SHANGHAI),
    dt.datetime(2026, 3, 2, 0, 0, tzinfo=SHANGHAI),
    dt.datetime(2026, 12, 31, 23, 52, tzinfo=SHANGHAI),
)


def demo_lessons() -> list[Lesson]:
    """The two that move, and those of them that became history."""
    titles = [open_lessons.RUNNING_TITLE, open_lessons.COMING_TITLE]
    return list(Lesson.objects.filter(title__in=titles).order_by("starts_at"))


def lesson_at(moment: dt.datetime) -> Lesson:
    return Lesson.objects.get(
        teacher__username=DEMO_TEACHER,
        state=LessonState.PUBLISHED,
        starts_at__lte=moment,
        ends_at__gt=moment,
    )


def counts() -> list[int]:
    models = (
        *(User, RoleGrant, ClassGroup, Membership, Course, Lesson, Occupation, Room),
        *(Term, TermDay, Pattern, PlannedLesson, Notice),
    )
    return [model._default_manager.count() for model in models]


def overlaps_of_people() -> list[Occupation]:
    taken = Occupation.objects.filter(is_active=True).exclude(person=None)
    return [
        one
        for one in taken
        if Occupation.objects.overlapping(starts_at=one.starts_at, ends_at=one.ends_at)
        .filter(person=one.person_id)
        .exclude(pk=one.pk)
        .exists()
    ]


@pytest.mark.parametrize(
    "endpoint",
    ["https://lcic.tencentcloudapi.com", "http://10.0.0.5:8100", "http://127.0.0.1.example.com"],
)
def test_seed_demo_refused_beside_a_cloud_elsewhere(settings: Any, endpoint: str) -> None:
    settings.LCIC_ENDPOINT = endpoint
    with pytest.raises(CommandError, match="LCIC_ENDPOINT"):
        call_command("seed_demo", stdout=io.StringIO())
    assert not User.objects.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_seed_demo_is_made_beside_a_cloud_on_this_machine(host: str) -> None:
    assert is_on_loopback(f"http://{host}:8100")


def test_seed_demo_prints_who_can_sign_in(settings: Any, client: Client) -> None:
    settings.LCIC_ENDPOINT = "http://[::1]:8100"
    output = io.StringIO()
    call_command("seed_demo", stdout=output)
    lines = output.getvalue().splitlines()
    assert [line.split(" ", 3)[3] for line in lines] == [
        "teacher",
        "student of the running class",
        "student of another",
        "supervisor",
        "planner",
        "administrator",
    ]
    for line in lines:
        head, username, password, _role = line.split(" ", 3)
        assert head == "sign-in:"
        answer = client.post("/accounts/login/", {"login": username, "password": password})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        client.logout()


def test_demo_school_is_a_school() -> None:
    fill_school(at=MONDAY_MORNING)
    assert User.objects.with_role(Role.TEACHER).count() == 8
    assert User.objects.with_role(Role.STUDENT).count() == 30
    for name in ("一年级1班", "一年级2班", "二年级1班"):
        assert Membership.objects.of_students().filter(class_group__name=name).count() == 10
    week = Lesson.objects.within(
        starts_at=MONDAY_MORNING - dt.timedelta(hours=9),
        ends_at=MONDAY_MORNING + dt.timedelta(days=5),
    )
    assert week.count() > 50
    assert set(week.values_list("room_type", flat=True)) == set(RoomType.values)
    assert set(week.values_list("state", flat=True)) == set(LessonState.values)
    assert all(week.filter(state="cancelled").values_list("cancel_reason", flat=True))


def test_demo_school_twice_at_one_time_changes_nothing() -> None:
    fill_school(at=MONDAY_MORNING)
    before = counts(), list(Lesson.objects.order_by("pk").values())
    fill_school(at=MONDAY_MORNING)
    assert (counts(), list(Lesson.objects.order_by("pk").values())) == before


@pytest.mark.parametrize("moment", [MONDAY_MORNING + day * DAY for day in range(7)], ids=str)
def test_each_week_has_a_lesson_that_was_moved_and_one_with_another_teacher(
    moment: dt.datetime,
) -> None:
    fill_school(at=moment)

    changed = Lesson.objects.exclude(moved_at=None, teacher_changed_at=None).order_by("starts_at")
    weeks = [monday_of(timezone.localdate(lesson.starts_at)) for lesson in changed]
    kinds = [lesson.moved_at is not None for lesson in changed]
    this_week = monday_of(moment.date())
    assert weeks == [this_week, this_week, *[this_week + 7 * DAY] * 2]
    assert sorted(kinds) == [False, False, True, True]
    for lesson in changed:
        assert lesson.moved_from is None or monday_of(
            timezone.localdate(lesson.moved_from)
        ) == monday_of(timezone.localdate(lesson.starts_at))
        assert lesson.changes.latest("pk").action.reason
    assert overlaps_of_people() == []


def test_what_the_demo_plans_is_told_to_nobody_and_kept_once() -> None:
    fill_school(at=MONDAY_MORNING)
    assert not PlanningAction.objects.filter(is_told=True).exists()
    count = LessonChange.objects.count()

    fill_school(at=MONDAY_MORNING)

    assert LessonChange.objects.count() == count


def test_open_lessons_are_not_marked_as_moved() -> None:
    fill_school(at=MONDAY_MORNING)
    fill_school(at=MONDAY_MORNING + 50 * MINUTE)

    assert [lesson.moved_at for lesson in demo_lessons()] == [None, None]


@pytest.mark.parametrize("moment", ODD_MOMENTS, ids=str)
def test_demo_teacher_has_a_class_now_and_one_in_ten_minutes(
    client: Client, moment: dt.datetime
) -> None:
    fill_school(at=moment)
    running, coming = lesson_at(moment), lesson_at(moment + 10 * MINUTE)
    assert timezone.localdate(running.starts_at) == timezone.localdate(moment)
    assert running.ends_at == coming.starts_at
    assert 9 * MINUTE < coming.starts_at - moment <= 10 * MINUTE
    assert [group.name for group in running.class_groups.all()] == [DEMO_CLASS_GROUP]
    assert [group.name for group in coming.class_groups.all()] == [DEMO_CLASS_GROUP]
    assert overlaps_of_people() == []
    with time_machine.travel(moment, tick=False):
        assert titles_of_running_classes(client) == [open_lessons.RUNNING_TITLE]


def titles_of_running_classes(client: Client) -> list[str]:
    """What the week's page shows the demo's teacher as running."""
    client.force_login(User.objects.get(username=DEMO_TEACHER))
    answer = client.get("/schedule/")
    assert answer.status_code == 200
    cards = [card for day in answer.context["week"].days for card in day.cards]
    return [card.title for card in cards if card.is_running]


def test_demo_lessons_move_forward_over_days() -> None:
    """Started at all hours of two days: the same two lessons, and nothing else is lost."""
    start = MONDAY_MORNING - dt.timedelta(hours=8)
    for step in range(12):
        moment = start + step * dt.timedelta(hours=4, minutes=7)
        fill_school(at=moment)
        assert lesson_at(moment).title == open_lessons.RUNNING_TITLE
        assert lesson_at(moment + 10 * MINUTE).title == open_lessons.COMING_TITLE
    assert len(demo_lessons()) == 2
    assert overlaps_of_people() == []
    yielding = Lesson.objects.filter(cancel_reason=open_lessons.YIELD_REASON, ends_at__gt=moment)
    assert all(lesson.starts_at < moment + 70 * MINUTE for lesson in yielding)


def test_regular_lesson_yields_and_comes_back() -> None:
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=12))  # Sunday evening
    at_eight = Lesson.objects.get(
        teacher__username=DEMO_TEACHER, starts_at=MONDAY_MORNING.replace(minute=0, second=0)
    )
    fill_school(at=MONDAY_MORNING - 25 * MINUTE)
    at_eight.refresh_from_db()
    assert at_eight.cancel_reason == open_lessons.YIELD_REASON
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=3))
    at_eight.refresh_from_db()
    assert at_eight.is_published
    assert at_eight.cancel_reason == ""
    assert overlaps_of_people() == []


def test_running_lesson_begins_after_a_class_just_finished() -> None:
    fill_school(at=MONDAY_MORNING - dt.timedelta(hours=12))
    moment = MONDAY_MORNING.replace(minute=50)  # the regular lesson ended at 08:45
    fill_school(at=moment)
    assert lesson_at(moment).starts_at == MONDAY_MORNING.replace(minute=45, second=0)
    assert overlaps_of_people() == []


@pytest.mark.parametrize("minutes", [0, 3])
def test_room_that_may_have_been_used_is_left_behind(minutes: int) -> None:
    fill_school(at=MONDAY_MORNING)
    lesson = lesson_at(MONDAY_MORNING)
    old = Room.objects.create(
        lesson=lesson, room_id=300000001, sdk_app_id=SDK_APP_ID, cloud_status=CloudStatus.RUNNING
    )
    fill_school(at=MONDAY_MORNING + minutes * MINUTE)
    assert lesson_at(MONDAY_MORNING + minutes * MINUTE) == lesson
    old.refresh_from_db()
    assert not old.is_current
    assert not Room.objects.current().get(lesson=lesson).is_made


def test_lesson_that_was_held_stays_as_history() -> None:
    fill_school(at=MONDAY_MORNING)
    held = lesson_at(MONDAY_MORNING)
    Room.objects.create(
        lesson=held, room_id=300000001, sdk_app_id=SDK_APP_ID, cloud_status=CloudStatus.ENDED
    )
    moment = MONDAY_MORNING + dt.timedelta(minutes=30)
    fill_school(at=moment)
    held.refresh_from_db()
    assert held.ends_at < moment
    assert lesson_at(moment) != held
    assert len(demo_lessons()) == 3
    assert overlaps_of_people() == []


def test_what_people_changed_in_the_demo_stays() -> None:
    fill_school(at=MONDAY_MORNING)
    moved = Lesson.objects.filter(teacher__username="wangjianguo").latest("starts_at")
    day = dt.timedelta(days=1)
    plan = plan_of(moved)
    change_lesson(moved, replace(plan, starts_at=plan.starts_at + day, ends_at=plan.ends_at + day))
    SchoolSettings.objects.update(school_name="我的学校")
    User.objects.filter(username="wusimin").update(display_name="吴老师")
    before = counts()
    fill_school(at=MONDAY_MORNING)
    assert counts() == before
    assert SchoolSettings.load().school_name == "我的学校"
    assert User.objects.get(username="wusimin").display_name == "吴老师"


def test_sign_ins_work_again_after_they_were_changed() -> None:
    fill_school(at=MONDAY_MORNING)
    for sign_in in SIGN_INS:
        user = User.objects.get(username=sign_in.username)
        user.set_password("something-else")
        user.must_change_password = True
        user.is_active = False
        user.save()
    RoleGrant.objects.all().delete()
    Membership.objects.filter(user__username="zhangzihan").update(
        to_date=MONDAY_MORNING.date() - dt.timedelta(days=1)
    )
    fill_school(at=MONDAY_MORNING)
    for sign_in in SIGN_INS:
        user = User.objects.get(username=sign_in.username)
        assert user.check_password(sign_in.password)
        assert user.is_active
        assert not user.must_change_password
    student = User.objects.get(username="zhangzihan")
    assert student.has_role(Role.STUDENT)
    assert student.memberships.filter(
        class_group__name=DEMO_CLASS_GROUP, to_date=None, from_date=MONDAY_MORNING.date()
    ).exists()


def test_hash_of_another_cost_stays_and_with_it_the_sessions(client: Client) -> None:
    fill_school(at=MONDAY_MORNING)
    sign_in = SIGN_INS[0]
    dear = Argon2PasswordHasher().encode(sign_in.password, "somesaltsomesalt")
    User.objects.filter(username=sign_in.username).update(password=dear)
    client.force_login(User.objects.get(username=sign_in.username))

    fill_school(at=MONDAY_MORNING)

    assert client.get("/accounts/profile/").status_code == 200


def test_lessons_that_somebody_planned_are_not_in_the_way() -> None:
    fill_school(at=MONDAY_MORNING)
    coming = MONDAY_MORNING + dt.timedelta(hours=9)
    own = schedule_lesson(
        LessonPlan(
            course=Course.objects.get(name="语文课"),
            teacher=User.objects.get(username=DEMO_TEACHER),
            class_groups=(ClassGroup.objects.get(name="一年级2班"),),
            starts_at=coming,
            ends_at=coming + 45 * MINUTE,
        )
    )
    fill_school(at=coming - 5 * MINUTE)
    own.refresh_from_db()
    assert own.cancel_reason == open_lessons.YIELD_REASON
    assert lesson_at(coming).title == open_lessons.RUNNING_TITLE


def test_school_is_filled_around_lessons_that_are_there_already() -> None:
    fill_school(at=MONDAY_MORNING)
    expected = Lesson.objects.count()
    week_after_next = MONDAY_MORNING + dt.timedelta(weeks=2, minutes=-20)
    schedule_lesson(
        LessonPlan(
            course=Course.objects.get(name="语文课"),
            teacher=User.objects.get(username=DEMO_TEACHER),
            class_groups=(ClassGroup.objects.get(name="一年级1班"),),
            starts_at=week_after_next,
            ends_at=week_after_next + 45 * MINUTE,
        )
    )
    fill_school(at=MONDAY_MORNING + dt.timedelta(weeks=1))
    assert overlaps_of_people() == []
    weekly = Lesson.objects.within(
        starts_at=MONDAY_MORNING - dt.timedelta(days=7, hours=9),
        ends_at=MONDAY_MORNING - dt.timedelta(hours=9),
    ).count()
    assert Lesson.objects.count() >= expected + weekly


def test_cancelled_demo_lesson_is_made_again() -> None:
    fill_school(at=MONDAY_MORNING)
    cancel_lesson(lesson_at(MONDAY_MORNING), reason="试一试", at=MONDAY_MORNING)
    fill_school(at=MONDAY_MORNING)
    assert lesson_at(MONDAY_MORNING).title == open_lessons.RUNNING_TITLE


@pytest.mark.parametrize(
    ("monday", "week"),
    [
        (dt.date(2026, 8, 31), 1),
        (dt.date(2026, 9, 7), 2),
        (dt.date(2026, 2, 16), 1),
        (dt.date(2026, 1, 5), 19),
    ],
)
def test_week_of_term_counts_from_its_first_day(monday: dt.date, week: int) -> None:
    assert week_of_term(monday) == week


# --- Its term -------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [ODD_MOMENTS[2], ODD_MOMENTS[4], ODD_MOMENTS[5]], ids=str)
def test_demo_has_the_term_that_holds_today(moment: dt.datetime) -> None:
    fill_school(at=moment)

    today = timezone.localdate(moment)
    first_monday, next_one = term_starts_around(monday_of(today))
    term = Term.objects.holding(today).get()
    assert (term.first_monday, term.last_day + DAY) == (first_monday, next_one)
    assert next(bell.ends for bell in term.bell_times.all()) == dt.time(8, 45)
    assert {weeks for (weeks,) in term.patterns.values_list("weeks")} == {"", "odd", "even"}
    assert not Notice.objects.exists()


def test_term_of_the_demo_has_the_holidays_of_the_nation() -> None:
    fill_school(at=dt.datetime(2025, 9, 8, 9, 0, tzinfo=SHANGHAI))

    (term,) = Term.objects.all()
    assert term.days.get(date=dt.date(2025, 10, 1)).kind == DayKind.HOLIDAY


def test_lessons_of_the_demo_are_of_its_plan_which_leaves_them_alone() -> None:
    fill_school(at=MONDAY_MORNING)

    (term,) = Term.objects.all()
    monday = MONDAY_MORNING.date()
    two_weeks = term.planned_lessons.filter(date__range=(monday, monday + 13 * DAY))
    regular = Lesson.objects.filter(title__startswith="第").exclude(state=LessonState.DRAFT)
    assert set(two_weeks.values_list("lesson", flat=True)) == set(
        regular.values_list("pk", flat=True)
    )
    found = difference(term, at=MONDAY_MORNING, with_past=False)
    assert (found.changed, found.removed) == ([], [])
    of_these_weeks = [each for each in found.added if each.date < monday + 14 * DAY]
    # Today some stand back for the open lessons.
    assert {each.date for each in of_these_weeks} <= {monday}
    assert found.added


def test_school_that_stood_before_gets_its_term_and_keeps_its_lessons() -> None:
    fill_school(at=MONDAY_MORNING)
    Term.objects.all().delete()
    lessons = list(Lesson.objects.order_by("pk").values())

    fill_school(at=MONDAY_MORNING)

    assert list(Lesson.objects.order_by("pk").values()) == lessons
    assert PlannedLesson.objects.exists()


def test_weeks_that_come_are_linked_too_and_a_lesson_deleted_by_hand_is_made_again() -> None:
    fill_school(at=MONDAY_MORNING)
    first = PlannedLesson.objects.count()
    deleted = PlannedLesson.objects.filter(lesson__starts_at__gt=MONDAY_MORNING + DAY).latest(
        "date"
    )
    assert deleted.lesson is not None
    delete_lessons([deleted.lesson], at=MONDAY_MORNING)

    fill_school(at=MONDAY_MORNING + 7 * DAY)

    deleted.refresh_from_db()
    assert deleted.lesson is not None
    assert PlannedLesson.objects.count() > 1.4 * first


def test_term_of_planners_on_those_days_stays_the_only_one() -> None:
    own = TermFactory.create(first_monday=dt.date(2026, 2, 23), weeks=10)

    fill_school(at=MONDAY_MORNING)

    assert [*Term.objects.all()] == [own]
    assert not PlannedLesson.objects.exists()
