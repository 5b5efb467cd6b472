"""A week of many on paper: a sheet each. All its lessons are read at once, and laid out in memory."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from accounts.models import SchoolSettings, User
from schedule.lessons.may_teach import who_may_teach
from schedule.models import ClassGroup, Lesson, LessonQuerySet, begins_within
from schedule.terms.reading import TermWeek, lists_of
from schedule.timetable.cards import CardMaker, LessonCard
from schedule.timetable.timetable_rows import LessonRow, rows_of
from schedule.timetable.week_rows import WeekRow
from schedule.timetable.weeks import Week, week_of_cards
from schedule.timetable.words import named_apart, taught_in_words
from schedule.week_grid import monday_of, period_of_week, sunday_of

# Up to how many lessons below each other a sheet takes at which size; beyond the last it is the smallest. What
# a lesson may take stands in print-weeks.css.
LESSONS_BELOW = ((9, ""), (14, "is-dense"))
SMALLEST = "is-densest"
# What a row without lessons takes, as a part of a lesson.
EMPTY_ROW = 0.25


@dataclass(frozen=True, slots=True)
class Sheet:
    """One A4 page."""

    name: str
    week: Week

    @property
    def css_class(self) -> str:
        """Return how small it is written, so that all of it fits."""
        below = sum(_lessons_below(row) for row in self.week.rows)
        return next((name for most, name in LESSONS_BELOW if below <= most), SMALLEST)


def _lessons_below(row: WeekRow) -> float:
    return max(len(cell) for cell in row.cells) or EMPTY_ROW


@dataclass(frozen=True, slots=True)
class Sheets:
    sheets: list[Sheet]
    # By name, who has no lessons in the week.
    without_lessons: list[str]


class WeekOnPaper:
    """The lessons of the week that holds a day. Drafts are left out: paper is for everybody."""

    def __init__(
        self, day: dt.date, school: SchoolSettings, at: dt.datetime, of_term: TermWeek | None
    ) -> None:
        self.monday = monday_of(day)
        self.school = school
        self.at = at
        self.of_term = of_term

    @property
    def sunday(self) -> dt.date:
        return sunday_of(self.monday)

    def of_class_groups(self, class_groups: Sequence[ClassGroup]) -> Sheets:
        """Make a sheet for each of these class groups; four queries."""
        keys = [class_group.pk for class_group in class_groups]
        attending = Lesson.class_groups.through.objects.filter(
            self._in_week("lesson__"), classgroup__in=keys
        )
        rows = rows_of(self._lessons(Q(pk__in=attending.values("lesson"))))
        cards = self._cards(rows)
        by_group: dict[int, list[LessonCard]] = defaultdict(list)
        pairs = attending.values_list("lesson", "classgroup").order_by(
            "lesson__starts_at", "lesson"
        )
        for lesson_id, group_id in pairs:
            if lesson_id in cards:
                row, card = cards[lesson_id]
                by_group[group_id].append(replace(card, subtitle=_for_class_group(row)))
        return self._sheets(
            [(class_group.pk, class_group.name) for class_group in class_groups],
            by_group,
            are_class_groups=True,
        )

    def of_teachers(self) -> Sheets:
        """Make a sheet for everybody who teaches or assists; four queries."""
        rows = rows_of(self._lessons(Q()))
        by_person: dict[int, list[LessonCard]] = defaultdict(list)
        for row, card in self._cards(rows).values():
            for person in (row.teacher_id, *row.assistant_ids):
                by_person[person].append(replace(card, subtitle=_for_teacher(row, person)))
        return self._sheets(_named(by_person), by_person, are_class_groups=False)

    def _sheets(
        self,
        named: Iterable[tuple[int, str]],
        cards: Mapping[int, Sequence[LessonCard]],
        *,
        are_class_groups: bool,
    ) -> Sheets:
        sheets, without = [], []
        for key, name in named:
            if key in cards:
                of_term = self._of_term_for(key) if are_class_groups else self.of_term
                week = week_of_cards(self.monday, cards[key], self.at, of_term=of_term)
                sheets.append(Sheet(name, week))
            else:
                without.append(name)
        return Sheets(sheets, without)

    def _of_term_for(self, class_group_id: int) -> TermWeek | None:
        return self.of_term and self.of_term.for_class_groups([class_group_id])

    def _lessons(self, condition: Q) -> LessonQuerySet:
        return Lesson.objects.visible().filter(self._in_week(), condition).in_page_order()

    def _in_week(self, prefix: str = "") -> Q:
        return begins_within(*period_of_week(self.monday), prefix=prefix)

    def _cards(self, rows: Iterable[LessonRow]) -> dict[int, tuple[LessonRow, LessonCard]]:
        """Return rows and cards by lesson, in order."""
        maker = CardMaker(self.school, self.at, lists_of(self.of_term))
        return {row.pk: (row, _on_paper(maker.card(row, None))) for row in rows}


def _on_paper(card: LessonCard) -> LessonCard:
    """Return it with the one state that stays true there, and without where it was before a move."""
    bare = replace(card, change_marks=(), old_start=None)
    return bare if card.is_cancelled else replace(bare, css_class="", marks=())


def _for_class_group(row: LessonRow) -> str:
    """Say who teaches; for merged classes also all their class groups."""
    if len(row.class_groups) == 1:
        return row.teacher
    return f"{row.teacher} · {'、'.join(row.class_groups)}"


def _for_teacher(row: LessonRow, person: int) -> str:
    class_groups = "、".join(row.class_groups)
    return taught_in_words(class_groups, row.teacher, assists=person != row.teacher_id)


def _named(taking_part: Iterable[int]) -> list[tuple[int, str]]:
    """Return these people, and the teachers of the school, in order; those of one name with their usernames."""
    either = Q(pk__in=list(taking_part)) | Q(pk__in=who_may_teach().values("pk"))
    users = User.objects.get_queryset().filter(either).order_by("name_key", "username")
    people = list(users.values_list("pk", "username", "display_name"))
    names = named_apart((username, name) for _pk, username, name in people)
    return [(pk, names[username]) for pk, username, _name in people]
