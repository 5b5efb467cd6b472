"""The list of class groups: this year's, or those of before, by name and grade."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.paging import PageForm, Pager, pager_of
from schedule.class_groups.grades import WITHOUT_GRADE, grade_in_address, grade_in_words
from schedule.models import CLASS_GROUP_NAME_CHARS, ClassGroup, Membership
from schedule.models.class_groups import GRADE_CHARS, ClassGroupQuerySet

USUAL_SIZE = 100
# In an address: class groups of past years, or of all; this year's need no word.
ARCHIVED, ALL = "yes", "all"


class ClassGroupFilters(forms.Form):
    """The search and filters of the list; what is malformed counts as absent."""

    q = forms.CharField(
        label=_("Name or grade"),
        required=False,
        max_length=CLASS_GROUP_NAME_CHARS,
        widget=forms.TextInput({"type": "search"}),
    )
    grade = forms.CharField(
        label=_("Grade"),
        required=False,
        max_length=GRADE_CHARS,
        widget=forms.Select,
    )
    archived = forms.ChoiceField(
        label=_("School year"),
        required=False,
        choices=[
            ("", pgettext_lazy("school year", "this year")),
            (ARCHIVED, _("archived")),
            (ALL, _("all")),
        ],
    )

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__(data)
        self.is_valid()
        self.query = {name: value for name in self.fields if (value := self._value(name))}
        self.fields["grade"].widget.choices = self._grades()

    def _value(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")

    @property
    def is_set(self) -> bool:
        return bool(self.query)

    def found(self) -> ClassGroupQuerySet:
        found = self._of_year()
        if grade := self.query.get("grade"):
            found = found.filter(grade="" if grade == WITHOUT_GRADE else grade)
        if text := self.query.get("q"):
            found = found.named_like(text, "grade")
        return found.order_by("name_key", "pk")

    def _of_year(self) -> ClassGroupQuerySet:
        asked, every = self.query.get("archived"), ClassGroup.objects.all()
        if asked == ALL:
            return every
        return every.filter(archived_at__isnull=asked != ARCHIVED)

    def _grades(self) -> list[tuple[str, str]]:
        """Offer the grades of that school year, as their class groups stand; one that none has stays chosen."""
        rows = self._of_year().order_by("name_key", "pk").values_list("grade", flat=True)
        chosen = self.query.get("grade", "")
        asked = [*map(grade_in_address, rows), *([chosen] if chosen else [])]
        named = [(grade, grade) for grade in dict.fromkeys(asked) if grade != WITHOUT_GRADE]
        without = [(WITHOUT_GRADE, grade_in_words(""))] if WITHOUT_GRADE in asked else []
        return [("", gettext("All grades")), *named, *without]


@dataclass(frozen=True, slots=True)
class ClassGroupRow:
    class_group: ClassGroup
    students: int
    class_teachers: Sequence[User]


@dataclass(frozen=True, slots=True)
class ClassGroupList:
    rows: Sequence[ClassGroupRow]
    pager: Pager
    has_grades: bool


def class_group_list(
    filters: ClassGroupFilters, page_form: PageForm, *, path: str, today: dt.date
) -> ClassGroupList:
    """Return one page of the list; four queries, however long it is."""
    paginator = Paginator(filters.found(), page_form.size(USUAL_SIZE))
    page = paginator.get_page(page_form.page_number())
    class_groups = list(page.object_list)
    keys = [class_group.pk for class_group in class_groups]
    counts, teachers = student_counts(keys, today=today), _class_teachers(keys, today)
    rows = [
        ClassGroupRow(group, counts.get(group.pk, 0), teachers.get(group.pk, ()))
        for group in class_groups
    ]
    pager = pager_of(page, path=path, query=filters.query, usual_size=USUAL_SIZE)
    return ClassGroupList(rows, pager, any(group.grade for group in class_groups))


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
