"""Half days, and days off of some class groups: who has them, and what is planned then."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.enums import DayKind, DaySource
from schedule.models import (
    ClassGroup,
    Course,
    Lesson,
    PlanningAction,
    Term,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.bells.bell_lists import BellLists, bell_lists_of
from schedule.terms.bells.bell_times import Bells, BellSpan, read_bells
from schedule.terms.days.calendar import TermCalendar, calendar_of
from schedule.terms.days.calendar_days import (
    DayOutsideTerm,
    days_to_fill,
    fill_from_calendar,
    set_days,
)
from schedule.terms.days.days_off import DaysOff, PartOff, days_off_of
from schedule.terms.days.days_off_writing import (
    PartFault,
    PartOffPlan,
    PartRefused,
    add_part,
    change_part,
    delete_part,
    plan_of_part,
)
from schedule.terms.planning.conflict_list import conflicts_of
from schedule.terms.planning.placements import place
from schedule.terms.planning.term_difference import TermDifference
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.terms.writing import change_term, set_bell_times
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.bell_lists import add_list
from tests.support.days_off import add_part_off

BELLS = read_bells("08:00-08:45,08:55-09:40,10:00-10:45,14:00-14:45")
MONDAY = dt.date(2026, 8, 31)
DAY = dt.timedelta(days=1)


def part(key: int = 1, **fields: Any) -> PartOff:
    usual: dict[str, Any] = {"name": "", "first_day": MONDAY, "last_day": MONDAY}
    if "class_groups" in fields:
        fields["class_groups"] = {pk: str(pk) for pk in fields["class_groups"]}
        fields["is_for_class_groups"] = True
    return PartOff(key=key, **usual | fields)


def hours(text: str) -> BellSpan:
    (span,) = read_bells(text)
    return span


def off(
    days_off: DaysOff,
    text: str,
    *groups: int,
    day: dt.date = MONDAY,
    bells: Sequence[BellSpan] = BELLS,
) -> int | None:
    """Return the key of that by which a lesson is off."""
    members = [(group, "") for group in groups]
    part = days_off.is_off(members, day, hours(text), BellLists(Bells(bells)))
    return None if part is None else part.key


class TestWhoIsOff:
    def test_half_day_takes_lessons_that_lie_in_it_in_part(self):
        days_off = DaysOff([part(from_bell=3)])

        assert off(days_off, "08:55-09:40", 1) is None
        assert off(days_off, "08:55-10:45", 1) == 1
        assert off(days_off, "19:00-20:00") == 1
        assert off(days_off, "14:00-14:45", 1, day=MONDAY + DAY) is None

    def test_until_a_period_the_rest_of_the_day_is_held(self):
        days_off = DaysOff([part(until_bell=2)])

        assert off(days_off, "07:00-07:40", 1) == 1
        assert off(days_off, "09:00-09:45", 1) == 1
        assert off(days_off, "09:40-10:20", 1) is None

    def test_between_two_periods(self):
        days_off = DaysOff([part(from_bell=2, until_bell=3)])

        assert [
            bool(off(days_off, f"{span.starts:%H:%M}-{span.ends:%H:%M}", 1)) for span in BELLS
        ] == [False, True, True, False]

    def test_period_that_a_list_has_not_lies_after_its_last(self):
        days_off = DaysOff([part(from_bell=6)])

        assert off(days_off, "14:00-14:45", 1) is None
        assert off(days_off, "14:00-15:00", 1) == 1
        assert off(days_off, "08:00-08:45", 1, bells=()) is None

    def test_class_groups_alone_have_it(self):
        days_off = DaysOff([part(class_groups=[1, 2])])

        assert off(days_off, "08:00-08:45", 1) == 1
        assert off(days_off, "08:00-08:45", 2, 1) == 1
        assert off(days_off, "08:00-08:45", 3) is None
        assert off(days_off, "08:00-08:45") is None

    def test_merged_class_is_held_without_the_one_that_is_away(self):
        days_off = DaysOff([part(class_groups=[1])])
        judged = days_off.judge(
            [(1, ""), (2, "")], MONDAY, hours("08:00-08:45"), BellLists(Bells(BELLS))
        )

        assert judged.off is None
        assert [(group, part.key) for group, part in judged.away] == [(1, 1)]

    def test_two_class_groups_that_are_away_by_different_ones_have_no_class_together(self):
        days_off = DaysOff([part(2, class_groups=[1]), part(3, class_groups=[2])])

        assert off(days_off, "08:00-08:45", 1, 2) == 2

    def test_whole_school_goes_before_class_groups_and_the_older_before_the_newer(self):
        days_off = DaysOff(
            [part(1, class_groups=[1]), part(3, until_bell=1), part(2, until_bell=1)]
        )

        assert off(days_off, "08:00-08:45", 1) == 2
        assert off(days_off, "08:55-09:40", 1) == 1

    def test_each_class_group_has_the_periods_of_its_own_list(self, db: None):
        term = TermFactory.create(first_monday=MONDAY)
        set_bell_times(term, BELLS)
        late = ClassGroupFactory.create()
        add_list(term, "09:00-09:45,10:00-10:45", class_groups=[late])
        days_off, lists = DaysOff([part(from_bell=2)]), bell_lists_of(term)
        early, lesson = ClassGroupFactory.create(), hours("09:00-09:40")
        members = {group: (group.pk, group.grade) for group in (early, late)}

        assert days_off.is_off([members[early]], MONDAY, lesson, lists)
        assert not days_off.is_off([members[late]], MONDAY, lesson, lists)
        assert len(days_off.judge([*members.values()], MONDAY, lesson, lists).away) == 1


@pytest.fixture
def term(db: None) -> Term:
    term = TermFactory.create(weeks=4)
    set_bell_times(term, BELLS)
    return term


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="七年级1班")


@pytest.fixture
def weekly_lesson(term: Term, teacher: User, group: ClassGroup) -> WeeklyLesson:
    """On Mondays in the last period."""
    return WeeklyLessonFactory.create(
        term=term,
        teacher=teacher,
        class_groups=[group],
        starts=dt.time(14),
        ends=dt.time(14, 45),
        first_bell=4,
        last_bell=4,
    )


def plan(term: Term) -> TermDifference:
    options = PlanOptions(at=timezone.now())
    return plan_term(Term.objects.get(pk=term.pk), action=PlanningAction(), options=options)


def planned_days(term: Term) -> list[int]:
    """Return on which days of the term lessons are, counted from its first."""
    lessons = Lesson.objects.filter(planned__term=term).order_by("starts_at")
    return [(timezone.localdate(lesson.starts_at) - term.first_monday).days for lesson in lessons]


class TestPlanning:
    def test_afternoon_off_takes_its_lesson_and_gives_it_back(self, term, weekly_lesson):
        row = add_part(
            term,
            PartOffPlan(
                name="运动会",
                first_day=term.first_monday + 7 * DAY,
                last_day=term.first_monday + 7 * DAY,
                from_bell=3,
            ),
        )
        plan_difference = plan(term)
        assert planned_days(term) == [0, 14, 21]
        ((left_out, day),) = plan_difference.on_holidays
        assert (left_out, day.name) == (weekly_lesson, "运动会")

        delete_part(row)
        assert Term.objects.get(pk=term.pk).awaits_planning
        assert plan(term).counts()["added"] == 1
        assert planned_days(term) == [0, 7, 14, 21]

    def test_lesson_that_is_there_goes_and_what_somebody_changed_stays(self, term, weekly_lesson):
        plan(term)
        lesson = Lesson.objects.order_by("starts_at")[1]
        lesson.planned.is_edited = True
        lesson.planned.save()
        add_part_off(term, term.first_monday, last_day=term.last_day, from_bell=4)

        plan_difference = plan(term)

        assert plan_difference.counts()["removed"] == 3
        assert [planned.lesson for planned in plan_difference.left_alone] == [lesson]

    def test_merged_class_with_one_away_is_held_and_told(self, term, weekly_lesson, group):
        other = ClassGroupFactory.create(name="七年级2班")
        weekly_lesson.class_groups.add(other)
        away = add_part_off(term, term.first_monday, name="春游", class_groups=[other])

        plan_difference = plan(term)

        assert planned_days(term) == [0, 7, 14, 21]
        (partly,) = plan_difference.partly_away
        assert (partly.names, [part.key for part in partly.away]) == (("七年级2班",), [away.pk])

    def test_once_its_class_groups_are_deleted_it_is_for_nobody(self, term, weekly_lesson):
        gone = ClassGroupFactory.create()
        add_part_off(term, term.first_monday, last_day=term.last_day, class_groups=[gone])
        gone.delete()

        plan(term)

        assert planned_days(term) == [0, 7, 14, 21]

    def test_holiday_of_the_school_goes_before_it(self, term, weekly_lesson, group):
        day = term.first_monday
        TermDay.objects.create(term=term, date=day, kind=DayKind.HOLIDAY, name="校庆")
        add_part_off(term, day, name="春游", class_groups=[group])

        assert [day.name for _left_out, day in plan(term).on_holidays] == ["校庆"]

    def test_what_is_off_is_no_conflict_of_the_plan(self, term, weekly_lesson, teacher):
        day = term.first_monday + 7 * DAY
        starts_at = timezone.make_aware(dt.datetime.combine(day, dt.time(14)))
        LessonFactory.create(teacher=teacher, starts_at=starts_at)
        options = PlanOptions(at=timezone.now(), leaves_out_conflicts=True)
        plan_term(term, action=PlanningAction(), options=options)
        assert len([*conflicts_of(term, at=timezone.now())]) == 1

        add_part_off(term, day, from_bell=4)

        assert not [*conflicts_of(term, at=timezone.now())]


class TestWriting:
    def plan(self, term: Term, **fields: Any) -> PartOffPlan:
        usual = {"first_day": term.first_monday, "last_day": term.first_monday}
        return PartOffPlan(**usual | fields)

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({}, PartFault.WHOLE_SCHOOL_ALL_DAY),
            ({"from_bell": 5}, PartFault.NO_SUCH_BELL),
            ({"from_bell": 3, "until_bell": 2}, PartFault.BELLS_BACKWARD),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, term, fields, fault):
        with pytest.raises(PartRefused) as refused:
            add_part(term, self.plan(term, **fields))

        assert refused.value.fault is fault

    def test_backward_and_outside_the_term_is_refused(self, term):
        with pytest.raises(PartRefused):
            add_part(term, self.plan(term, first_day=term.first_monday + DAY, from_bell=1))
        with pytest.raises(DayOutsideTerm):
            add_part(term, self.plan(term, last_day=term.last_day + DAY, from_bell=1))

    def test_what_is_sent_twice_is_there_once(self, term, group):
        wanted = self.plan(term, from_bell=4, class_groups=(group,))

        assert add_part(term, wanted) == add_part(term, wanted)
        add_part(term, self.plan(term, from_bell=4))
        assert term.part_days_off.count() == 2

    def test_another_name_moves_no_lesson(self, term, weekly_lesson):
        row = add_part(term, self.plan(term, from_bell=4))
        plan(term)

        assert change_part(row, self.plan(term, from_bell=4, name="大扫除"))
        assert not Term.objects.get(pk=term.pk).awaits_planning
        assert change_part(row, self.plan(term, until_bell=1, name="大扫除"))
        assert Term.objects.get(pk=term.pk).awaits_planning
        assert plan_of_part(row.__class__.objects.get(pk=row.pk)).until_bell == 1

    def test_term_of_other_weeks_keeps_what_lies_in_them(self, term):
        first = term.first_monday
        part = add_part_off(term, first + 5 * DAY, last_day=first + 20 * DAY, from_bell=1)
        add_part_off(term, first, from_bell=1)

        change_term(term, name=term.name, first_monday=first + 7 * DAY, weeks=1)

        (row,) = term.part_days_off.all()
        assert (row.pk, row.first_day, row.last_day) == (part.pk, first + 7 * DAY, first + 13 * DAY)


class TestRanges:
    def test_range_becomes_holidays_and_is_usual_again(self, term):
        first, last = term.first_monday + DAY, term.first_monday + 3 * DAY
        TermDay.objects.create(term=term, date=last, kind=DayKind.WORKDAY, plan_weekday=1)

        assert set_days(term, first, last, kind=DayKind.HOLIDAY, name="秋假")
        rows = term.days.values_list("date", "kind", "plan_weekday", "name", "source")
        assert [*rows] == [
            (first + number * DAY, DayKind.HOLIDAY, None, "秋假", DaySource.HAND)
            for number in range(3)
        ]

        assert set_days(term, first, last, kind=None)
        assert not term.days.exists()

    def test_other_names_alone_move_no_lesson(self, term):
        first = term.first_monday
        set_days(term, first, first + DAY, kind=DayKind.HOLIDAY)

        assert not set_days(term, first, first + DAY, kind=DayKind.HOLIDAY, name="秋假")

    def test_range_over_the_end_of_the_term_is_refused_whole(self, term):
        with pytest.raises(DayOutsideTerm):
            set_days(term, term.last_day, term.last_day + DAY, kind=DayKind.HOLIDAY)

        assert not term.days.exists()


def test_days_that_the_nation_has_published_since_can_be_filled(db: None, settings: Any):
    settings.TIME_ZONE = "Asia/Shanghai"
    term = TermFactory.create(first_monday=MONDAY, weeks=8)
    count = days_to_fill(term)
    by_hand = term.first_monday + 31 * DAY
    set_days(term, by_hand, by_hand, kind=DayKind.WORKDAY, name="开放日")

    assert count >= 9  # 10-01 to 10-07, and what makes up for them
    assert fill_from_calendar(term) == count - 1
    assert days_to_fill(term) == 0
    assert term.days.get(date=by_hand).name == "开放日"


@pytest.mark.parametrize("count", [1, 20])
def test_calendar_is_read_in_two_queries(term, django_assert_num_queries, count):
    groups = ClassGroupFactory.create_batch(3)
    for number in range(count):
        add_part_off(term, term.first_monday + number * DAY, class_groups=groups)

    with django_assert_num_queries(2):
        calendar = calendar_of(term)

    assert len(calendar.days_off.parts) == count
    names = [group.name for group in groups]
    assert sorted(calendar.days_off.parts[0].class_groups.values()) == sorted(names)
    assert len(days_off_of(Term(pk=0)).parts) == 0


# --- A naive calendar -----------------------------------------------------------------------------


def _random_weekly(rng: random.Random, key: int, groups: list[ClassGroup]) -> WeeklyLesson:
    first = rng.randrange(len(BELLS))
    last = min(len(BELLS) - 1, first + rng.choice([0, 0, 1]))
    is_by_clock = rng.random() < 0.3
    starts = (
        dt.time(rng.randint(7, 18), rng.choice([0, 20])) if is_by_clock else BELLS[first].starts
    )
    ends = dt.time(starts.hour + 1, 10) if is_by_clock else BELLS[last].ends
    weekly_lesson = WeeklyLesson(
        pk=key,
        course=Course(pk=1, name="数学"),
        weekday=rng.randint(1, 7),
        starts=starts,
        ends=ends,
        first_bell=None if is_by_clock else first + 1,
        last_bell=None if is_by_clock else last + 1,
        weeks=rng.choice(["", "odd", "even", "2-4"]),
    )
    chosen = rng.sample(groups, rng.choice([0, 1, 1, 2, 3]))
    people = {"class_groups": chosen, "assistants": ()}
    weekly_lesson._prefetched_objects_cache = people  # type: ignore[attr-defined] # as Prefetch fills it
    return weekly_lesson


def _random_part(rng: random.Random, key: int) -> PartOff:
    first = MONDAY + rng.randrange(42) * DAY
    bells = sorted(rng.choices(range(1, 7), k=2))
    fields: dict[str, Any] = {"first_day": first, "last_day": first + rng.randrange(5) * DAY}
    fields |= rng.choice(
        [
            {},
            {"from_bell": bells[0]},
            {"until_bell": bells[1]},
            {"from_bell": bells[0], "until_bell": bells[1]},
        ]
    )
    if rng.random() < 0.7 or not {"from_bell", "until_bell"} & fields.keys():
        fields["class_groups"] = rng.sample(range(1, 6), rng.randint(1, 3))
    return part(key, **fields)


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _off_minutes(part: PartOff) -> range:
    """Return the minutes of a day that a part takes, by the only list of bell times."""
    first, last = 0, 24 * 60
    if part.from_bell is not None:
        after = part.from_bell > len(BELLS)
        first = _minutes(BELLS[-1].ends if after else BELLS[part.from_bell - 1].starts)
    if part.until_bell is not None:
        last = _minutes(BELLS[min(part.until_bell, len(BELLS)) - 1].ends)
    return range(first, last)


def _naive(
    weekly_lessons: list[WeeklyLesson], parts: list[PartOff], holidays: set[dt.date]
) -> Iterator[tuple[str, int, dt.date]]:
    for number in range(6 * 7):
        day = MONDAY + number * DAY
        for weekly in weekly_lessons:
            if weekly.weekday != day.isoweekday() or not Weeks(weekly.weeks).has(number // 7 + 1):
                continue
            groups = [group.pk for group in weekly.class_groups.all()]
            minutes = range(_minutes(weekly.starts), _minutes(weekly.ends))
            meeting = [
                part
                for part in parts
                if part.first_day <= day <= part.last_day
                and any(minute in _off_minutes(part) for minute in minutes)
            ]
            whole = any(not part.class_groups for part in meeting)
            away = {pk for pk in groups if any(pk in part.class_groups for part in meeting)}
            if day in holidays or whole or (groups and away == set(groups)):
                yield "off", weekly.pk, day
            else:
                yield "held", weekly.pk, day
                if away:
                    yield f"without {sorted(away)}", weekly.pk, day


@pytest.mark.parametrize("seed", range(30))
def test_random_terms_are_placed_as_a_naive_calendar_says(
    seed: int, django_assert_num_queries: Callable[..., Any], db: None
):
    rng = random.Random(seed)
    groups = [ClassGroup(pk=number, name=str(number)) for number in range(1, 7)]
    parts = [_random_part(rng, key) for key in range(1, rng.randint(3, 12))]
    weekly_lessons = [_random_weekly(rng, key, groups) for key in range(1, 40)]
    holidays = {MONDAY + rng.randrange(42) * DAY for _number in range(3)}
    days = {day: TermDay(date=day, kind=DayKind.HOLIDAY) for day in holidays}

    with django_assert_num_queries(0):
        placed = place(
            weekly_lessons,
            TermCalendar(MONDAY, 6, days, DaysOff(parts)),
            BellLists(Bells(BELLS)),
        )

    outcomes = [("held", *placement.key) for placement in placed.wanted]
    outcomes += [("off", weekly.pk, day.date) for weekly, day in placed.on_holidays]
    for partly in placed.partly_away:
        outcomes.append((f"without {sorted(map(int, partly.names))}", *partly.placement.key))
    assert sorted(outcomes) == sorted(_naive(weekly_lessons, parts, holidays))
