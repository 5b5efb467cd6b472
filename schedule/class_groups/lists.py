"""The list of class groups: this year's, or those of before, by name and grade."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from accounts.models import User
from edu_platform.lib.filter_forms import NO_NUL, FilterForm, ListFilters, search_field
from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.paging import PageForm, Pager, pager_of
from schedule.class_group_hooks import class_group_figures
from schedule.class_groups.age_bands import NOT_SAID
from schedule.class_groups.grades import WITHOUT_GRADE, grade_in_address, grade_in_words
from schedule.enums import AgeBand
from schedule.hooks import (
    PageLink,
)
from schedule.models import ClassGroup, Membership
from schedule.models.class_groups import GRADE_CHARS, ClassGroupQuerySet

USUAL_SIZE = 100
# In an address: class groups of past years, or of all; this year's need no word.
ARCHIVED, ALL = "yes", "all"


@dataclass(frozen=True, slots=True)
class ClassGroupFilters(ListFilters):
    """The filters of the list."""

    q: str = ""
    # As an address has it: class groups without one are asked for by a word.
    grade: str = ""
    # The same.
    age_band: str = ""
    archived: str = ""


class ClassGroupFilterForm(FilterForm):
    """The fields above the list."""

    q = search_field(_("Name or grade"))
    grade = forms.CharField(
        label=_("Grade"),
        required=False,
        max_length=GRADE_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=KeptSelect,
    )
    age_band = forms.ChoiceField(
        label=_("Age band"),
        required=False,
        choices=[
            ("", pgettext_lazy("age band", "All")),
            *AgeBand.choices,
            (NOT_SAID, pgettext_lazy("age band", "Not said")),
        ],
        widget=KeptSelect,
    )
    archived = forms.ChoiceField(
        label=_("School year"),
        required=False,
        choices=[
            ("", pgettext_lazy("school year", "This year")),
            (ARCHIVED, pgettext_lazy("school year", "Archived")),
            (ALL, pgettext_lazy("school year", "All")),
        ],
        widget=KeptSelect,
    )

    def filters(self) -> ClassGroupFilters:
        return ClassGroupFilters(
            q=self.read_search(),
            grade=self.read("grade"),
            age_band=self.read("age_band"),
            archived=self.read("archived"),
        )

    def offer(self, grades: Sequence[str]) -> None:
        """Set the grades to choose from, before the form is shown; reading it needs none."""
        choices = [(grade_in_address(grade), grade_in_words(grade)) for grade in grades]
        widget = self.fields["grade"].widget
        if isinstance(widget, KeptSelect):
            widget.offer([("", gettext("All grades")), *choices])


def filtered(filters: ClassGroupFilters) -> ClassGroupQuerySet:
    """Return the class groups that fit, by name."""
    found = _of_year(filters)
    if filters.grade:
        found = found.filter(grade="" if filters.grade == WITHOUT_GRADE else filters.grade)
    if filters.age_band:
        found = found.filter(age_band="" if filters.age_band == NOT_SAID else filters.age_band)
    if filters.q:
        found = found.named_like(filters.q, "grade")
    return found.order_by("name_key", "pk")


def _of_year(filters: ClassGroupFilters) -> ClassGroupQuerySet:
    if filters.archived == ALL:
        return ClassGroup.objects.all()
    return ClassGroup.objects.filter(archived_at__isnull=filters.archived != ARCHIVED)


def grades_of(filters: ClassGroupFilters) -> list[str]:
    """Return the grades of that school year; one that is asked for is among them, also if none has it.

    They stand as their class groups do, whose keys are read with them: to make keys of grades needs pinyin.
    """
    rows = _of_year(filters).order_by("name_key", "pk").values_list("grade", flat=True)
    asked = [] if not filters.grade else ["" if filters.grade == WITHOUT_GRADE else filters.grade]
    grades = dict.fromkeys([*rows, *asked])
    return sorted(grades, key=lambda grade: grade == "")


@dataclass(frozen=True, slots=True)
class ClassGroupRow:
    class_group: ClassGroup
    students: int
    class_teachers: Sequence[User]
    # Each figure with the head of its column; None: it says nothing of this class group.
    figures: Sequence[tuple[str, PageLink | None]]


@dataclass(frozen=True, slots=True)
class ClassGroupList:
    rows: Sequence[ClassGroupRow]
    pager: Pager
    has_grades: bool
    has_age_bands: bool
    # The heads of the columns of figures.
    figures: Sequence[str]


def class_group_list(
    filters: ClassGroupFilters, page_form: PageForm, *, path: str, today: dt.date
) -> ClassGroupList:
    """Return one page of the list; four queries and those of its figures, however long it is."""
    paginator = Paginator(filtered(filters), page_form.size(USUAL_SIZE))
    page = paginator.get_page(page_form.page_number())
    class_groups = list(page.object_list)
    keys = [class_group.pk for class_group in class_groups]
    counts, teachers = student_counts(keys, today=today), _class_teachers(keys, today)
    figures = class_group_figures(class_groups)
    rows = [
        ClassGroupRow(
            group,
            counts.get(group.pk, 0),
            teachers.get(group.pk, ()),
            [(figure.words, figure.links.get(group.pk)) for figure in figures],
        )
        for group in class_groups
    ]
    pager = pager_of(page, path=path, query=filters.as_query(), usual_size=USUAL_SIZE)
    has_grades = any(group.grade for group in class_groups)
    has_age_bands = any(group.age_band for group in class_groups)
    heads = [figure.words for figure in figures]
    return ClassGroupList(rows, pager, has_grades, has_age_bands, heads)


def student_counts(class_group_ids: Collection[int], *, today: dt.date) -> dict[int, int]:
    """Return how many students each of these class groups has today; those without any are left out."""
    rows = Membership.objects.of_students().on(day=today).filter(class_group__in=class_group_ids)
    counted = (
        rows.order_by().values_list("class_group").annotate(count=Count("user", distinct=True))
    )
    return dict(counted)


def _class_teachers(class_group_ids: Collection[int], today: dt.date) -> dict[int, list[User]]:
    rows = Membership.objects.of_class_teachers().on(day=today)
    rows = rows.filter(class_group__in=class_group_ids).select_related("user")
    teachers: dict[int, list[User]] = defaultdict(list)
    for row in rows.order_by("user__name_key", "user__username"):
        teachers[row.class_group_id].append(row.user)
    return teachers
