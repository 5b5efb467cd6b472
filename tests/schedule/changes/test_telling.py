"""Telling people of changes of their lessons: whom, of what, in which words, and when by mail."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of, words_of
from accounts.services import notices as notice_services
from schedule.changes import telling
from schedule.changes.telling import tell_changes
from schedule.enums import ActionOrigin, RecordMode
from schedule.history.personal_news import concerned_by
from schedule.history.words import period_text
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, change_lessons, publish_lesson, schedule_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.models import ClassGroup, Lesson, PlanningAction
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.lessons import changed
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _nothing_is_due(request: pytest.FixtureRequest) -> None:
    """Make the cast and its lesson, as if all had been told of them long ago."""
    for name in ("lesson", "student", "other_teacher"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    told_long_ago()


def told_long_ago() -> None:
    PlanningAction.objects.update(due_at=None, at=timezone.now() - 30 * DAY)


def change(lesson: Lesson, *, action: PlanningAction | None = None, **fields: Any) -> None:
    now = Lesson.objects.get(pk=lesson.pk)
    plan = dataclasses.replace(plan_of(now), **fields)
    assert change_lesson(now, plan, action=action or PlanningAction())


def move(lesson: Lesson, by: dt.timedelta, *, action: PlanningAction | None = None) -> None:
    now = Lesson.objects.get(pk=lesson.pk)
    change(lesson, starts_at=now.starts_at + by, ends_at=now.ends_at + by, action=action)


def cancel(lesson: Lesson, *, action: PlanningAction | None = None) -> None:
    cancel_lesson(lesson, reason="", at=timezone.now(), action=action)


def tell() -> int:
    return tell_changes(timezone.now())


def told(user: User, language: str = "en") -> list[str]:
    with translation.override(language):
        rows = Notice.objects.filter(user=user).order_by("pk")
        return [sentence_of(row.kind, row.arguments) for row in rows]


def period_of(lesson: Lesson, language: str = "en") -> str:
    now = Lesson.objects.get(pk=lesson.pk)
    with translation.override(language):
        return period_text(now.starts_at, now.ends_at)


def by_mail(user: User) -> User:
    user.email, user.notice_mail_language = f"{user.username}@school.example", "en"
    user.save()
    return user


@pytest.fixture
def mailed(student: User, settings: Any) -> User:
    """The student of the lesson, who chose mail."""
    settings.SENDS_MAIL = True
    return by_mail(student)


class TestWhom:
    def test_everybody_concerned_once_and_nobody_else(
        self, lesson, teacher, assistant, student, outsider, planner, other_teacher
    ):
        move(lesson, HOUR, action=PlanningAction(by=planner))
        row = lesson.changes.latest("pk")

        assert [tell(), tell()] == [1, 0]

        users = list(Notice.objects.values_list("user", flat=True))
        assert sorted(users) == sorted([teacher.pk, assistant.pk, student.pk])
        # As the planner was shown.
        concerned = concerned_by([(row.was, row.became)], at=timezone.now())
        assert concerned.staff | concerned.students == set(users)

    def test_who_did_it_knows(self, lesson, teacher, student):
        move(lesson, HOUR, action=PlanningAction(by=teacher))
        tell()

        assert (told(teacher), len(told(student))) == ([], 1)

    def test_closed_accounts_hear_nothing(self, lesson, teacher, assistant, student):
        User.objects.filter(pk__in=[assistant.pk, student.pk]).update(is_active=False)

        move(lesson, HOUR)
        tell()

        assert Notice.objects.get().user == teacher

    def test_nothing_of_drafts(self, student, class_group):
        draft = LessonFactory.create(class_groups=[class_group], is_draft=True)

        move(draft, HOUR)
        tell()

        assert Notice.objects.count() == 0

    def test_nothing_of_the_past(self, lesson, student):
        with time_machine.travel(lesson.ends_at + HOUR):
            change(lesson, title="复习")
            tell()

        assert Notice.objects.count() == 0

    def test_nothing_of_what_only_planners_care_for_or_left_out(self, lesson, student):
        change(lesson, record_mode=RecordMode.NONE)
        assert tell() == 1
        assert Notice.objects.count() == 0

        move(lesson, HOUR, action=PlanningAction(is_told=False))
        tell()

        assert Notice.objects.count() == 0

    def test_nothing_of_a_lesson_that_stays_cancelled(self, lesson, student):
        cancel(lesson)
        told_long_ago()

        change(lesson, title="复习")
        tell()

        assert Notice.objects.count() == 0


class TestWords:
    def test_move_says_before_and_after_and_why_in_both_languages(self, lesson, student):
        was = {language: period_of(lesson, language) for language in ("en", "zh-hans")}
        move(lesson, HOUR, action=PlanningAction(reason="停电"))
        tell()

        now = {language: period_of(lesson, language) for language in was}
        assert told(student) == [f"Moved: 语文课, from {was['en']} to {now['en']}. Reason: 停电"]
        assert told(student, "zh-hans") == [
            f"已改时间：语文课，由 {was['zh-hans']} 改为 {now['zh-hans']}。原因：停电"
        ]

    def test_what_is_told_as_one_has_the_reasons_of_all(self, lesson, student):
        was = period_of(lesson)
        for reason in ("停电", "", "换场地", "停电"):
            move(lesson, HOUR, action=PlanningAction(reason=reason))
            tell()

        now = period_of(lesson)
        assert told(student) == [f"Moved: 语文课, from {was} to {now}. Reason: 停电; 换场地"]
        assert told(student, "zh-hans")[0].endswith("。原因：停电；换场地")

    def test_reasons_that_somebody_has_read_are_not_told_again(self, lesson, student):
        move(lesson, HOUR, action=PlanningAction(reason="停电"))
        tell()
        Notice.objects.update(read_at=timezone.now())
        move(lesson, HOUR, action=PlanningAction(reason="换场地"))
        tell()

        assert told(student)[-1].endswith("Reason: 换场地")

    def test_other_teacher_is_said_to_each_in_fitting_words(
        self, lesson, teacher, other_teacher, assistant, student
    ):
        change(lesson, teacher=other_teacher)
        tell()

        about = f"语文课, {period_of(lesson)}"
        assert told(teacher) == [f"赵老师 now teaches {about}, in your place."]
        assert told(other_teacher) == [f"You now teach {about}, in place of 李老师."]
        assert told(student) == [f"Changed: {about}. Teacher: 李老师 → 赵老师."]
        assert told(assistant) == told(student)
        zh = f"语文课，{period_of(lesson, 'zh-hans')}"
        assert told(teacher, "zh-hans") == [f"您不再教这节课：{zh}，现授课老师：赵老师。"]
        assert told(other_teacher, "zh-hans") == [f"改由您授课：{zh}，原授课老师：李老师。"]

    def test_assistants_and_students_come_and_go(
        self, lesson, assistant, other_teacher, student, outsider, other_class_group
    ):
        change(lesson, assistants=(other_teacher,))
        tell()

        about = f"语文课, {period_of(lesson)}"
        assert told(assistant) == [f"You no longer assist in {about}."]
        assert told(other_teacher) == [f"You now assist in {about}, taught by 李老师."]
        lesson.refresh_from_db()
        change(lesson, class_groups=(other_class_group,))
        tell()

        assert told(student) == [f"No longer in your timetable: {about}."]
        assert told(outsider) == [f"New in your timetable: {about}, taught by 李老师."]

    def test_students_come_and_go_with_their_membership(self, lesson, class_group):
        day = timezone.localdate(lesson.starts_at)
        leaves = MembershipFactory.create(class_group=class_group, to_date=day).user
        comes = MembershipFactory.create(class_group=class_group, from_date=day + 7 * DAY).user
        was = period_of(lesson)

        move(lesson, 7 * DAY)
        tell()

        assert told(leaves) == [f"No longer in your timetable: 语文课, {was}."]
        assert told(comes) == [
            f"New in your timetable: 语文课, {period_of(lesson)}, taught by 李老师."
        ]

    def test_cancelled_and_restored(self, lesson, student):
        about = f"语文课, {period_of(lesson)}"
        cancel(lesson, action=PlanningAction(reason="停电"))
        tell()
        Notice.objects.update(read_at=timezone.now())
        restore_lesson(lesson)
        tell()

        assert told(student) == [
            f"Cancelled: {about}. Reason: 停电",
            f"Takes place after all: {about}.",
        ]

    def test_published_lesson_is_new(self, teacher, assistant, student, class_group):
        draft = LessonFactory.create(
            course=CourseFactory.create(name="英语课"),
            title="Colours",
            teacher=teacher,
            assistants=[assistant],
            class_groups=[class_group],
            is_draft=True,
        )
        tell()
        publish_lesson(draft)
        tell()

        about = f"英语课 · Colours, {period_of(draft)}"
        assert told(teacher) == [f"New lesson for you to teach: {about}."]
        assert told(assistant) == [f"New lesson for you to assist in: {about}, taught by 李老师."]
        assert told(student) == [f"New in your timetable: {about}, taught by 李老师."]

    def test_several_things_at_once_stand_in_one_sentence(self, lesson, other_teacher, student):
        was = period_of(lesson)
        change(
            lesson,
            teacher=other_teacher,
            title="复习",
            starts_at=lesson.starts_at + HOUR,
            ends_at=lesson.ends_at + HOUR,
        )
        tell()

        assert told(student) == [
            f"Changed: 语文课. Time: {was} → {period_of(lesson)}; Title: – → 复习;"
            " Teacher: 李老师 → 赵老师."
        ]


class TestWhereItLeads:
    def test_to_the_lesson_or_to_the_week_in_which_it_stood(
        self, lesson, teacher, other_teacher, student
    ):
        day = timezone.localdate(lesson.starts_at)
        change(lesson, teacher=other_teacher)
        tell()

        page = f"/schedule/lessons/{lesson.code}/"
        leads = dict(Notice.objects.values_list("user__username", "address"))
        assert leads["student"] == leads["other_teacher"] == page
        assert leads["teacher"] == f"/schedule/{day}/"
        ways = dict(Notice.objects.values_list("user__username", "kind"))
        assert str(words_of(ways["teacher"]).way) == "查看该周课程表"
        assert str(words_of(ways["student"]).way) == "查看这节课"

    def test_pages_open_for_who_is_told(
        self, lesson, teacher, other_teacher, assistant, student, signed_in
    ):
        change(lesson, teacher=other_teacher, assistants=())
        tell()

        for notice in Notice.objects.select_related("user"):
            assert signed_in(notice.user).get(notice.address).status_code == 200


@pytest.fixture
def day_of_lessons(teacher: User, class_group: ClassGroup, lesson: Lesson) -> list[Lesson]:
    """Three lessons of the cast, told long ago."""
    made = [
        LessonFactory.create(
            course=lesson.course,
            teacher=teacher,
            class_groups=[class_group],
            starts_at=lesson.starts_at + hours * HOUR,
        )
        for hours in (1, 2)
    ]
    told_long_ago()
    return [lesson, *made]


def move_all(moved: list[Lesson], by: dt.timedelta, **fields: Any) -> PlanningAction:
    action = PlanningAction(origin=ActionOrigin.PAGE, **fields)
    there = Lesson.objects.filter(pk__in=[lesson.pk for lesson in moved])
    change_lessons(
        [
            (each, changed(each, starts_at=each.starts_at + by, ends_at=each.ends_at + by))
            for each in there
        ],
        action=action,
    )
    return action


class TestBatches:
    def test_one_notice_a_person_with_the_count_and_the_list(
        self, day_of_lessons, student, assistant
    ):
        action = move_all(day_of_lessons, DAY, reason="运动会")
        tell()

        assert told(student) == ["3 lessons of yours have changed. Reason: 运动会"]
        assert told(student, "zh-hans") == ["您有 3 节课发生了变化。原因：运动会"]
        notice = Notice.objects.get(user=student)
        assert notice.address == f"/schedule/changes/{action.code}/"
        # The assistant is in one of them only.
        assert told(assistant)[0].startswith("Moved: 语文课, from")

    def test_import_of_new_lessons(self, teacher, student, class_group, planner):
        course = CourseFactory.create()
        plans = [
            LessonPlan(
                course=course,
                teacher=teacher,
                class_groups=(class_group,),
                starts_at=school_time(day, 8),
                ends_at=school_time(day, 9),
            )
            for day in (-2, 1, 2)
        ]
        schedule_lessons(plans, action=PlanningAction(by=planner, origin=ActionOrigin.IMPORT))
        tell()

        # The one of the past is no news.
        assert told(student) == ["2 new lessons in your timetable."]
        assert told(student, "zh-hans") == ["您的课程表新增 2 节课。"]

    @pytest.mark.parametrize("count", [20, 200])
    def test_as_many_queries_for_few_lessons_as_for_many(self, count):
        plans, students = [], []
        for number in range(count // 10):
            teacher = UserFactory.create(roles=[Role.TEACHER])
            group = ClassGroupFactory.create()
            students.append(MembershipFactory.create(class_group=group).user)
            course = CourseFactory.create(name=f"课{number}")
            plans += [
                LessonPlan(
                    course=course,
                    teacher=teacher,
                    class_groups=(group,),
                    starts_at=school_time(1, hour),
                    ends_at=school_time(1, hour, 45),
                )
                for hour in range(8, 18)
            ]
        schedule_lessons(plans, action=PlanningAction())

        with CaptureQueriesContext(connection) as counted:
            assert tell() == 1

        assert Notice.objects.count() == 2 * len(students)
        # Those of the engine, savepoints of the test, and one statement a thousand notices.
        assert len(counted) <= 18


class TestTakenBack:
    def test_undone_before_it_was_told_is_told_to_nobody(self, lesson, student):
        move(lesson, HOUR)
        move(lesson, -HOUR)

        assert tell() == 2

        assert Notice.objects.count() == 0

    def test_undone_in_time_takes_the_notice_back(self, lesson, teacher, student):
        move(lesson, HOUR)
        tell()
        assert Notice.objects.count() == 3

        with time_machine.travel(timezone.now() + 9 * MINUTE):
            move(lesson, -HOUR)
            tell()

        assert Notice.objects.count() == 0

    @pytest.mark.parametrize("heard", ["read_at", "mailed_at"])
    def test_who_has_heard_of_it_is_told_that_it_is_as_before(self, lesson, student, heard):
        was = period_of(lesson)
        move(lesson, HOUR)
        between = period_of(lesson)
        tell()
        Notice.objects.filter(user=student).update(**{heard: timezone.now()})

        move(lesson, -HOUR)
        tell()

        assert told(student)[1:] == [f"Moved: 语文课, from {between} to {was}."]
        assert Notice.objects.count() == 2

    def test_later_it_is_news_of_its_own(self, lesson, student):
        move(lesson, HOUR)
        tell()

        with time_machine.travel(timezone.now() + 11 * MINUTE):
            move(lesson, -HOUR)
            tell()

        assert len(told(student)) == 2

    def test_cancelled_and_restored_in_time(self, lesson, student):
        cancel(lesson)
        tell()
        restore_lesson(lesson)
        tell()

        assert Notice.objects.count() == 0

    def test_new_lesson_that_is_cancelled_in_time(self, student, class_group):
        new = LessonFactory.create(class_groups=[class_group])
        tell()
        assert len(told(student)) == 1
        cancel(new)
        tell()

        assert Notice.objects.count() == 0

    def test_teachers_who_had_it_for_a_moment_hear_nothing(
        self, lesson, teacher, other_teacher, student
    ):
        third = UserFactory.create(display_name="钱老师", roles=[Role.TEACHER])
        change(lesson, teacher=other_teacher)
        tell()
        change(lesson, teacher=third)
        tell()

        about = f"语文课, {period_of(lesson)}"
        assert told(other_teacher) == []
        # They had heard of nothing before.
        assert told(third) == [f"You now teach {about}, in place of 赵老师."]
        # Who lost it hears who has it now, and not who had it for a moment.
        assert told(teacher) == [f"钱老师 now teaches {about}, in your place."]
        assert told(student) == [f"Changed: {about}. Teacher: 李老师 → 钱老师."]

        change(lesson, teacher=teacher)
        tell()

        assert Notice.objects.count() == 0

    def test_several_in_a_row_are_told_as_their_difference(self, lesson, student, other_teacher):
        was = period_of(lesson)
        start = timezone.now()
        for minutes in (0, 8, 16):
            with time_machine.travel(start + minutes * MINUTE):
                move(lesson, HOUR)
                tell()

        assert told(student) == [f"Moved: 语文课, from {was} to {period_of(lesson)}."]

    def test_who_did_both_knows_and_the_others_hear_the_difference(self, lesson, teacher, student):
        was = period_of(lesson)
        for _time in range(2):
            move(lesson, HOUR, action=PlanningAction(by=teacher))
            tell()

        assert told(teacher) == []
        assert told(student) == [f"Moved: 语文课, from {was} to {period_of(lesson)}."]

    @pytest.mark.parametrize("is_told", [True, False])
    def test_who_changes_it_still_hears_what_others_did_before(
        self, lesson, teacher, student, is_told
    ):
        was = period_of(lesson)
        move(lesson, HOUR)
        tell()
        change(lesson, title="公开课", action=PlanningAction(by=teacher, is_told=is_told))
        tell()

        assert told(teacher) == told(student)
        assert f"Time: {was} → {period_of(lesson)}" in told(teacher)[0]

    def test_who_takes_it_back_has_nothing_left_to_hear(self, lesson, teacher):
        move(lesson, HOUR)
        tell()
        move(lesson, -HOUR, action=PlanningAction(by=teacher))
        tell()

        assert told(teacher) == []

    def test_who_has_heard_of_it_hears_nothing_of_what_they_do_then(self, lesson, teacher):
        move(lesson, HOUR)
        tell()
        notice_services.mark_all_read(teacher, at=timezone.now())
        move(lesson, HOUR, action=PlanningAction(by=teacher))
        tell()

        assert len(told(teacher)) == 1

    def test_silent_change_corrects_what_was_told_and_tells_nobody_else(
        self, lesson, student, assistant, other_teacher
    ):
        was = period_of(lesson)
        move(lesson, HOUR)
        tell()
        silent = PlanningAction(is_told=False)
        now = Lesson.objects.get(pk=lesson.pk)
        change(
            lesson,
            starts_at=now.starts_at + HOUR,
            ends_at=now.ends_at + HOUR,
            assistants=(other_teacher,),
            action=silent,
        )
        tell()

        assert told(student)[0].startswith(f"Changed: 语文课. Time: {was} → {period_of(lesson)}")
        assert told(other_teacher) == []

        change(lesson, starts_at=lesson.starts_at, ends_at=lesson.ends_at)
        tell()
        silent_back = PlanningAction(is_told=False)
        change(lesson, assistants=(assistant,), action=silent_back)
        tell()

        assert told(student) == []

    def test_whole_batch(self, day_of_lessons, student):
        move_all(day_of_lessons, DAY)
        tell()
        move_all(day_of_lessons, -DAY)
        tell()

        assert Notice.objects.count() == 0

    def test_part_of_a_batch(self, day_of_lessons, student):
        move_all(day_of_lessons, DAY)
        tell()

        move(day_of_lessons[0], -DAY)
        tell()
        assert told(student) == ["2 lessons of yours have changed."]

        move(day_of_lessons[1], -DAY)
        move(day_of_lessons[2], -DAY)
        tell()
        assert told(student) == []

    def test_batch_of_which_one_changes_again(self, day_of_lessons, student):
        last = day_of_lessons[2]
        was = period_of(last)
        move_all(day_of_lessons, DAY)
        tell()

        move(last, HOUR)
        tell()

        assert told(student) == [
            "2 lessons of yours have changed.",
            f"Moved: 语文课, from {was} to {period_of(last)}.",
        ]


class TestMail:
    def sent(self) -> list[str]:
        notice_services.mail_due(timezone.now())
        return [str(message.body).split("\n\n")[1] for message in mail.outbox]

    def test_waits_ten_minutes(self, lesson, mailed):
        now = timezone.now()
        move(lesson, 14 * DAY)
        tell()

        assert self.sent() == []
        with time_machine.travel(now + 9 * MINUTE):
            assert self.sent() == []
        with time_machine.travel(now + 11 * MINUTE):
            assert self.sent() == told(mailed)

    def test_goes_at_once_for_what_is_near(self, lesson_from_now, mailed):
        near = lesson_from_now(60, 100)
        told_long_ago()

        move(near, 14 * DAY)
        tell()

        assert self.sent() == told(mailed) != []

    def test_says_the_difference_only(self, lesson, mailed):
        was = period_of(lesson)
        now = timezone.now()
        move(lesson, 14 * DAY)
        tell()
        with time_machine.travel(now + 8 * MINUTE):
            move(lesson, DAY)
            tell()

        with time_machine.travel(now + 19 * MINUTE):
            assert self.sent() == [f"Moved: 语文课, from {was} to {period_of(lesson)}."]

    def test_nothing_goes_of_what_was_taken_back(self, lesson, mailed):
        now = timezone.now()
        move(lesson, 14 * DAY)
        tell()
        move(lesson, -14 * DAY)
        tell()

        with time_machine.travel(now + 30 * MINUTE):
            assert self.sent() == []

    def test_batch_that_shrinks_is_mailed_by_its_new_count(self, day_of_lessons, mailed):
        now = timezone.now()
        move_all(day_of_lessons, 14 * DAY)
        tell()
        read_before = Notice.objects.get(user=mailed)
        with time_machine.travel(now + 5 * MINUTE):
            move(day_of_lessons[0], -14 * DAY)
            tell()
            # A mailer that read it before does not get it.
            lease = Notice.objects.lease(read_before, HOUR, at=timezone.now())

        with time_machine.travel(now + 16 * MINUTE):
            assert (lease, self.sent()) == (False, ["2 lessons of yours have changed."])

    def test_rest_of_a_batch_that_goes_at_once_does_not_wait(
        self, day_of_lessons, teacher, class_group, mailed
    ):
        near = LessonFactory.create(
            course=day_of_lessons[0].course,
            teacher=teacher,
            class_groups=[class_group],
            starts_at=timezone.now() + HOUR,
        )
        told_long_ago()
        move_all([near, *day_of_lessons], 14 * DAY)
        tell()

        move(day_of_lessons[0], -14 * DAY)
        tell()

        assert self.sent() == ["3 lessons of yours have changed."]

    def test_notice_that_is_being_mailed_counts_as_heard(self, lesson, mailed):
        move(lesson, 14 * DAY)
        tell()
        notice = Notice.objects.get(user=mailed)
        assert Notice.objects.lease(notice, HOUR, at=timezone.now())

        move(lesson, -14 * DAY)
        tell()

        assert len(told(mailed)) == 2


class TestOrder:
    def test_earlier_action_on_the_same_lesson_has_its_turn_first(self, lesson, student):
        was = period_of(lesson)
        move(lesson, HOUR)
        first = PlanningAction.objects.latest("pk")
        move(lesson, HOUR)
        # Somebody is at it.
        until = timezone.now() + MINUTE
        PlanningAction.objects.filter(pk=first.pk).update(leased_until=until, lease_token="theirs")

        tell()
        assert told(student) == []

        with time_machine.travel(timezone.now() + 2 * MINUTE):
            tell()
            tell()

        with time_machine.travel(timezone.now() + 3 * MINUTE):
            tell()
        assert told(student) == [f"Moved: 语文课, from {was} to {period_of(lesson)}."]

    def test_action_on_other_lessons_waits_for_nobody(self, day_of_lessons, student):
        move(day_of_lessons[0], 14 * DAY)
        first = PlanningAction.objects.latest("pk")
        move(day_of_lessons[1], 14 * DAY)
        PlanningAction.objects.filter(pk=first.pk).update(due_at=timezone.now() + HOUR)

        tell()

        assert len(told(student)) == 1

    def test_failing_action_is_given_up_some_time_and_holds_up_no_longer(
        self, lesson, student, monkeypatch
    ):
        move(lesson, HOUR)
        odd = PlanningAction.objects.latest("pk")
        move(lesson, HOUR)
        at = timezone.now()

        def break_at(action: PlanningAction, *_more: Any) -> Any:
            if action.pk == odd.pk:
                raise LookupError("odd")
            return original(action, *_more)

        original = telling._earlier
        monkeypatch.setattr(telling, "_earlier", break_at)
        while PlanningAction.objects.filter(due_at__isnull=False).exists():
            at += 10 * MINUTE
            tell_changes(at)

        assert len(told(student)) == 1
        assert PlanningAction.objects.get(pk=odd.pk).last_error == "LookupError: odd"


class TestCrash:
    @pytest.mark.parametrize("place", ["give_notices", "withdraw"])
    def test_killed_in_the_middle_leaves_nothing_behind(self, lesson, student, monkeypatch, place):
        was = period_of(lesson)
        move(lesson, HOUR)
        tell()
        move(lesson, HOUR)
        original: Callable[..., None] = getattr(telling, place)

        def die(*args: Any, **options: Any) -> None:
            original(*args, **options)
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(telling, place, die)
            with pytest.raises(SystemExit):
                tell()
        assert len(told(student)) == 1

        with time_machine.travel(timezone.now() + telling.LEASE + MINUTE):
            tell()
        assert told(student) == [f"Moved: 语文课, from {was} to {period_of(lesson)}."]

    def test_killed_before_its_lease_ended_is_not_told_again(self, lesson, student):
        move(lesson, HOUR)
        action = PlanningAction.objects.latest("pk")
        telling.tell(action, timezone.now())
        telling.tell(action, timezone.now())
        action.refresh_from_db()

        assert (action.due_at, len(told(student))) == (None, 1)

    def test_who_lost_the_lease_tells_nothing(self, lesson, student):
        move(lesson, HOUR)
        action = PlanningAction.objects.latest("pk")
        PlanningAction.objects.update(lease_token="theirs")

        telling.tell(action, timezone.now())

        assert told(student) == []


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def until_told(self) -> None:
        at = timezone.now()
        while PlanningAction.objects.filter(due_at__isnull=False).exists():
            at += MINUTE
            tell_changes(at)

    def test_workers_share_the_actions_and_keep_their_order(self, day_of_lessons, student):
        was = period_of(day_of_lessons[1])
        move_all(day_of_lessons, DAY)
        move(day_of_lessons[0], -DAY)
        move(day_of_lessons[2], -DAY)
        move(day_of_lessons[1], HOUR)
        at = timezone.now()

        all_at_once(lambda _number: tell_changes(at), range(4))
        self.until_told()

        # A batch of which one lesson was left, and that one changed again.
        assert told(student) == [
            f"Moved: 语文课, from {was} to {period_of(day_of_lessons[1])}.",
        ]

    def test_notice_is_either_read_or_taken_back(self, lesson, student):
        move(lesson, HOUR)
        tell()
        move(lesson, -HOUR)
        at = timezone.now()

        all_at_once(
            lambda work: work(),
            [lambda: notice_services.mark_all_read(student, at=at), lambda: tell_changes(at)],
        )
        self.until_told()

        assert len(told(student)) in {0, 2}
