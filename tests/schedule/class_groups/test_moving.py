"""Moves of students between class groups: the days that are written, and which lessons they see then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from edu_platform.lib.versions import NotAsShown
from schedule.class_groups.bound import bound_to
from schedule.class_groups.members import version_of_members
from schedule.class_groups.moving import (
    ClassGroupGone,
    Move,
    NotMembers,
    PeopleGone,
    add_members,
    carry_out,
    shown_move,
)
from schedule.class_groups.writing import ClassGroupNameTaken, archive_class_groups
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Lesson, Membership
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.erasing import erased

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
Days = tuple[int | None, int | None]


@pytest.fixture
def source() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级1班")


@pytest.fixture
def target() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级2班")


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def add(
    user: User, group: ClassGroup, *, first: int | None = None, last: int | None = None
) -> None:
    """Make somebody a student between these days, counted from today."""
    today = timezone.localdate()
    MembershipFactory.create(
        user=user,
        class_group=group,
        from_date=None if first is None else today + first * DAY,
        to_date=None if last is None else today + last * DAY,
    )


def days_of(user: User, group: ClassGroup) -> list[Days]:
    today = timezone.localdate()
    rows = Membership.objects.filter(user=user, class_group=group)
    spans = rows.values_list("from_date", "to_date")
    counted = [[None if day is None else (day - today).days for day in span] for span in spans]
    found: list[Days] = [(first, last) for first, last in counted]
    return sorted(found, key=lambda span: span[0] if span[0] is not None else -999)


def move(
    people: Collection[User] | None,
    source: ClassGroup,
    target: ClassGroup | None,
    *,
    day: int = 0,
    **more: Any,
) -> Any:
    first_day = timezone.localdate() + day * DAY
    people = None if people is None else tuple(people)
    return carry_out(Move(source, target, first_day, people), by=None, **more)


class TestDays:
    @pytest.mark.parametrize("day", [0, 1, 30])
    def test_one_ends_on_the_day_before_and_the_other_begins(
        self, source: ClassGroup, target: ClassGroup, day: int
    ):
        user = UserFactory.create()
        add(user, source)

        move([user], source, target, day=day)

        assert days_of(user, source) == [(None, day - 1)]
        assert days_of(user, target) == [(day, None)]

    def test_of_one_that_begins_on_that_day_nothing_is_left(
        self, source: ClassGroup, target: ClassGroup
    ):
        user = UserFactory.create()
        add(user, source, first=0)

        move([user], source, target)

        assert days_of(user, source) == []
        assert days_of(user, target) == [(0, None)]

    @pytest.mark.parametrize(
        ("before", "day", "after"),
        [
            # Always there; entered ahead for later; for that very day; about to end.
            ([(None, None)], 0, [(None, None)]),
            ([(10, None)], 0, [(0, None)]),
            ([(3, None)], 3, [(3, None)]),
            ([(None, 5)], 0, [(None, None)]),
            # Was there until the day before, and long ago.
            ([(None, -1)], 0, [(None, None)]),
            ([(None, -9)], 0, [(None, -9), (0, None)]),
            # Twice: what is there goes on, and what would begin later goes.
            ([(None, 5), (9, None)], 0, [(None, None)]),
        ],
    )
    def test_who_was_or_will_be_there_goes_on(
        self,
        source: ClassGroup,
        target: ClassGroup,
        before: list[Days],
        day: int,
        after: list[Days],
    ):
        user = UserFactory.create()
        add(user, source)
        for first, last in before:
            add(user, target, first=first, last=last)

        move([user], source, target, day=day)

        assert days_of(user, source) == [(None, day - 1)]
        assert days_of(user, target) == after

    @pytest.mark.parametrize("day", [0, 5])
    def test_moving_back_leaves_all_as_it_was(
        self, source: ClassGroup, target: ClassGroup, day: int
    ):
        user = UserFactory.create()
        add(user, source, first=-40)

        move([user], source, target, day=day)
        move([user], target, source, day=day)

        assert days_of(user, source) == [(-40, None)]
        assert days_of(user, target) == []

    def test_other_class_groups_and_class_teachers_stay(
        self, source: ClassGroup, target: ClassGroup, teacher: User
    ):
        user, third = UserFactory.create(), ClassGroupFactory.create()
        add(user, source)
        add(user, third)
        MembershipFactory.create(
            user=teacher, class_group=source, kind=MembershipKind.CLASS_TEACHER
        )

        move(None, source, target)

        assert days_of(user, third) == [(None, None)]
        assert days_of(teacher, source) == [(None, None)]
        assert days_of(teacher, target) == []

    def test_past_memberships_stay(self, source: ClassGroup, target: ClassGroup):
        user = UserFactory.create()
        add(user, source, first=-90, last=-60)
        add(user, source, first=-10)

        move([user], source, target)

        assert days_of(user, source) == [(-90, -60), (-10, -1)]

    def test_who_leaves_goes_nowhere(self, source: ClassGroup):
        user = UserFactory.create()
        add(user, source)

        move([user], source, None, day=3)

        assert days_of(user, source) == [(None, 2)]
        assert Membership.objects.count() == 1

    def test_merge_takes_all_who_are_there_by_then(self, source: ClassGroup, target: ClassGroup):
        stays, comes, leaves, left = UserFactory.create_batch(4)
        add(stays, source)
        add(comes, source, first=9)
        add(leaves, source, last=2)
        add(left, source, last=-3)

        moved = move(None, source, target, day=5)

        assert set(moved.people) == {stays, comes}
        assert days_of(stays, target) == [(5, None)]
        assert (days_of(comes, source), days_of(comes, target)) == ([], [(5, None)])
        assert days_of(leaves, target) == []

    def test_many_are_few_statements(self, source: ClassGroup, target: ClassGroup):
        def queries(count: int) -> int:
            users = UserFactory.create_batch(count)
            for user in users:
                add(user, source)
            with CaptureQueriesContext(connection) as captured:
                move(users, source, target)
            return len(captured)

        assert queries(40) == queries(1)


class TestRefused:
    @pytest.fixture
    def user(self, source: ClassGroup) -> User:
        user = UserFactory.create()
        add(user, source)
        return user

    def test_somebody_who_left_or_never_was_there_moves_nobody(
        self, source: ClassGroup, target: ClassGroup, user: User
    ):
        left, stranger = UserFactory.create_batch(2)
        add(left, source, last=-1)

        with pytest.raises(NotMembers) as err:
            move([user, left, stranger], source, target)

        assert err.value.people == [left, stranger]
        assert days_of(user, source) == [(None, None)]

    def test_of_two_who_saw_the_same_the_second_hears_it(
        self, source: ClassGroup, target: ClassGroup, user: User
    ):
        known, third = version_of_members(source), ClassGroupFactory.create()
        move([user], source, target, known=known)

        with pytest.raises(NotAsShown):
            move([user], source, third, known=known)

        assert days_of(user, target) == [(0, None)]
        assert days_of(user, third) == []

    def test_who_comes_while_a_merge_is_shown_keeps_it_from_being_done(
        self, source: ClassGroup, target: ClassGroup, user: User, monkeypatch: pytest.MonkeyPatch
    ):
        newcomer = UserFactory.create()

        def join_meanwhile(group: ClassGroup, **options: Any) -> Any:
            if group == source:
                add(newcomer, source)
            return bound_to(group, **options)

        monkeypatch.setattr("schedule.class_groups.moving.bound_to", join_meanwhile)
        merge = Move(source, target, timezone.localdate(), None)
        shown = shown_move(merge)

        assert [member.user for member in shown.going] == [user]
        with pytest.raises(NotAsShown):
            carry_out(merge, known=shown.version, by=None)
        assert Membership.objects.filter(class_group=target).count() == 0

    def test_who_comes_after_a_merge_was_compared_with_what_was_shown_stays(
        self, source: ClassGroup, target: ClassGroup, user: User
    ):
        newcomer, known = UserFactory.create(), version_of_members(source)

        def join_meanwhile() -> str:
            add(newcomer, source)
            return known

        merge = Move(source, target, timezone.localdate(), None)
        moved = carry_out(merge, known=known, shown=join_meanwhile, by=None)

        assert moved.people == [user]
        assert days_of(newcomer, source) == [(None, None)]
        assert days_of(newcomer, target) == []

    def test_one_to_which_nobody_can_go(self, source: ClassGroup, target: ClassGroup, user: User):
        archive_class_groups([target], at=timezone.now(), by=None)
        with pytest.raises(ClassGroupGone):
            move([user], source, target)

        gone = ClassGroupFactory.create()
        ClassGroup.objects.filter(pk=gone.pk).delete()
        with pytest.raises(ClassGroupGone):
            move([user], source, gone)
        assert days_of(user, source) == [(None, None)]

    def test_split_into_a_name_that_was_taken_meanwhile_makes_nothing(
        self, source: ClassGroup, user: User
    ):
        ClassGroupFactory.create(name="一年级3班")

        with pytest.raises(ClassGroupNameTaken):
            move([user], source, ClassGroup(name="一年级3班"))

        assert ClassGroup.objects.filter(name="一年级3班").count() == 1
        assert days_of(user, source) == [(None, None)]


def test_split_makes_the_class_group_with_its_grade(source: ClassGroup, planner: User):
    users = UserFactory.create_batch(2)
    for user in users:
        add(user, source)

    day = timezone.localdate() + 7 * DAY
    carry_out(Move(source, ClassGroup(name="一年级3班"), day, (users[0],)), by=planner)

    made = ClassGroup.objects.get(name="一年级3班")
    assert made.grade == "一年级"
    assert days_of(users[0], made) == [(7, None)]
    assert days_of(users[1], source) == [(None, None)]


def test_audit_log_names_everybody_who_moved(
    source: ClassGroup, target: ClassGroup, planner: User, today: dt.date
):
    moved, was_there = UserFactory.create_batch(2)
    add(moved, source)
    add(was_there, source)

    carry_out(Move(source, target, today, (moved, was_there)), by=planner)

    entries = AuditEntry.objects.filter(person__in=[moved, was_there])
    assert {(entry.actor, entry.person) for entry in entries} == {
        (planner, moved),
        (planner, was_there),
    }
    assert {entry.kind for entry in entries} == {AuditKind.MEMBERS_CHANGED}
    assert {entry.details["changes"] for entry in entries} == {f"一年级1班 → 一年级2班 · {today}"}


# --- What they see --------------------------------------------------------------------------------


@pytest.fixture
def lessons(source: ClassGroup, target: ClassGroup) -> dict[str, Lesson]:
    """A lesson of each class group on the last day before the move, and on its first."""
    groups = {"source": source, "target": target}
    return {
        f"{name} {day}": LessonFactory.create(
            class_groups=[group], starts_at=school_time(day, 8 + 2 * number)
        )
        for number, (name, group) in enumerate(groups.items())
        for day in (6, 7)
    }


def test_students_see_lessons_by_the_day_of_their_move(
    source: ClassGroup, target: ClassGroup, lessons: dict[str, Lesson], signed_in: SignedIn
):
    user = UserFactory.create()
    add(user, source)
    client = signed_in(user)

    def seen() -> set[str]:
        return {
            name
            for name, lesson in lessons.items()
            if client.get(f"/schedule/lessons/{lesson.code}/").status_code == 200
        }

    def in_weeks() -> set[str]:
        pages = "".join(
            client.get(f"/schedule/{timezone.localdate() + day * DAY}/").content.decode()
            for day in (6, 7)
        )
        return {name for name, lesson in lessons.items() if lesson.code in pages}

    assert seen() == in_weeks() == {"source 6", "source 7"}

    move([user], source, target, day=7)

    assert seen() == in_weeks() == {"source 6", "target 7"}


# --- The preview ----------------------------------------------------------------------------------


class TestShown:
    def show(
        self, people: Collection[User] | None, source: ClassGroup, target: ClassGroup, day: int = 1
    ) -> Any:
        first_day = timezone.localdate() + day * DAY
        people = None if people is None else tuple(people)
        return shown_move(Move(source, target, first_day, people))

    def test_lessons_of_both_are_counted_from_that_day_on(
        self, source: ClassGroup, target: ClassGroup
    ):
        user, other = UserFactory.create_batch(2)
        add(user, source)
        add(other, source)
        for day in (0, 1, 2):
            LessonFactory.create(class_groups=[source], starts_at=school_time(day, 8))
        LessonFactory.create(class_groups=[target], starts_at=school_time(3, 8))
        weekly = WeeklyLessonFactory.create(class_groups=[source])

        shown = self.show([user], source, target)

        assert [member.user for member in shown.going] == [user]
        assert (shown.staying, shown.kept.coming, shown.seen.coming) == (1, 2, 1)
        assert [(each.term, each.count) for each in shown.kept.weekly] == [(weekly.term, 1)]

    def test_overlaps_are_those_with_a_third_class_group(
        self, source: ClassGroup, target: ClassGroup
    ):
        choir = ClassGroupFactory.create(name="合唱团")
        singer, other = UserFactory.create(display_name="王小明"), UserFactory.create()
        for user in (singer, other):
            add(user, source)
        add(singer, choir)
        # Before the move; in it; at another time; with the class group that is left.
        for group, day, hour in (
            *((target, 0, 8), (choir, 0, 8)),
            *((target, 1, 8), (choir, 1, 8)),
            *((target, 1, 10), (choir, 1, 14)),
            *((target, 2, 9), (source, 2, 9)),
        ):
            LessonFactory.create(class_groups=[group], starts_at=school_time(day, hour))
        LessonFactory.create(class_groups=[target, choir], starts_at=school_time(3, 8))

        assert self.show([other], source, target).overlaps.count == 0
        overlaps = self.show([singer, other], source, target).overlaps

        assert overlaps.count == 1
        (overlap,) = overlaps.named
        assert "王小明" in overlap.who
        assert {overlap.one.starts_at, overlap.other.starts_at} == {school_time(1, 8)}

    def test_who_is_there_already_is_marked_and_overlaps_no_more_than_before(
        self, source: ClassGroup, target: ClassGroup
    ):
        choir, user = ClassGroupFactory.create(), UserFactory.create()
        for group in (target, choir):
            LessonFactory.create(class_groups=[group], starts_at=school_time(1, 8))
        for group in (source, target, choir):
            add(user, group)

        shown = self.show([user], source, target)

        assert shown.are_there == {user.pk}
        assert shown.overlaps.count == 0

    def test_many_take_no_more_queries(self, source: ClassGroup, target: ClassGroup):
        choir = ClassGroupFactory.create()

        def queries(count: int) -> int:
            users = UserFactory.create_batch(count)
            for user in users:
                add(user, source)
                add(user, choir)
            with CaptureQueriesContext(connection) as captured:
                self.show(users, source, target)
            return len(captured)

        for day in (1, 2):
            for group in (target, choir):
                LessonFactory.create(class_groups=[group], starts_at=school_time(day, 8))
        # A single student is named.
        assert queries(40) < queries(1) <= 20


def test_nobody_who_is_erased_joins_again():
    person = erased(UserFactory.create()).person

    with pytest.raises(PeopleGone):
        add_members([person], [ClassGroupFactory.create()], today=timezone.localdate(), by=None)

    assert not Membership.objects.filter(user=person).exists()
