from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import suppress
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import Role
from accounts.models import User
from schedule.absences.absence import lessons_hit
from schedule.absences.proposals import first_proposals
from schedule.absences.substitutes import WEEKS_AROUND, Substitute, substitutes_for
from schedule.absences.writing import stand_in
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, PlanningAction
from schedule.occupancy import bookings
from schedule.week_grid import monday_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    TermFactory,
    coming_monday,
)

pytestmark = pytest.mark.django_db


def at(days: int, hour: int, minute: int = 0) -> dt.datetime:
    """So many days after the coming Monday: a week's lessons lie in one week on whatever day it runs."""
    moment = dt.datetime.combine(coming_monday() + dt.timedelta(days=days), dt.time(hour, minute))
    return timezone.make_aware(moment)


@pytest.fixture
def missed(teacher, assistant, class_group):
    """The lesson that the teacher will not be there for: on the coming Wednesday at 8:00."""
    return LessonFactory.create(
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=at(2, 8),
    )


def make_teacher(name: str, **fields: object) -> User:
    return UserFactory.create(**{"display_name": name, "roles": [Role.TEACHER], **fields})


def found_for(lesson: Lesson, absent: User) -> list[User]:
    return [each.user for each in substitutes_for([lesson], absent=absent)[lesson.pk]]


class TestWhoIsProposed:
    def test_are_active_teachers_but_who_is_away(self, missed, teacher, assistant, student):
        free = make_teacher("赵")
        make_teacher("钱", is_active=False)
        make_teacher("孙", roles=[Role.PLANNER])

        assert set(found_for(missed, teacher)) == {free, assistant}

    @pytest.mark.parametrize("is_draft", [False, True])
    @pytest.mark.parametrize("part", ["teacher", "assistants"])
    def test_is_nobody_who_is_in_another_lesson(self, missed, teacher, is_draft, part):
        busy = make_teacher("赵")
        LessonFactory.create(
            **{part: busy if part == "teacher" else [busy]},
            starts_at=at(2, 8, 44),
            is_draft=is_draft,
        )

        assert busy not in found_for(missed, teacher)

    def test_is_nobody_whose_lesson_runs_over_days(self, missed, teacher):
        busy = make_teacher("赵")
        LessonFactory.create(teacher=busy, starts_at=at(0, 8), ends_at=at(2, 8, 1))

        assert busy not in found_for(missed, teacher)

    def test_is_who_has_lessons_just_before_and_after(self, missed, teacher):
        free = make_teacher("赵")
        LessonFactory.create(teacher=free, starts_at=at(2, 7, 15))
        LessonFactory.create(teacher=free, starts_at=at(2, 8, 45))

        assert free in found_for(missed, teacher)

    def test_is_who_was_in_a_cancelled_lesson(self, missed, teacher):
        free = make_teacher("赵")
        other = LessonFactory.create(teacher=free, starts_at=at(2, 8))
        cancel_lesson(other, reason="", at=timezone.now())

        assert free in found_for(missed, teacher)

    def test_is_not_who_stands_in_already(self, missed, teacher, other_teacher):
        stand_in([(missed, other_teacher)], action=PlanningAction())
        missed.refresh_from_db()

        assert other_teacher not in found_for(missed, teacher)
        assert teacher in found_for(missed, other_teacher)


