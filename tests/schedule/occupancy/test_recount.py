"""Count again by brute force, over random lessons, who is free: the writer, pages and pairs say the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from accounts.enums import Role
from accounts.models import User
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, schedule_lesson, schedule_lessons
from schedule.lessons.plan import LessonPlan, snapshot_of_plan
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Course, Lesson, Membership
from schedule.occupancy.bookings import read_bookings
from schedule.occupancy.overlaps import pairs, shared_within
from schedule.occupancy.words import clashes_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, school_time

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("each keeps and compares times in its own way"),
]

# Who is free is one rule on both databases; SQLite is asked whether it compares times alike.
EXAMPLES = 15 if django_settings.IS_SQLITE else 40
# So few that most lessons meet some others.
PEOPLE, GROUPS, STUDENTS, DAYS = 5, 3, 2, 2
HALF_HOUR = dt.timedelta(minutes=30)
# After so many steps somebody changes class groups.
CHANGES_GROUPS_AT = 5
# Late on one day, so that some lessons end on the next one.
FIRST_HALF_HOUR, HALF_HOURS = 46, 3


@dataclass(frozen=True)
class Wish:
    """A lesson by numbers: of days, half hours, people and class groups."""

    day: int
    start: int
    length: int
    people: tuple[int, ...]
    groups: frozenset[int]
    has_reason: bool

    @property
    def starts_at(self) -> dt.datetime:
        return school_time(1 + self.day, 0) + (FIRST_HALF_HOUR + self.start) * HALF_HOUR

    @property
    def ends_at(self) -> dt.datetime:
        return self.starts_at + self.length * HALF_HOUR

    @property
    def place(self) -> object:
        return self.starts_at, self.ends_at, self.groups, self.has_reason


@dataclass(frozen=True)
class Belongs:
    """A student is in a class group on these days of the school."""

    student: int
    group: int
    first: int | None
    last: int | None

    def on(self, date: dt.date) -> bool:
        day = (date - timezone.localdate()).days - 1
        after = self.first is None or day >= self.first
        return after and (self.last is None or day <= self.last)


@dataclass
class School:
    """Lists that the rows are compared with, looked through from end to end each time."""

    people: list[User]
    groups: list[ClassGroup]
    students: list[User]
    course: Course
    belongs: list[Belongs] = field(default_factory=list)
    wishes: dict[int, Wish] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)

    def plan(self, wish: Wish) -> LessonPlan:
        teacher, *assistants = (self.people[number] for number in wish.people)
        return LessonPlan(
            course=self.course,
            teacher=teacher,
            assistants=tuple(assistants),
            class_groups=tuple(self.groups[number] for number in sorted(wish.groups)),
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            overlap_reason="分组" if wish.has_reason else "",
        )

    def join(self, belongs: Belongs) -> None:
        first, last = (
            None if day is None else timezone.localdate() + dt.timedelta(days=1 + day)
            for day in (belongs.first, belongs.last)
        )
        same = (belongs.student, belongs.group)
        self.belongs = [each for each in self.belongs if (each.student, each.group) != same]
        self.belongs.append(belongs)
        Membership.objects.update_or_create(
            user=self.students[belongs.student],
            class_group=self.groups[belongs.group],
            defaults={"from_date": first, "to_date": last},
        )

    def students_in_both(self, one: Wish, other: Wish) -> set[tuple[int, int, int]]:
        """By class group of the one and of the other; none where the two have one in common."""
        if one.groups & other.groups:
            return set()
        dates = [timezone.localdate(each.starts_at) for each in (one, other)]
        return {
            (here.group, there.group, here.student)
            for here in self.belongs
            for there in self.belongs
            if here.student == there.student
            if here.group in one.groups and here.on(dates[0])
            if there.group in other.groups and there.on(dates[1])
        }

    def taken(self, wish: Wish, other: Wish, *, with_students: bool = True) -> bool:
        if not (wish.starts_at < other.ends_at and other.starts_at < wish.ends_at):
            return False
        if set(wish.people) & set(other.people):
            return True
        if wish.has_reason or other.has_reason:
            return False
        return bool(
            wish.groups & other.groups or (with_students and self.students_in_both(wish, other))
        )

    def in_the_way(self, wish: Wish, *, pk: int = 0, with_students: bool = True) -> set[int]:
        return {
            other
            for other, there in self.wishes.items()
            if other != pk and other not in self.cancelled
            if self.taken(wish, there, with_students=with_students)
        }


WISHES = some.builds(
    Wish,
    day=some.integers(0, DAYS - 1),
    start=some.integers(0, HALF_HOURS - 1),
    length=some.integers(1, 2),
    people=some.lists(some.integers(0, PEOPLE - 1), min_size=1, max_size=2, unique=True).map(tuple),
    groups=some.frozensets(some.integers(0, GROUPS - 1), min_size=1, max_size=2),
    has_reason=some.sampled_from([False, False, False, True]),
)
BELONGS = some.builds(
    Belongs,
    student=some.integers(0, STUDENTS - 1),
    group=some.integers(0, GROUPS - 1),
    first=some.none() | some.integers(0, 1),
    last=some.none() | some.integers(1, DAYS - 1),
)
# What is done, with which lesson of those that are there, as what.
DOES = (
    "plan",
    "plan",
    "plan",
    "change",
    "change",
    "teach",
    "cancel",
    "cancel",
    "restore",
    "restore",
)
STEPS = some.lists(
    some.tuples(some.sampled_from(DOES), some.integers(0, 9), WISHES), min_size=12, max_size=20
)
ALL_BELONG = some.lists(BELONGS, min_size=2, max_size=6)


@pytest.fixture
def school() -> School:
    return School(
        people=[UserFactory.create(roles=[Role.TEACHER]) for _number in range(PEOPLE)],
        groups=[ClassGroupFactory.create() for _number in range(GROUPS)],
        students=[UserFactory.create() for _number in range(STUDENTS)],
        course=CourseFactory.create(),
    )


@pytest.fixture
def anew(school: School):
    """The school as it was at first; what a test does in it is taken back."""

    def make() -> School:
        return replace(school, belongs=[], wishes={}, cancelled=set())

    return make


def is_refused(do) -> bool:
    try:
        with transaction.atomic():
            do()
    except LessonOverlaps:
        return True
    return False


def step(school: School, what: str, wish: Wish, number: int) -> None:
    """Do it in both worlds: what brute force forbids is refused, and nothing else."""
    if what == "plan":
        made: list[Lesson] = []
        against = school.in_the_way(wish)
        refused = is_refused(
            lambda: made.append(schedule_lesson(school.plan(wish), is_draft=number == 0))
        )
        assert refused == bool(against)
        school.wishes |= {each.pk: wish for each in made}
        return
    lesson = some_lesson(school, number, is_cancelled=what == "restore")
    if lesson is None:
        return
    there = school.wishes[lesson.pk]
    if what == "cancel":
        cancel_lesson(lesson, reason="", at=timezone.now())
        school.cancelled.add(lesson.pk)
    elif what == "restore":
        against = school.in_the_way(there, pk=lesson.pk)
        assert is_refused(lambda: restore_lesson(lesson)) == bool(against)
        school.cancelled -= set() if against else {lesson.pk}
    else:
        # With another teacher alone it stays where it is, and its students with it.
        becomes = replace(there, people=wish.people) if what == "teach" else wish
        stays = becomes.place == there.place
        against = school.in_the_way(becomes, pk=lesson.pk, with_students=not stays)
        refused = is_refused(lambda: change_lesson(lesson, school.plan(becomes)))
        assert refused == bool(against)
        if not refused:
            school.wishes[lesson.pk] = becomes


def some_lesson(school: School, number: int, *, is_cancelled: bool) -> Lesson | None:
    fitting = [pk for pk in school.wishes if (pk in school.cancelled) == is_cancelled]
    lessons = Lesson.objects.exclude(state="draft").in_bulk(fitting)
    return lessons[sorted(lessons)[number % len(lessons)]] if lessons else None


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
def test_what_brute_force_forbids_is_refused_and_nothing_else(data, anew):
    school = anew()
    with transaction.atomic():
        for belongs in data.draw(ALL_BELONG):
            school.join(belongs)
        for number, (what, which, wish) in enumerate(data.draw(STEPS)):
            if number % CHANGES_GROUPS_AT == CHANGES_GROUPS_AT - 1:
                school.join(data.draw(BELONGS))
            step(school, what, wish, which)
        wish = data.draw(WISHES)
        assert who_is_named(school, wish) == school.in_the_way(wish)
        assert found_pairs(school) == set(counted_pairs(school))
        transaction.set_rollback(True)


def who_is_named(school: School, wish: Wish) -> set[int]:
    wanted = snapshot_of_plan(school.plan(wish), "published")
    clashes = clashes_of(wanted, without=None, groups_may_overlap=wish.has_reason)
    return {clash.lesson.pk for clash in clashes}


def found_pairs(school: School) -> set[object]:
    """Every two bookings at once, as the page of conflicts reads them."""
    time = school_time(0, 0), school_time(DAYS + 2, 0)
    bookings = read_bookings(starts_at=time[0], ends_at=time[1], with_allowed=True)
    return {
        (frozenset({(one.lesson_pk, one.holder), (other.lesson_pk, other.holder)}), students)
        for one, other, students in pairs(bookings, shared_within(*time))
    }


def counted_pairs(school: School) -> Iterator[object]:
    held = [pk for pk in school.wishes if pk not in school.cancelled]
    for pk, other_pk in combinations(held, 2):
        one, other = school.wishes[pk], school.wishes[other_pk]
        if not (one.starts_at < other.ends_at and other.starts_at < one.ends_at):
            continue
        for group in one.groups & other.groups:
            holder = (False, school.groups[group].pk)
            yield frozenset({(pk, holder), (other_pk, holder)}), frozenset()
        by_groups: dict[tuple[int, int], set[int]] = {}
        for group, near, student in school.students_in_both(one, other):
            by_groups.setdefault((group, near), set()).add(school.students[student].pk)
        for (group, near), students in by_groups.items():
            both = (
                (pk, (False, school.groups[group].pk)),
                (other_pk, (False, school.groups[near].pk)),
            )
            yield frozenset(both), frozenset(students)


def fits_together(school: School, wishes: Iterable[Wish]) -> bool:
    return not any(school.taken(one, other) for one, other in combinations(wishes, 2))


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=some.lists(WISHES, min_size=2, max_size=5), belongs=ALL_BELONG)
def test_many_lessons_are_planned_together_only_if_every_two_of_them_fit(wishes, belongs, anew):
    school = anew()
    with transaction.atomic():
        for each in belongs:
            school.join(each)

        refused = is_refused(lambda: schedule_lessons([school.plan(wish) for wish in wishes]))

        assert refused == (not fits_together(school, wishes))
        transaction.set_rollback(True)
