"""Courses and class groups that a file names and the school does not have.

They are planned with by stand-ins, and made when the file is taken. Those that came with lessons go with these when
the import is undone: all that nothing else has come to use, such as other lessons, weekly lessons, students,
courseware, a channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Exists, ManyToOneRel, OuterRef, QuerySet

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.stand_in_keys import stand_in_key
from schedule.imports.lookups import known_class_groups
from schedule.lessons.named import known_courses
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.lessons.use import relations_to
from schedule.models import (
    ClassGroup,
    Course,
    DeletedLesson,
    Lesson,
    Occupation,
    PlanningAction,
    grade_in,
)

# What follows from lessons, which are counted for themselves.
OF_LESSONS = (Lesson, Occupation, DeletedLesson)

Model = TypeVar("Model", Course, ClassGroup)


@dataclass(slots=True)
class MadeNames:
    courses: list[Course] = field(default_factory=list)
    class_groups: list[ClassGroup] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        rows: list[Course | ClassGroup] = [*self.courses, *self.class_groups]
        return [row.name for row in in_order(rows)]


def courses_planned_with(names: Iterable[str], made_names: MadeNames) -> dict[str, Course]:
    """The courses of these names; those that are missing are noted in `made_names`, with a key to plan with."""
    wanted = tuple(dict.fromkeys(names))
    course_by_name = known_courses(wanted)
    for name in wanted:
        if name not in course_by_name:
            key = stand_in_key(len(made_names.courses))
            course_by_name[name] = Course(pk=key, name=name)
            made_names.courses.append(course_by_name[name])
    return course_by_name


def class_groups_planned_with(names: Iterable[str], made_names: MadeNames) -> dict[str, ClassGroup]:
    """The active class groups of these names; those that are missing are noted as above."""
    wanted = tuple(dict.fromkeys(names))
    group_by_name = known_class_groups(wanted)
    for name in wanted:
        if name not in group_by_name:
            key = stand_in_key(len(made_names.class_groups))
            # As it is saved: the bell times of its lessons may depend on its grade.
            group_by_name[name] = ClassGroup(pk=key, name=name, grade=grade_in(name))
            made_names.class_groups.append(group_by_name[name])
    return group_by_name


def save_made(made_names: MadeNames) -> None:
    """Save what was missing: each stand-in becomes its row, and has the key of that.

    Raises:
        ChangedMeanwhile: somebody has made one of the same name.
    """
    for row in (*made_names.courses, *made_names.class_groups):
        row.pk = None
    # In one order: of two files that make the same, one waits for the other, never both.
    courses = sorted(made_names.courses, key=lambda course: course.name)
    class_groups = sorted(made_names.class_groups, key=lambda group: group.name)
    try:
        with transaction.atomic():
            Course.objects.bulk_create(courses, batch_size=ROWS_A_STATEMENT)
            ClassGroup.objects.bulk_create(class_groups, batch_size=ROWS_A_STATEMENT)
    except IntegrityError as err:
        raise ChangedMeanwhile from err


def note_maker(made_names: MadeNames, action: PlanningAction) -> None:
    """Write down which import made them."""
    for batch in in_batches(course.pk for course in made_names.courses):
        Course.objects.filter(pk__in=batch).update(made_by=action)
    for batch in in_batches(group.pk for group in made_names.class_groups):
        ClassGroup.objects.filter(pk__in=batch).update(made_by=action)


@dataclass(frozen=True, slots=True)
class MadeRows:
    """The courses and class groups that an import made, as far as they are there, and nobody has archived them."""

    courses: QuerySet[Course]
    class_groups: QuerySet[ClassGroup]

    @classmethod
    def by_action(cls, imported: PlanningAction) -> MadeRows:
        return cls(
            Course.objects.filter(made_by=imported),
            ClassGroup.objects.active().filter(made_by=imported),
        )

    @classmethod
    def by_keys(cls, keys: Mapping[str, Sequence[int]]) -> MadeRows:
        """Return those that a file without an action made, as it was written down."""
        return cls(
            Course.objects.filter(pk__in=keys.get("courses", ())),
            ClassGroup.objects.active().filter(pk__in=keys.get("class_groups", ())),
        )


def made_and_unused(
    made: MadeRows,
    lessons: Sequence[Lesson] = (),
    *,
    going_along: Collection[type[models.Model]] = (),
) -> MadeNames:
    """Return what an import made, and nothing but these lessons uses; who asks looks at rows `going_along` itself."""
    counts = Counter(lesson.course_id for lesson in lessons)
    return MadeNames(
        _unused(made.courses, counts, going_along),
        _unused(made.class_groups, _group_counts(lessons), going_along),
    )


def unused_names(lessons: Sequence[Lesson]) -> list[str]:
    """Return the courses and class groups that nothing but these lessons uses, whoever made them."""
    courses = Counter(lesson.course_id for lesson in lessons)
    groups = _group_counts(lessons)
    unused = MadeNames()
    for batch in in_batches(courses):
        unused.courses += _unused(Course.objects.filter(pk__in=batch), courses)
    for batch in in_batches(groups):
        unused.class_groups += _unused(ClassGroup.objects.filter(pk__in=batch), groups)
    return unused.names


def delete_unused(made: MadeRows, *, going_along: Collection[type[models.Model]] = ()) -> MadeNames:
    """Delete what an import made and nothing uses any more, and return it; rows `going_along` go with it.

    What somebody takes into use at this moment stays, and is not waited for.
    """
    courses, groups = made.courses, made.class_groups
    # Who refers to a row locks it: none of these gets into use until the end of the transaction.
    free = [
        {row.pk for row in rows.select_for_update(skip_locked=True)} for rows in (courses, groups)
    ]
    unused = made_and_unused(made, going_along=going_along)
    unused.courses = [course for course in unused.courses if course.pk in free[0]]
    unused.class_groups = [group for group in unused.class_groups if group.pk in free[1]]
    Course.objects.filter(pk__in=[course.pk for course in unused.courses]).delete()
    ClassGroup.objects.filter(pk__in=[group.pk for group in unused.class_groups]).delete()
    return unused


def _group_counts(lessons: Iterable[Lesson]) -> Counter[int]:
    return Counter(group.pk for lesson in lessons for group in lesson.class_groups.all())


def _unused(
    rows: QuerySet[Model],
    lesson_counts: Counter[int],
    going_along: Collection[type[models.Model]] = (),
) -> list[Model]:
    """Return those that have no more lessons than these, and that nothing else refers to; one query."""
    for relation in _relations(rows.model):
        if relation.related_model in going_along:
            continue
        users = relation.related_model._base_manager.filter(  # noqa: SLF001 -- as documented by Django
            **{relation.field.name: OuterRef("pk")}
        )
        rows = rows.filter(~Exists(users))
    counted = rows.annotate(lesson_count=Count("lessons")).order_by("pk")
    return [row for row in counted if row.lesson_count == lesson_counts[row.pk]]


def _relations(model: type[Course] | type[ClassGroup]) -> Iterator[ManyToOneRel]:
    """Yield the columns of other tables that name a row of this one, those of higher apps too; lessons aside."""
    for relation in relations_to(model):
        table = relation.related_model._meta  # noqa: SLF001 -- as documented by Django
        if (table.auto_created or relation.related_model) not in OF_LESSONS:
            yield relation
