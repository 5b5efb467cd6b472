"""Weekly lessons of a term: added, changed and removed, nobody in two at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.models import BellTime, ClassGroup, Lesson, PlanningAction, Term, WeeklyLesson
from schedule.occupancy.words import who_in_words
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.weekly_lessons.changes import (
    WeeklyLessonOverlaps,
    add_weekly_lesson,
    change_weekly_lesson,
    remove_weekly_lesson,
)
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    CourseFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.variants import variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4)


@pytest.fixture
def weekly_lesson(
    term: Term, teacher: User, assistant: User, class_group: ClassGroup
) -> WeeklyLesson:
    """On Mondays from 8:00 to 8:45."""
    return WeeklyLessonFactory.create(
        term=term, teacher=teacher, assistants=[assistant], class_groups=[class_group]
    )


def wanted(teacher: User, *class_groups: ClassGroup, **columns: Any) -> WeeklyLessonPlan:
    """Mondays, from 8:30 to 9:15."""
    plan = WeeklyLessonPlan(
        course=CourseFactory.create(),
        teacher=teacher,
        class_groups=class_groups,
        weekday=1,
        starts=dt.time(8, 30),
        ends=dt.time(9, 15),
    )
    return dataclasses.replace(plan, **columns)


def awaits_planning(term: Term) -> bool:
    term.refresh_from_db()
    return term.awaits_planning


@pytest.fixture
def planned(term: Term, weekly_lesson: WeeklyLesson) -> Term:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    assert not awaits_planning(term)
    return term


class TestAdd:
    def test_what_was_decided_is_kept(
        self, term: Term, teacher: User, assistant: User, class_group: ClassGroup
    ):
        plan = wanted(
            teacher,
            class_group,
            assistants=(assistant,),
            weeks=Weeks(ODD),
            title="复习",
            room_type=1,
            record_mode=1,
            overlap_reason="走班",
        )

        weekly_lesson = add_weekly_lesson(term, plan)

        assert plan_of(WeeklyLesson.objects.get(pk=weekly_lesson.pk)) == plan
        assert weekly_lesson.source == "page"

    def test_term_awaits_planning(
        self, planned: Term, other_teacher: User, other_class_group: ClassGroup
    ):
        add_weekly_lesson(planned, wanted(other_teacher, other_class_group))

        assert awaits_planning(planned)

    @pytest.mark.parametrize(
        ("last", "becomes"),
        [
            (2, (1, 2, dt.time(8), dt.time(9, 40))),
            # It is planned by the clock then.
            (3, (None, None, dt.time(8, 30), dt.time(9, 15))),
        ],
    )
    def test_bell_times_count_as_they_are_when_it_is_saved(
        self,
        term: Term,
        teacher: User,
        class_group: ClassGroup,
        last: int,
        becomes: tuple[int | None, int | None, dt.time, dt.time],
    ):
        for number, (a, b) in enumerate([(8, 0), (8, 55)], start=1):
            end = dt.time(a + 1, (b + 45) % 60) if b else dt.time(a, 45)
            BellTime.objects.create(term=term, number=number, starts=dt.time(a, b), ends=end)

        made = add_weekly_lesson(term, wanted(teacher, class_group, first_bell=1, last_bell=last))

        assert (made.first_bell, made.last_bell, made.starts, made.ends) == becomes

    def test_nobody_is_in_two(
        self,
        term: Term,
        weekly_lesson: WeeklyLesson,
        teacher: User,
        assistant: User,
        class_group: ClassGroup,
        other_teacher: User,
        other_class_group: ClassGroup,
    ):
        plans = {
            teacher.display_name: wanted(teacher, other_class_group),
            assistant.display_name: wanted(
                other_teacher, other_class_group, assistants=(assistant,)
            ),
            class_group.name: wanted(other_teacher, class_group),
        }
        for who, plan in plans.items():
            with pytest.raises(WeeklyLessonOverlaps) as caught:
                add_weekly_lesson(term, plan)
            names = who_in_words([each.who for each in caught.value.overlaps])
            assert list(names.values()) == [who]
            assert [each.weekly_lesson for each in caught.value.overlaps] == [weekly_lesson]
        assert WeeklyLesson.objects.count() == 1

    def test_other_times_and_weeks_are_free(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User
    ):
        WeeklyLesson.objects.update(weeks=ODD)
        free: list[dict[str, Any]] = [
            {"weekday": 2},
            {"starts": dt.time(8, 45)},
            {"starts": dt.time(7), "ends": dt.time(8)},
            {"weeks": Weeks(EVEN)},
            {"weeks": Weeks("2,4-5")},
        ]

        for columns in free:
            with variant(columns):
                made = add_weekly_lesson(
                    term, wanted(teacher, *weekly_lesson.class_groups.all(), **columns)
                )
            made.delete()

    def test_weeks_that_only_another_term_has_do_not_count(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User
    ):
        WeeklyLesson.objects.update(weeks="1,9")

        add_weekly_lesson(
            term, wanted(teacher, *weekly_lesson.class_groups.all(), weeks=Weeks("2-4,9"))
        )

    def test_other_terms_do_not_count(self, weekly_lesson: WeeklyLesson, teacher: User):
        add_weekly_lesson(TermFactory.create(), wanted(teacher, *weekly_lesson.class_groups.all()))

    @pytest.mark.parametrize("reasons", [("走班", ""), ("", "走班")])
    def test_class_groups_may_overlap_for_a_reason(
        self,
        term: Term,
        weekly_lesson: WeeklyLesson,
        other_teacher: User,
        class_group: ClassGroup,
        reasons: tuple[str, str],
    ):
        WeeklyLesson.objects.update(overlap_reason=reasons[0])

        add_weekly_lesson(term, wanted(other_teacher, class_group, overlap_reason=reasons[1]))

    def test_people_never_overlap(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User, other_class_group: ClassGroup
    ):
        with pytest.raises(WeeklyLessonOverlaps):
            add_weekly_lesson(term, wanted(teacher, other_class_group, overlap_reason="走班"))


class TestStudents:
    """Students of two class groups, of which one has a weekly lesson at 8:00 on Mondays."""

    @pytest.fixture(autouse=True)
    def student(
        self, weekly_lesson: WeeklyLesson, class_group: ClassGroup, other_class_group: ClassGroup
    ):
        student = UserFactory.create()
        for group in (class_group, other_class_group):
            MembershipFactory.create(user=student, class_group=group)
        return student

    def test_they_are_in_no_two(
        self, term: Term, other_teacher: User, other_class_group: ClassGroup, student: User
    ):
        with pytest.raises(WeeklyLessonOverlaps) as caught:
            add_weekly_lesson(term, wanted(other_teacher, other_class_group))

        (overlap,) = caught.value.overlaps
        assert overlap.who.students == {student.pk}

    def test_they_are_for_a_reason(
        self, term: Term, other_teacher: User, other_class_group: ClassGroup
    ):
        add_weekly_lesson(term, wanted(other_teacher, other_class_group, overlap_reason="走班"))

    def test_only_on_days_on_which_they_belong_to_both(
        self, term: Term, other_teacher: User, other_class_group: ClassGroup, student: User
    ):
        later = student.memberships.get(class_group=other_class_group)
        later.from_date = term.first_monday + dt.timedelta(days=8)
        later.save()

        add_weekly_lesson(term, wanted(other_teacher, other_class_group, weeks=Weeks("1-2")))
        with pytest.raises(WeeklyLessonOverlaps):
            add_weekly_lesson(term, wanted(other_teacher, other_class_group, weeks=Weeks("3")))

    def test_who_joined_afterwards_refuses_no_change_of_another_kind(
        self, term: Term, other_teacher: User, other_class_group: ClassGroup
    ):
        other = WeeklyLessonFactory.create(
            term=term, teacher=other_teacher, class_groups=[other_class_group]
        )

        assert change_weekly_lesson(other, dataclasses.replace(plan_of(other), title="复习"))
        with pytest.raises(WeeklyLessonOverlaps):
            change_weekly_lesson(other, dataclasses.replace(plan_of(other), starts=dt.time(7)))


class TestChange:
    def test_it_does_not_stand_against_itself(
        self, planned: Term, weekly_lesson: WeeklyLesson, other_class_group: ClassGroup
    ):
        plan = dataclasses.replace(
            plan_of(weekly_lesson),
            starts=dt.time(8, 10),
            class_groups=(other_class_group,),
            assistants=(),
        )

        assert change_weekly_lesson(weekly_lesson, plan)

        assert plan_of(WeeklyLesson.objects.get(pk=weekly_lesson.pk)) == plan
        assert awaits_planning(planned)

    def test_same_again_changes_nothing(self, planned: Term, weekly_lesson: WeeklyLesson):
        assert not change_weekly_lesson(weekly_lesson, plan_of(weekly_lesson))

        assert not awaits_planning(planned)

    def test_lessons_stay_until_the_term_is_planned(
        self, planned: Term, weekly_lesson: WeeklyLesson
    ):
        change_weekly_lesson(
            weekly_lesson, dataclasses.replace(plan_of(weekly_lesson), starts=dt.time(8, 10))
        )
        assert {timezone.localtime(each.starts_at).minute for each in Lesson.objects.all()} == {0}

        plan_term(planned, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

        assert {timezone.localtime(each.starts_at).minute for each in Lesson.objects.all()} == {10}

    def test_who_is_taken_stays_where_they_are(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User
    ):
        later = WeeklyLessonFactory.create(
            term=term, teacher=teacher, starts=dt.time(9), ends=dt.time(9, 45)
        )

        with pytest.raises(WeeklyLessonOverlaps) as caught:
            change_weekly_lesson(later, dataclasses.replace(plan_of(later), starts=dt.time(8, 30)))

        assert [each.weekly_lesson for each in caught.value.overlaps] == [weekly_lesson]
        later.refresh_from_db()
        assert later.starts == dt.time(9)

    def test_removed_meanwhile(self, weekly_lesson: WeeklyLesson):
        plan = plan_of(weekly_lesson)
        WeeklyLesson.objects.all().delete()

        with pytest.raises(WeeklyLesson.DoesNotExist):
            change_weekly_lesson(weekly_lesson, dataclasses.replace(plan, weekday=2))


class TestRemove:
    def test_lessons_stay_until_the_term_is_planned(
        self, planned: Term, weekly_lesson: WeeklyLesson
    ):
        remove_weekly_lesson(weekly_lesson)
        remove_weekly_lesson(weekly_lesson)

        assert awaits_planning(planned)
        assert Lesson.objects.count() == 4
        plan_term(planned, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        assert not Lesson.objects.exists()
