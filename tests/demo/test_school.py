"""The demo school as one Monday morning finds it: what there is, and what a later start makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, override_settings
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Incident, Notice, RoleGrant, SchoolSettings, User
from attendance.models import DutyHours
from courseware.models import Courseware, Upload
from edu_platform.demo import open_lessons
from edu_platform.demo.courseware import add_courseware
from edu_platform.demo.people import SIGN_INS
from edu_platform.demo.roster import (
    CLASS_GROUPS,
    DEMO_CLASS_GROUP,
    DEMO_TEACHER,
    STUDENTS,
    username_of,
)
from edu_platform.demo.school import fill_school
from schedule.changes.notices import NOTICE_KINDS
from schedule.changes.telling import tell_changes
from schedule.consents.reading import counts_given
from schedule.enums import AgeBand, ChangeKind, CloudStatus, LessonState, RoomType
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, schedule_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.models import (
    ClassGroup,
    Consent,
    ConsentText,
    Course,
    FamilyLink,
    Lesson,
    LessonChange,
    Membership,
    Occupation,
    PartDayOff,
    PlannedLesson,
    PlanningAction,
    Room,
    Term,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.planning.difference import difference
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.demo_school import (
    DAY,
    MINUTE,
    MONDAY_MORNING,
    demo_lessons,
    leave_out_the_past,
    lesson_at,
    overlaps_of_people,
    teacher_has_a_class_now_and_one_in_ten_minutes,
    two_weeks_are_changed,
)
from tests.support.shared_cast import SharedCast

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china", "monday", "no_past"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]


@pytest.fixture(scope="module")
def monday(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The school that was filled on Monday morning, as each test finds it."""
    shared = SharedCast(django_db_blocker, fill_on_monday)
    try:
        shared.begin()
        yield
    finally:
        shared.end()


def fill_on_monday() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as monkeypatch, override_settings(TIME_ZONE="Asia/Shanghai"):
        leave_out_the_past(monkeypatch)
        fill_school(at=MONDAY_MORNING)
    return {}


