"""Changes by mail to families: what is told, when, and to nobody else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from accounts.services.notices import mark_all_read
from schedule.changes.telling import tell_changes
from schedule.families.mailing.addresses import next_evening
from schedule.history.words import period_text
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lessons, schedule_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.models import ClassGroup, FamilyAddress, FamilyLink, Lesson, PlanningAction
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.schedule.families.mailing.conftest import DAY, in_turn, move
from tests.support.family_mails import EMAIL, confirmed_address, family_link, lines, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_new_changes")]

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def near(class_group: ClassGroup) -> Lesson:
    """Make a lesson of the student in an hour."""
    starts_at = timezone.now().replace(microsecond=0) + HOUR
    lesson = LessonFactory.create(class_groups=(class_group,), starts_at=starts_at)
    PlanningAction.objects.update(due_at=None)
    return lesson


@pytest.fixture
def sister(class_group: ClassGroup) -> User:
    """Make a student of another class group, with a lesson of her own."""
    group = ClassGroupFactory.create(name="六年级2班")
    user = MembershipFactory.create(
        class_group=group, user__roles=(Role.STUDENT,), user__display_name="小妹"
    ).user
    LessonFactory.create(
        class_groups=(group,), course__name="美术课", starts_at=school_time(20, 14)
    )
    PlanningAction.objects.update(due_at=None, at=timezone.now() - 30 * DAY)
    return user


def period_of(lesson: Lesson) -> str:
    now = Lesson.objects.get(pk=lesson.pk)
    with translation.override("en"):
        return period_text(now.starts_at, now.ends_at)


def told_to(user: User) -> list[str]:
    with translation.override("en"):
        rows = Notice.objects.filter(user=user).order_by("pk")
        return [sentence_of(notice.kind, notice.arguments) for notice in rows]


class TestAtOnce:
    @pytest.mark.usefixtures("at_once")
    def test_goes_when_the_childs_own_mail_would(self, lesson: Lesson):
        was = period_of(lesson)
        move(lesson, 14 * DAY, reason="运动会")

        assert sent() == []
        with in_turn(9):
            assert sent() == []
        with in_turn(11):
            (body,) = sent()
        moved = f"Moved: 语文课, from {was} to {period_of(lesson)}. Reason: 运动会"
        assert lines(body) == [moved]

    def test_goes_once(self, lesson: Lesson, at_once: FamilyAddress):
        move(lesson, 14 * DAY)

        with in_turn(11):
            assert len(sent()) == 1
            assert FamilyAddress.objects.get().due_at is None
        with in_turn(30):
            assert len(sent()) == 1
            move(lesson, DAY)
        with in_turn(42):
            first, second = sent()
        assert lines(first) != lines(second)
        assert len(lines(second)) == 1

    @pytest.mark.usefixtures("at_once")
    def test_is_told_right_away_of_what_is_near(self, near: Lesson):
        move(near, 14 * DAY)

        (body,) = sent()
        assert len(lines(body)) == 1

    @pytest.mark.usefixtures("at_once")
    def test_what_was_taken_back_in_time_is_not_told(self, lesson: Lesson):
        move(lesson, 14 * DAY)
        with in_turn(5):
            move(lesson, -14 * DAY)

        with in_turn(30):
            assert sent() == []
            assert FamilyAddress.objects.get().due_at is None

    @pytest.mark.usefixtures("at_once")
    def test_quick_corrections_are_one_sentence(self, lesson: Lesson):
        was = period_of(lesson)
        move(lesson, 14 * DAY)
        with in_turn(8):
            move(lesson, DAY)

        with in_turn(19):
            (body,) = sent()
        assert lines(body) == [f"Moved: 语文课, from {was} to {period_of(lesson)}."]

    @pytest.mark.usefixtures("at_once")
    def test_what_may_still_be_taken_back_waits_for_its_own_turn(
        self, lesson: Lesson, class_group: ClassGroup
    ):
        other = LessonFactory.create(class_groups=(class_group,), starts_at=school_time(25, 9))
        PlanningAction.objects.update(due_at=None)
        move(lesson, 14 * DAY)
        with in_turn(8):
            move(other, DAY)

        with in_turn(11):
            (first,) = sent()
        assert len(lines(first)) == 1
        assert FamilyAddress.objects.get().due_at is not None
        with in_turn(12):
            move(other, -DAY)
        with in_turn(30):
            assert len(sent()) == 1
            assert FamilyAddress.objects.get().due_at is None

    @pytest.mark.usefixtures("at_once")
    def test_what_was_told_because_something_later_was_urgent_is_not_taken_back_in_silence(
        self, lesson: Lesson, near: Lesson
    ):
        move(lesson, 14 * DAY)
        with in_turn(1):
            move(near, 20 * DAY)
            (first,) = sent()
        assert len(lines(first)) == 2
        with in_turn(3):
            move(lesson, -14 * DAY)
        with in_turn(14):
            _first, second = sent()
        assert lines(second)[0].startswith("Moved: 语文课, from ")

    @pytest.mark.usefixtures("at_once")
    def test_what_the_child_has_read_is_told_all_the_same(self, lesson: Lesson, student: User):
        move(lesson, 14 * DAY)
        mark_all_read(student, at=timezone.now())

        with in_turn(11):
            assert len(sent()) == 1

    @pytest.mark.usefixtures("at_once")
    def test_each_of_several_lessons_is_named(
        self, class_group: ClassGroup, teacher: User, student: User
    ):
        PlanningAction.objects.update(due_at=None)
        course = CourseFactory.create(name="体育课")
        plans = [
            LessonPlan(
                course=course,
                teacher=teacher,
                class_groups=(class_group,),
                starts_at=school_time(day, 15),
                ends_at=school_time(day, 16),
            )
            for day in (12, 11)
        ]
        schedule_lessons(plans)
        tell_changes(timezone.now())

        with in_turn(11):
            (body,) = sent()
        assert told_to(student) == ["2 new lessons in your timetable."]
        first, second = Lesson.objects.filter(course=course).order_by("starts_at")
        assert lines(body) == [
            f"New in your timetable: 体育课, {period_of(first)}, taught by 李老师.",
            f"New in your timetable: 体育课, {period_of(second)}, taught by 李老师.",
        ]

    @pytest.mark.usefixtures("at_once")
    def test_of_very_many_lessons_their_count_is_told(
        self, class_group: ClassGroup, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("schedule.families.mailing.news.LESSONS_TOLD", 1)
        other = LessonFactory.create(class_groups=(class_group,), starts_at=school_time(26, 9))
        PlanningAction.objects.update(due_at=None)
        rows = [Lesson.objects.get(pk=row.pk) for row in (lesson, other)]
        change_lessons(
            [
                (
                    row,
                    dataclasses.replace(
                        plan_of(row), starts_at=row.starts_at + DAY, ends_at=row.ends_at + DAY
                    ),
                )
                for row in rows
            ],
            action=PlanningAction(reason="运动会"),
        )
        tell_changes(timezone.now())

        with in_turn(11):
            (body,) = sent()
        assert lines(body) == ["2 lessons have changed. Reason: 运动会"]

    @pytest.mark.usefixtures("at_once")
    def test_several_lessons_of_which_one_is_near_are_told_right_away(
        self, class_group: ClassGroup, lesson: Lesson, near: Lesson
    ):
        action = PlanningAction()
        for row in (near, lesson):
            cancel_lesson(
                Lesson.objects.get(pk=row.pk), reason="", at=timezone.now(), action=action
            )
        tell_changes(timezone.now())

        (body,) = sent()
        assert [line.split(":")[0] for line in lines(body)] == ["Cancelled", "Cancelled"]


class TestOnceADay:
    EVENING = school_time(1, 18)

    def test_all_of_the_day_goes_in_the_evening(self, lesson: Lesson, link: FamilyLink):
        address = confirmed_address(link, is_daily=True)
        with time_machine.travel(school_time(1, 9)):
            move(lesson, 14 * DAY)
        with time_machine.travel(school_time(1, 12)):
            move(lesson, DAY)
            assert sent() == []
        address.refresh_from_db()
        assert address.due_at == school_time(1, 18)

        with time_machine.travel(school_time(1, 18, 1)):
            (body,) = sent()
        assert len(lines(body)) == 2
        with time_machine.travel(school_time(2, 18, 1)):
            assert len(sent()) == 1

    def test_what_comes_after_the_mail_goes_with_the_next_one(
        self, lesson: Lesson, link: FamilyLink
    ):
        address = confirmed_address(link, is_daily=True)
        with time_machine.travel(school_time(1, 18, 1)):
            move(lesson, 14 * DAY)

        address.refresh_from_db()
        assert address.due_at == school_time(2, 18)

    @pytest.mark.parametrize(("hour", "days"), [(17, 0), (18, 1), (23, 1)])
    def test_the_next_evening_is_the_schools(self, hour: int, days: int):
        assert next_evening(school_time(3, hour)) == school_time(3 + days, 18)


class TestWhom:
    def test_two_children_of_one_link_stand_in_one_mail(
        self, lesson: Lesson, student: User, sister: User
    ):
        confirmed_address(family_link([student, sister]))
        of_sister = Lesson.objects.get(course__name="美术课")
        move(lesson, 14 * DAY)
        move(of_sister, DAY)

        with in_turn(11):
            (body,) = sent()
        parts = body.split("\n\n")
        assert [parts[0], parts[2]] == [student.display_name, "小妹"]
        assert ("语文课" in parts[1], "美术课" in parts[3]) == (True, True)

    @pytest.mark.usefixtures("at_once")
    def test_nothing_of_another_child(self, student: User, sister: User):
        move(Lesson.objects.get(course__name="美术课"), DAY)

        with in_turn(11):
            assert sent() == []

    def test_each_family_of_a_child_has_its_own_mail(self, lesson: Lesson, student: User):
        for number in range(2):
            confirmed_address(family_link([student]), email=f"{number}@home.example")
        move(lesson, 14 * DAY)

        with in_turn(11):
            sent()
        assert sorted(message.to[0] for message in mail.outbox) == [
            *("0@home.example", "1@home.example")
        ]

    def test_address_that_nobody_has_confirmed_is_told_nothing(
        self, lesson: Lesson, link: FamilyLink
    ):
        confirmed_address(link, confirmed_at=None)
        move(lesson, 14 * DAY)

        with in_turn(11):
            assert sent() == []

    @pytest.mark.usefixtures("at_once")
    def test_what_came_before_the_address_is_not_told(self, lesson: Lesson):
        with in_turn(-60):
            move(lesson, 14 * DAY)
        FamilyAddress.objects.update(due_at=timezone.now(), told_until=timezone.now())

        assert sent() == []

    def test_link_that_has_ended_is_told_nothing(
        self, lesson: Lesson, at_once: FamilyAddress, link: FamilyLink
    ):
        move(lesson, 14 * DAY)
        FamilyLink.objects.update(ended_at=timezone.now())

        with in_turn(11):
            assert sent() == []
            move(lesson, DAY)
            assert FamilyAddress.objects.get().due_at is None

    def test_child_who_has_left_is_told_of_no_more(
        self, lesson: Lesson, at_once: FamilyAddress, student: User
    ):
        move(lesson, 14 * DAY)
        User.objects.filter(pk=student.pk).update(is_active=False)

        with in_turn(11):
            assert sent() == []

    def test_platform_without_a_mail_server_plans_none(
        self, lesson: Lesson, at_once: FamilyAddress, settings: Any
    ):
        settings.SENDS_MAIL = False
        move(lesson, 14 * DAY)

        assert FamilyAddress.objects.get().due_at is None


class TestTheMail:
    @pytest.mark.usefixtures("at_once")
    def test_names_the_school_and_child_and_how_to_stop(self, lesson: Lesson, student: User):
        move(lesson, 14 * DAY)
        with in_turn(11):
            sent()

        (message,) = mail.outbox
        assert message.to == [EMAIL]
        assert message.subject == f"云课堂: changes in the timetable of {student.display_name}"
        stop = message.extra_headers["List-Unsubscribe"].strip("<>")
        assert stop.startswith("https://school.example/family/stop/")
        assert stop in str(message.body)
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_is_in_the_language_that_the_family_chose(self, lesson: Lesson, link: FamilyLink):
        confirmed_address(link, language="zh-hans")
        move(lesson, 14 * DAY)

        with in_turn(11):
            (body,) = sent()
        assert "语文课" in lines(body)[0]
        assert "Moved" not in body

    def test_has_no_secret_of_the_link(self, lesson: Lesson, student: User):
        confirmed_address(family_link([student], token="secret-part"))
        move(lesson, 14 * DAY)

        with in_turn(11):
            (body,) = sent()
        assert "secret-part" not in body