class TestRanking:
    def test_who_knows_more_goes_before_who_has_fewer_lessons(self, missed, teacher, class_group):
        both, course, group, none = map(make_teacher, "赵钱孙李")
        for hour, user in enumerate((both, course, group)):
            LessonFactory.create(
                teacher=user,
                course=missed.course if user != group else CourseFactory.create(),
                class_groups=[class_group if user != course else ClassGroupFactory.create()],
                starts_at=at(3, 10 + hour),
            )
        for hour in range(3):
            LessonFactory.create(teacher=both, starts_at=at(1, 10 + hour))
        for user in (course, none):
            LessonFactory.create(teacher=user, starts_at=at(1, 10))

        assert found_for(missed, teacher) == [both, group, course, missed.assistants.get(), none]

    def test_says_why(self, missed, teacher, class_group):
        user = make_teacher("赵")
        LessonFactory.create(teacher=user, course=missed.course, starts_at=at(6, 23))
        LessonFactory.create(teacher=user, class_groups=[class_group], starts_at=at(7, 0))

        found = substitutes_for([missed], absent=teacher)[missed.pk]

        assert found[0] == Substitute(
            user, teaches_course=True, teaches_class_group=True, lessons_that_week=1
        )

    def test_counts_what_somebody_assists_in_but_not_the_lesson_itself(
        self, missed, teacher, assistant
    ):
        LessonFactory.create(assistants=[assistant], starts_at=at(4, 8))

        found = substitutes_for([missed], absent=teacher)[missed.pk]

        assert {each.user: each.lessons_that_week for each in found}[assistant] == 1

    def test_any_of_merged_classes_is_known(self, teacher, class_group, other_class_group):
        merged = LessonFactory.create(
            teacher=teacher, class_groups=[class_group, other_class_group], starts_at=at(2, 8)
        )
        user = make_teacher("赵")
        LessonFactory.create(teacher=user, class_groups=[other_class_group], starts_at=at(3, 8))

        assert substitutes_for([merged], absent=teacher)[merged.pk][0].teaches_class_group

    def test_to_have_stood_in_once_is_not_to_teach_it(self, missed, teacher):
        user = make_teacher("赵")
        other = LessonFactory.create(
            teacher=teacher,
            course=missed.course,
            class_groups=missed.class_groups.all(),
            starts_at=at(3, 8),
        )
        stand_in([(other, user)], action=PlanningAction())

        found = {each.user: each for each in substitutes_for([missed], absent=teacher)[missed.pk]}

        assert (found[user].teaches_course, found[user].teaches_class_group) == (False, False)

    @pytest.mark.parametrize(
        ("weeks", "has_term", "counts"),
        [
            (WEEKS_AROUND - 1, False, True),
            (WEEKS_AROUND + 1, False, False),
            (WEEKS_AROUND + 1, True, True),
            (20, True, False),
        ],
    )
    def test_counts_what_is_taught_in_the_term_or_near(
        self, missed, teacher, weeks, has_term, counts
    ):
        if has_term:
            TermFactory.create(weeks=20)
        user = make_teacher("赵")
        LessonFactory.create(teacher=user, course=missed.course, starts_at=at(weeks * 7, 8))

        found = {each.user: each for each in substitutes_for([missed], absent=teacher)[missed.pk]}

        assert found[user].teaches_course is counts


@pytest.mark.parametrize("count", [1, 6])
def test_any_number_of_lessons_and_teachers_takes_five_queries(
    missed, teacher, django_assert_num_queries, count
):
    for number in range(count):
        LessonFactory.create(teacher=teacher, starts_at=at(2, 10 + number))
        LessonFactory.create(teacher=make_teacher(f"赵{number}"), starts_at=at(2, 10 + number))
    lessons = lessons_hit(teacher, first=at(2, 0).date(), last=at(2, 0).date(), at=timezone.now())

    with django_assert_num_queries(5):
        found = substitutes_for(lessons, absent=teacher)
        first_proposals(lessons, found)

    assert len(found) == count + 1
    assert all(found.values())


def test_of_more_teachers_than_are_asked_by_name_the_same_are_found(
    missed, teacher, class_group, monkeypatch
):
    taken, free = make_teacher("Ann"), make_teacher("Bob")
    LessonFactory.create(teacher=taken, class_groups=[class_group], starts_at=at(2, 10))
    LessonFactory.create(teacher=taken, starts_at=at(2, 8))
    # A class group with the number of somebody who is free.
    group = ClassGroupFactory.create(pk=free.pk)
    LessonFactory.create(class_groups=[group], starts_at=at(2, 8))
    found = substitutes_for([missed], absent=teacher)

    monkeypatch.setattr(bookings, "ASKED_BY_NAME", 0)

    assert substitutes_for([missed], absent=teacher) == found
    assert {each.user for each in found[missed.pk]} >= {free}