@pytest.fixture
def no_past(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_the_past(monkeypatch)


def counts() -> list[int]:
    models = (
        *(User, RoleGrant, ClassGroup, Membership, Course, Lesson, Occupation, Room),
        *(PartDayOff, Term, TermDay, WeeklyLesson, PlannedLesson, Notice, LessonChange, DutyHours),
        *(Incident, Consent, ConsentText),
    )
    return [model._default_manager.count() for model in models]


def test_most_guardians_have_agreed_to_recordings() -> None:
    groups = ClassGroup.objects.filter(name__in=CLASS_GROUPS)
    assert {group.age_band for group in groups} == {AgeBand.UNDER_14}
    counts = counts_given([group.pk for group in groups], day=MONDAY_MORNING.date())

    assert len(counts) == len(CLASS_GROUPS)
    assert all(total / 2 < given < total for given, total in counts.values())
    assert Consent.objects.exclude(withdrawn_at=None).count() == 1


def test_some_families_follow_their_children() -> None:
    assert FamilyLink.objects.open().never_used().exists()
    used = FamilyLink.objects.exclude(first_used_at=None)
    assert 2 in {link.children.count() for link in used}
    assert SchoolSettings.load().families_may_watch


def test_demo_school_is_a_school() -> None:
    assert User.objects.with_role(Role.TEACHER).count() == 30
    assert User.objects.with_role(Role.STUDENT).count() == 120
    assert {group.grade for group in ClassGroup.objects.filter(name__in=CLASS_GROUPS)} == {
        *("一年级", "二年级", "三年级", "四年级")
    }
    for name in CLASS_GROUPS:
        assert Membership.objects.of_students().filter(class_group__name=name).count() == 12
    week = Lesson.objects.within(
        starts_at=MONDAY_MORNING - dt.timedelta(hours=9),
        ends_at=MONDAY_MORNING + dt.timedelta(days=5),
    )
    assert week.count() > 280
    assert set(week.values_list("room_type", flat=True)) == set(RoomType.values)
    assert set(week.values_list("state", flat=True)) == set(LessonState.values)
    assert all(week.filter(state="cancelled").values_list("cancel_reason", flat=True))


def test_demo_school_twice_at_one_time_changes_nothing() -> None:
    before = counts(), list(Lesson.objects.order_by("pk").values())
    fill_school(at=MONDAY_MORNING)
    assert (counts(), list(Lesson.objects.order_by("pk").values())) == before


def test_next_week_has_an_excursion_and_an_afternoon_of_exams() -> None:
    thursday = MONDAY_MORNING.date() + 10 * DAY
    wednesday = thursday - DAY

    parts = PartDayOff.objects.filter(is_for_class_groups=True)
    days = {part.name: (part.first_day, part.from_bell) for part in parts}
    assert days == {"研学旅行": (thursday, None), "阶段测评": (wednesday, 5)}

    def lessons(grade: str, day: dt.date) -> set[int]:
        rows = Lesson.objects.filter(class_groups__grade=grade, starts_at__date=day)
        return {timezone.localtime(lesson.starts_at).hour for lesson in rows}

    assert not lessons("四年级", thursday)
    assert max(lessons("四年级", wednesday)) > 12
    assert max(lessons("三年级", wednesday)) < 12


def test_changes_of_lessons_to_come_are_told_and_nothing_else_that_the_demo_plans() -> None:
    told = PlanningAction.objects.filter(is_told=True)
    changes = LessonChange.objects.filter(action__in=told)
    students = User.objects.with_role(Role.STUDENT)

    kinds = {kind for change in changes for kind in change.kinds}
    assert kinds == {ChangeKind.MOVED, ChangeKind.TEACHER, ChangeKind.CANCELLED}
    assert all(told.values_list("reason", flat=True))
    assert all(change.became and change.became.ends_at > MONDAY_MORNING for change in changes)

    # The plans had their turn before, of which nobody hears.
    PlanningAction.objects.filter(is_told=False).update(due_at=None)
    tell_changes(MONDAY_MORNING + MINUTE)

    notices = Notice.objects.filter(kind__in=NOTICE_KINDS)
    assert not PlanningAction.objects.due(MONDAY_MORNING + MINUTE).exists()
    assert notices.filter(user__in=students).count() < 10 * 12 * 2
    child = username_of(STUDENTS[DEMO_CLASS_GROUP][0])
    assert notices.filter(user__username=child).exists()


def test_demo_teacher_has_a_class_now_and_one_in_ten_minutes(client: Client) -> None:
    teacher_has_a_class_now_and_one_in_ten_minutes(client, MONDAY_MORNING)


def test_week_has_a_lesson_that_was_moved_and_one_with_another_teacher() -> None:
    two_weeks_are_changed(MONDAY_MORNING)


def test_week_has_a_cancelled_lesson_and_one_that_overlaps_another_for_a_reason() -> None:
    week = Lesson.objects.within(starts_at=MONDAY_MORNING, ends_at=MONDAY_MORNING + 5 * DAY)
    choir = week.exclude(overlap_reason="").get(title__endswith="合唱团排练")
    at_once = week.filter(starts_at=choir.starts_at, class_groups__in=choir.class_groups.all())

    assert week.get(state=LessonState.CANCELLED).cancel_reason
    assert {lesson.course.name for lesson in at_once} == {"音乐", "英语"}


def test_open_lessons_are_not_marked_as_moved() -> None:
    fill_school(at=MONDAY_MORNING + 50 * MINUTE)

    assert [lesson.moved_at for lesson in demo_lessons()] == [None, None]


@pytest.mark.parametrize("minutes", [0, 3])
def test_room_that_may_have_been_used_is_left_behind(minutes: int) -> None:
    lesson = lesson_at(MONDAY_MORNING)
    old = Room.objects.create(lesson=lesson, room_id=300000001, sdk_app_id=SDK_APP_ID)
    fill_school(at=MONDAY_MORNING + minutes * MINUTE)
    assert lesson_at(MONDAY_MORNING + minutes * MINUTE) == lesson
    old.refresh_from_db()
    assert not old.is_current
    assert not Room.objects.current().get(lesson=lesson).is_made


@pytest.mark.parametrize("minutes", [0, 3])
def test_lesson_whose_class_was_begun_is_left_behind(minutes: int) -> None:
    lesson = lesson_at(MONDAY_MORNING)
    old = Room.objects.create(
        lesson=lesson, room_id=300000001, sdk_app_id=SDK_APP_ID, cloud_status=CloudStatus.RUNNING
    )
    for _start in range(2):
        fill_school(at=MONDAY_MORNING + minutes * MINUTE)
    another = lesson_at(MONDAY_MORNING + minutes * MINUTE)
    lesson.refresh_from_db()
    old.refresh_from_db()
    assert another != lesson
    assert not Room.objects.filter(lesson=another, room_id__isnull=False).exists()
    assert lesson.is_cancelled
    assert old.must_leave_cloud
    assert overlaps_of_people() == []


def test_lesson_that_was_held_stays_as_history() -> None:
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
    sign_in = SIGN_INS[0]
    hasher = Argon2PasswordHasher()
    hasher.memory_cost = 1024  # KiB: less than ours, and quick
    cheap = hasher.encode(sign_in.password, "somesaltsomesalt")
    User.objects.filter(username=sign_in.username).update(password=cheap)
    client.force_login(User.objects.get(username=sign_in.username))

    fill_school(at=MONDAY_MORNING)

    assert client.get("/accounts/profile/").status_code == 200


def test_place_that_visitors_have_filled_is_no_obstacle(
    local_cloud: LocalCloud, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    SchoolSettings.objects.update(courseware_quota_school_gib=0)

    add_courseware(at=MONDAY_MORNING)

    assert not Courseware.objects.exists()
    assert not Upload.objects.exists()


def plan_by_hand(class_group: str, starts_at: dt.datetime) -> Lesson:
    return schedule_lesson(
        LessonPlan(
            course=Course.objects.get(name="语文"),
            teacher=User.objects.get(username=DEMO_TEACHER),
            class_groups=(ClassGroup.objects.get(name=class_group),),
            starts_at=starts_at,
            ends_at=starts_at + 45 * MINUTE,
        )
    )


def test_lessons_that_somebody_planned_are_not_in_the_way() -> None:
    coming = MONDAY_MORNING + dt.timedelta(hours=9)
    own = plan_by_hand("一年级2班", coming)
    fill_school(at=coming - 5 * MINUTE)
    own.refresh_from_db()
    assert own.cancel_reason == open_lessons.YIELD_REASON
    assert lesson_at(coming).title == open_lessons.RUNNING_TITLE


def test_school_is_filled_around_lessons_that_are_there_already() -> None:
    expected = Lesson.objects.count()
    week_after_next = MONDAY_MORNING + dt.timedelta(weeks=2, minutes=-20)
    plan_by_hand("一年级1班", week_after_next)
    fill_school(at=MONDAY_MORNING + dt.timedelta(weeks=1))
    assert overlaps_of_people() == []
    weekly = Lesson.objects.within(
        starts_at=MONDAY_MORNING - dt.timedelta(days=7, hours=9),
        ends_at=MONDAY_MORNING - dt.timedelta(hours=9),
    ).count()
    assert Lesson.objects.count() >= expected + weekly


def test_cancelled_demo_lesson_is_made_again() -> None:
    cancel_lesson(lesson_at(MONDAY_MORNING), reason="试一试", at=MONDAY_MORNING)
    fill_school(at=MONDAY_MORNING)
    assert lesson_at(MONDAY_MORNING).title == open_lessons.RUNNING_TITLE


def test_lessons_of_the_demo_are_of_its_plan_which_leaves_them_alone() -> None:
    monday = MONDAY_MORNING.date()
    term = Term.objects.holding(monday).get()
    two_weeks = term.planned_lessons.filter(date__range=(monday, monday + 13 * DAY))
    regular = Lesson.objects.filter(
        title__startswith="第", starts_at__gt=MONDAY_MORNING - dt.timedelta(hours=9)
    ).exclude(state=LessonState.DRAFT)
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
    Term.objects.all().delete()
    lessons = list(Lesson.objects.order_by("pk").values())

    fill_school(at=MONDAY_MORNING)

    before = Lesson.objects.filter(pk__in=[lesson["id"] for lesson in lessons])
    assert list(before.order_by("pk").values()) == lessons
    assert PlannedLesson.objects.exists()


def test_weeks_that_come_are_linked_too_and_a_lesson_deleted_by_hand_is_made_again() -> None:
    first = PlannedLesson.objects.count()
    deleted = PlannedLesson.objects.filter(lesson__starts_at__gt=MONDAY_MORNING + DAY).latest(
        "date"
    )
    assert deleted.lesson is not None
    delete_lessons([deleted.lesson], at=MONDAY_MORNING)

    fill_school(at=MONDAY_MORNING + 7 * DAY)

    deleted.refresh_from_db()
    assert deleted.lesson is not None
    assert PlannedLesson.objects.count() > first + 250
