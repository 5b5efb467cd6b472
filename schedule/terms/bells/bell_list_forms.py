"""The form of a list of bell times beside the term's own: its name, for whom and when it holds, and its faults in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.day_field import DayInput
from edu_platform.lib.form_groups import FieldGroup
from edu_platform.lib.formatting import listed
from edu_platform.lib.natural_keys import in_order
from schedule.class_groups.grades import in_order as grades_in_order
from schedule.lessons.fields import BETWEEN_NAMES, DAY_CHARS, NAMES_CHARS, class_groups_meant
from schedule.models import BELL_LIST_NAME_CHARS, ClassGroup, Term
from schedule.terms.bells.bell_list_writing import (
    BellListPlan,
    ListNameTaken,
    ListRefused,
    ListsMeet,
    TooManyLists,
    plan_of_list,
)
from schedule.terms.bells.bell_lists import ListFault
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.day_fields import DaysOfTermForm
from schedule.terms.words import time_in_words, weekday_in_words
from schedule.week_grid import DAYS_A_WEEK

Refusal = ListNameTaken | ListRefused | ListsMeet | TooManyLists


class BellListForm(DaysOfTermForm):
    """Asks how a list is called, and for whom and when it holds."""

    groups = (
        FieldGroup(
            _("Name and days"),
            _("What the list is called, and on which days it holds."),
            ("name", "first_day", "last_day", "weekdays"),
        ),
        FieldGroup(
            _("Who has these times"),
            _("Grades and class groups that have these times."),
            ("grades", "class_groups"),
        ),
    )

    name = forms.CharField(
        label=pgettext_lazy("list of bell times", "Name"),
        max_length=BELL_LIST_NAME_CHARS,
        help_text=_("For example: middle school, Fridays, winter."),
    )
    first_day = forms.CharField(
        label=_("From"), max_length=DAY_CHARS, required=False, widget=DayInput
    )
    last_day = forms.CharField(
        label=_("To"),
        max_length=DAY_CHARS,
        required=False,
        widget=DayInput,
        help_text=_("Both days are included. Without them it holds the whole term."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        required=False,
        coerce=int,
        choices=lambda: [(str(day), weekday_in_words(day)) for day in range(1, DAYS_A_WEEK + 1)],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all of them."),
    )
    grades = forms.MultipleChoiceField(
        label=_("Grades"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Neither grades nor class groups: the whole school."),
    )
    class_groups = forms.CharField(
        label=_("Class groups"),
        max_length=NAMES_CHARS,
        required=False,
        help_text=_("Beside those of the grades; several with ; between them."),
        widget=forms.TextInput({"list": "known-class-groups", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        term: Term,
        plan: BellListPlan | None = None,
    ) -> None:
        """`plan`: the list as it is; None for a new one."""
        self.term = term
        self.had_groups = () if plan is None else plan.class_groups
        super().__init__(data, initial=None if plan is None else _texts_of(plan))
        grades = ClassGroup.objects.active().values_list("grade", flat=True)
        had = () if plan is None else plan.grades
        offered = [grade for grade in grades_in_order([*grades, *had]) if grade]
        field = self.fields["grades"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(grade, grade) for grade in offered]
        if not offered:
            del self.fields["grades"]

    def clean_class_groups(self) -> list[ClassGroup]:
        return class_groups_meant(self.cleaned_data["class_groups"], had=self.had_groups)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"first_day", "last_day"} <= cleaned.keys():
            first, last = cleaned["first_day"], cleaned["last_day"]
            if (first is None) is not (last is None):
                name = "first_day" if first is None else "last_day"
                self.add_error(name, gettext("Give both days, or neither."))
            elif first is not None and last < first:
                self.add_error("last_day", gettext("The last day lies before the first."))
        return cleaned

    def plan(self, spans: Sequence[BellSpan]) -> BellListPlan:
        """Return the list that a valid form asks for, with these times."""
        cleaned = self.cleaned_data
        return BellListPlan(
            name=cleaned["name"],
            spans=spans,
            first_day=cleaned["first_day"],
            last_day=cleaned["last_day"],
            weekdays=tuple(cleaned["weekdays"]),
            grades=tuple(cleaned.get("grades", ())),
            class_groups=tuple(cleaned["class_groups"]),
        )

    def refuse(self, err: Refusal) -> None:
        """Say why the list could not be written as the form says."""
        match err:
            case ListNameTaken():
                self.add_error("name", gettext("Another list of this term has this name."))
            case TooManyLists():
                self.add_error(None, gettext("The term has as many lists as it may."))
            case ListRefused():
                self.add_error(None, FAULT_WORDS[err.fault])
            case ListsMeet():
                self.add_error(None, meet_in_words(err.other.name))


FAULT_WORDS = {
    ListFault.ALWAYS: _(
        "Say when or for whom it holds: by days, weekdays, grades or class groups. What holds always stands in the term's own bell times."
    ),
    ListFault.NEVER: _("There is no such day in the term."),
    ListFault.NOBODY: _("There is no class group for which it would hold."),
}


def meet_in_words(name: str) -> str:
    reason = gettext(
        "On some day both this list and “%(name)s” would hold for the same class group, and neither goes before the other. Change the days, weekdays or class groups of one of them."
    )
    return reason % {"name": name}


def _texts_of(plan: BellListPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
        "weekdays": [str(day) for day in plan.weekdays],
        "grades": plan.grades,
        "class_groups": BETWEEN_NAMES.join(group.name for group in in_order(plan.class_groups)),
    }


def when_in_words(plan: BellListPlan) -> str:
    """Say for whom and when a list holds: 2026-10-08 至 2026-12-31 · 周五 · 七年级、八年级."""
    parts = []
    if plan.first_day is not None:
        days = {"first": plan.first_day, "last": plan.last_day}
        parts.append(gettext("%(first)s to %(last)s") % days)
    if plan.weekdays:
        parts.append(listed(weekday_in_words(day) for day in plan.weekdays))
    groups = [group.name for group in in_order(plan.class_groups)]
    if plan.grades or groups:
        parts.append(listed([*plan.grades, *groups]))
    return " · ".join(parts) or pgettext("list of bell times", "nobody any more")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list as the page of a term's bell times shows it."""

    code: str
    name: str
    when: str
    count: int
    # From the start of the first period to the end of the last.
    times: str


def further_lists(term: Term) -> list[ListRow]:
    """Return the lists of a term beside its own, as pages show them; three queries, one where there is none."""
    rows = []
    for row in term.bell_lists.prefetch_related("times", "class_groups"):
        plan = plan_of_list(row)
        times = time_in_words(plan.spans[0].starts, plan.spans[-1].ends) if plan.spans else ""
        rows.append(ListRow(row.code, row.name, when_in_words(plan), len(plan.spans), times))
    return rows


def changed_list_in_words(plan: BellListPlan) -> str:
    """Say why a form that shows the list as it was is not saved, and how it is now."""
    times = listed(f"{span.starts:%H:%M}–{span.ends:%H:%M}" for span in plan.spans)
    reason = gettext(
        "The list has changed since you opened this page. Now it is “%(name)s” (%(when)s): %(times)s. Nothing was saved. Saving once more makes it as the form says."
    )
    return reason % {"name": plan.name, "when": when_in_words(plan), "times": times}