def test_no_lessons_take_no_query(teacher, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert substitutes_for([], absent=teacher) == {}


class TestFirstProposals:
    def test_spread_the_lessons_among_those_who_know_as_much(self, teacher):
        lessons = [
            LessonFactory.create(teacher=teacher, starts_at=at(2, 8 + hour)) for hour in range(3)
        ]
        busy, free = make_teacher("赵"), make_teacher("钱")
        LessonFactory.create(teacher=busy, starts_at=at(0, 8))

        found = substitutes_for(lessons, absent=teacher)
        chosen = first_proposals(lessons, found)

        assert Counter(each.user for each in chosen.values()) == {free: 2, busy: 1}

    def test_count_a_load_only_in_its_week(self, teacher):
        lessons = [LessonFactory.create(teacher=teacher, starts_at=at(days, 8)) for days in (6, 7)]
        first, _second = make_teacher("A"), make_teacher("B")

        chosen = first_proposals(lessons, substitutes_for(lessons, absent=teacher))

        assert [each.user for each in chosen.values()] == [first, first]

    def test_leave_out_a_lesson_for_which_nobody_is_left(self, teacher, other_teacher):
        one = LessonFactory.create(teacher=teacher, starts_at=at(2, 8))
        two = LessonFactory.create(starts_at=at(2, 8, 30))
        free = Substitute(
            other_teacher, teaches_course=True, teaches_class_group=True, lessons_that_week=0
        )

        assert first_proposals([two, one], {one.pk: [free], two.pk: [free]}) == {one.pk: free}


# --- Against naive loops --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_in_any_school_nobody_who_is_taken_is_proposed(seed):
    random = Random(seed)
    people = [make_teacher(f"老师{number}") for number in range(6)]
    courses = [CourseFactory.create() for _number in range(2)]
    groups = [ClassGroupFactory.create() for _number in range(3)]
    for _number in range(25):
        teacher, assistant = random.sample(people, 2)
        start = at(random.randrange(-2, 9), random.randrange(8, 10), random.choice([0, 20, 40]))
        with suppress(LessonOverlaps), transaction.atomic():
            LessonFactory.create(
                teacher=teacher,
                assistants=[assistant] if random.random() < 0.4 else [],
                course=random.choice(courses),
                class_groups=random.sample(groups, random.choice([1, 2])),
                starts_at=start,
                is_draft=random.random() < 0.2,
            )
    lessons = list(Lesson.objects.prefetch_related("assistants", "class_groups"))

    for absent in people:
        hit = [each for each in lessons if each.teacher == absent]
        found = substitutes_for(hit, absent=absent)
        for lesson in hit:
            naive = [naively(user, lesson, lessons) for user in people if user != absent]
            free = [each for each in naive if each is not None]
            assert found[lesson.pk] == sorted(
                free, key=lambda each: (each.rank(), each.user.display_name)
            )
        chosen = first_proposals(hit, found)
        stand_ins = [(each, chosen[each.pk].user) for each in hit if each.pk in chosen]
        assert len(stand_ins) == len([each for each in hit if found[each.pk]])


def naively(user: User, lesson: Lesson, lessons: list[Lesson]) -> Substitute | None:
    theirs = [each for each in lessons if user == each.teacher or user in each.assistants.all()]
    others = [each for each in theirs if each != lesson]
    if any(at_once(each, lesson) for each in others):
        return None
    taught = [each for each in theirs if each.teacher == user]
    groups = set(lesson.class_groups.all())
    return Substitute(
        user,
        teaches_course=any(each.course_id == lesson.course_id for each in taught),
        teaches_class_group=any(groups & set(each.class_groups.all()) for each in taught),
        lessons_that_week=sum(week(each) == week(lesson) for each in others),
    )


def at_once(one: Lesson, other: Lesson) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def week(lesson: Lesson) -> dt.date:
    return monday_of(timezone.localdate(lesson.starts_at))


USERS = [User(pk=number, display_name=f"老师{number}") for number in range(1, 5)]
SOME_LESSON = st.tuples(st.integers(0, 40), st.integers(1, 12))
SOME_SUBSTITUTE = st.tuples(st.sampled_from(USERS), st.booleans(), st.booleans(), st.integers(0, 3))


@pytest.mark.django_db(False)
@given(
    st.lists(
        st.tuples(
            SOME_LESSON, st.lists(SOME_SUBSTITUTE, max_size=4, unique_by=lambda it: it[0].pk)
        ),
        max_size=6,
    )
)
def test_whatever_is_found_nobody_is_proposed_for_two_lessons_at_once(school):
    begins = at(4, 8)
    lessons, found = [], {}
    for pk, ((start, length), substitutes) in enumerate(school, start=1):
        starts = begins + dt.timedelta(hours=start)
        lesson = Lesson(pk=pk, starts_at=starts, ends_at=starts + dt.timedelta(hours=length))
        lessons.append(lesson)
        found[pk] = sorted((Substitute(*each) for each in substitutes), key=Substitute.rank)

    chosen = first_proposals(lessons, found)

    for one in lessons:
        others = [
            each for each in lessons if each != one and each.pk in chosen and at_once(one, each)
        ]
        taken = {chosen[each.pk].user for each in others}
        if one.pk in chosen:
            assert chosen[one.pk] in found[one.pk]
            assert chosen[one.pk].user not in taken
        else:
            assert {each.user for each in found[one.pk]} <= taken
