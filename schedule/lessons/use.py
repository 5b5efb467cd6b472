"""Count what class groups or courses are used for: their lessons, coming and past, and their weekly lessons."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, ManyToOneRel, Min, Model, Q
from django.utils import timezone

from schedule.enums import LessonState
from schedule.models import Lesson, Term, WeeklyLesson

# By which key lessons and weekly lessons name what uses them.
Relation = Literal["class_groups", "course"]


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the pages that show the lessons of one, by its key; empty where none can."""

    day: Callable[[int, dt.date], str]
    term: Callable[[int, Term], str]


@dataclass(frozen=True, slots=True)
class WeeklyLessons:
    """Count the weekly lessons of a term, with the page that shows them."""

    term: Term
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Use:
    """List what a class group or course has from a moment on."""

    coming: int
    # Where the next one is shown.
    coming_address: str
    # Lessons that are over or cancelled.
    past: int
    # Terms that are over do not count.
    weekly: Sequence[WeeklyLessons]
    past_weekly: int
    # Group robots of a class group.
    robots: int = 0

    @property
    def weekly_count(self) -> int:
        return sum(each.count for each in self.weekly)

    @property
    def is_used(self) -> bool:
        """Tell whether lessons or weekly lessons keep it from being deleted."""
        return bool(self.coming or self.past or self.weekly or self.past_weekly)


def is_coming(at: dt.datetime) -> Q:
    """Return which lessons are still to come; cancelled ones are none."""
    return Q(starts_at__gte=at) & ~Q(state=LessonState.CANCELLED)


def is_current(at: dt.datetime) -> Q:
    """Return which weekly lessons are of terms that are not over."""
    return Q(term__last_day__gte=timezone.localdate(at))


def use_of_each(
    relation: Relation, keys: Collection[int], *, at: dt.datetime, links: Links
) -> dict[int, Use]:
    """Return what each of these class groups or courses has from this moment on; three queries for any number."""
    named = {f"{relation}__in": keys}
    rows = Lesson.objects.filter(**named).order_by().values_list(relation)
    lessons = {
        pk: (coming, first, total)
        for pk, coming, first, total in rows.annotate(
            coming=Count("pk", filter=is_coming(at)),
            first=Min("starts_at", filter=is_coming(at)),
            total=Count("pk"),
        )
    }
    weekly, past_weekly = _weekly_of_each(relation, keys, at=at, links=links)
    uses: dict[int, Use] = {}
    for pk in keys:
        coming, first, total = lessons.get(pk, (0, None, 0))
        uses[pk] = Use(
            coming=coming,
            coming_address="" if first is None else links.day(pk, timezone.localdate(first)),
            past=total - coming,
            weekly=weekly[pk],
            past_weekly=past_weekly[pk],
        )
    return uses


def _weekly_of_each(
    relation: Relation, keys: Collection[int], *, at: dt.datetime, links: Links
) -> tuple[dict[int, list[WeeklyLessons]], dict[int, int]]:
    rows = WeeklyLesson.objects.filter(**{f"{relation}__in": keys}).order_by()
    counts = list(rows.values_list(relation, "term").annotate(count=Count("pk")))
    term_ids = {term for _pk, term, _count in counts}
    terms = Term.objects.filter(pk__in=term_ids).order_by("first_monday") if counts else ()
    weekly: dict[int, list[WeeklyLessons]] = defaultdict(list)
    past_weekly: dict[int, int] = defaultdict(int)
    for term in terms:
        is_over = term.last_day < timezone.localdate(at)
        for pk, count in ((pk, count) for pk, of, count in counts if of == term.pk):
            if is_over:
                past_weekly[pk] += count
            else:
                weekly[pk].append(WeeklyLessons(term, count, links.term(pk, term)))
    return weekly, past_weekly


def relations_to(model: type[Model]) -> Iterator[ManyToOneRel]:
    """Yield the columns of all tables that name a row of this one, those of higher apps too."""
    for relation in model._meta.get_fields(include_hidden=True):  # noqa: SLF001 -- as documented by Django
        if isinstance(relation, ManyToOneRel):
            yield relation
