"""The form of days off: a range of whole days, half days, or days off of some class groups; and its faults in words."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
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
from schedule.enums import DayKind
from schedule.lessons.fields import BETWEEN_NAMES, DAY_CHARS, NAMES_CHARS, class_groups_meant
from schedule.models import BELL_LIST_NAME_CHARS, ClassGroup, PartDayOff, Term
from schedule.terms.bells.bell_lists import bell_lists_of
from schedule.terms.day_fields import DaysOfTermForm
from schedule.terms.days.calendar_words import off_periods_in_words
from schedule.terms.days.days_off_writing import PartFault, PartOffPlan, plan_of_part
from schedule.terms.words import periods_in_words, time_in_words

# The days are what nobody sets: as the national calendar or their weekday says.
AS_USUAL = "usual"
PARTS = ("from_bell", "until_bell", "grades", "class_groups")


class DaysOffForm(DaysOfTermForm):
    """Asks which days are off, in which periods and for whom; new ones can also be as usual again."""

    groups = (
        FieldGroup(
            _("Days"),
            _("One day, or all from one to another."),
            ("kind", "name", "first_day", "last_day"),
        ),
        FieldGroup(
            _("Only a part"),
            _("Left empty, whole days are off for everybody."),
            ("from_bell", "until_bell", "grades", "class_groups"),
        ),
    )

    kind = forms.ChoiceField(
        label=_("These days are"),
        required=False,
        choices=[
            (DayKind.HOLIDAY, pgettext_lazy("these days are", "holidays")),
            (AS_USUAL, pgettext_lazy("these days are", "as usual again")),
        ],
    )
    name = forms.CharField(
        label=pgettext_lazy("day", "Name"),
        help_text=_("Such as autumn outing or exam week. May be empty."),
        max_length=BELL_LIST_NAME_CHARS,
        required=False,
    )
    first_day = forms.CharField(label=_("From"), max_length=DAY_CHARS, widget=DayInput)
    last_day = forms.CharField(
        label=_("To"),
        max_length=DAY_CHARS,
        required=False,
        widget=DayInput,
        help_text=_("Both days are included. Empty: this day alone."),
    )
    from_bell = forms.TypedChoiceField(
        label=_("From period"), coerce=int, empty_value=None, required=False
    )
    until_bell = forms.TypedChoiceField(
        label=_("To period"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("For half days. Neither of the two: the whole day."),
    )
    grades = forms.MultipleChoiceField(
        label=_("Grades"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "All class groups that a grade has now. Neither grades nor class groups: the whole school."
        ),
    )
    class_groups = forms.CharField(
        label=_("Class groups"),
        max_length=NAMES_CHARS,
        required=False,
        help_text=_("Several with ; between them. Empty: the whole school."),
        widget=forms.TextInput({"list": "known-class-groups", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        term: Term,
        row: PartDayOff | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        """`row`: the part that is changed; None for new days off."""
        self.term, self.row = term, row
        plan = None if row is None else plan_of_part(row)
        self.had_groups = () if plan is None else plan.class_groups
        self._groups_by_grade = _groups_by_grade()
        texts = initial if plan is None else _texts_of(plan, self._groups_by_grade)
        super().__init__(data, initial=texts)
        if row is not None:
            del self.fields["kind"]
        self._offer_periods()
        self._offer_grades()

    def _offer_grades(self) -> None:
        field = self.fields["grades"]
        if not self._groups_by_grade:
            del self.fields["grades"]
        elif isinstance(field, forms.MultipleChoiceField):
            field.choices = [(grade, grade) for grade in self._groups_by_grade]
            self.fields["class_groups"].help_text = gettext(
                "Beside those of the grades; several with ; between them."
            )

    def _offer_periods(self) -> None:
        choices = [("", pgettext("period", "None")), *_period_choices(self.term)]
        for name in ("from_bell", "until_bell"):
            field = self.fields[name]
            if isinstance(field, forms.TypedChoiceField):
                field.choices = choices
        if len(choices) == 1:
            del self.fields["from_bell"], self.fields["until_bell"]

    @property
    def is_as_usual(self) -> bool:
        return bool(self.cleaned_data.get("kind") == AS_USUAL)

    def clean_class_groups(self) -> list[ClassGroup]:
        text = self.cleaned_data["class_groups"]
        class_groups = class_groups_meant(text, had=self.had_groups)
        for grade in self.cleaned_data.get("grades", ()):
            class_groups += self._groups_by_grade[grade]
        if not class_groups and self.row is not None and self.row.is_for_class_groups:
            reason = gettext("Name a class group. What is for the whole school is made anew.")
            raise forms.ValidationError(reason)
        return list({group.pk: group for group in class_groups}.values())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("last_day") is None and "last_day" not in self.errors:
            cleaned["last_day"] = cleaned.get("first_day")
        if cleaned.get("kind") == AS_USUAL:
            for name in ("name", *PARTS):
                if cleaned.get(name):
                    reason = gettext(
                        "Leave this empty: the days are as usual for the whole school."
                    )
                    self.add_error(name, reason)
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", fault_in_words(PartFault.ENDS_BEFORE_START))
        return cleaned

    def plan(self) -> PartOffPlan:
        """Return what a valid form asks for."""
        cleaned = self.cleaned_data
        return PartOffPlan(
            name=cleaned["name"],
            first_day=cleaned["first_day"],
            last_day=cleaned["last_day"],
            from_bell=cleaned.get("from_bell"),
            until_bell=cleaned.get("until_bell"),
            class_groups=tuple(cleaned["class_groups"]),
        )

    def refuse(self, fault: PartFault) -> None:
        """Say why it could not be written as the form says."""
        name = FIELD_OF.get(fault)
        self.add_error(name if name in self.fields else None, fault_in_words(fault))


FAULT_WORDS = {
    PartFault.WHOLE_SCHOOL_ALL_DAY: _(
        "Choose a period or a class group. Whole holidays of the whole school are set anew, and stand in the table of days."
    ),
    PartFault.ENDS_BEFORE_START: _("The last day lies before the first."),
    PartFault.BELLS_BACKWARD: _("The last period lies before the first."),
    PartFault.NO_SUCH_BELL: _("The term has no such period."),
    PartFault.TOO_MANY: _("The term has as many of these as it may."),
}
FIELD_OF = {
    PartFault.ENDS_BEFORE_START: "last_day",
    PartFault.BELLS_BACKWARD: "until_bell",
    PartFault.NO_SUCH_BELL: "from_bell",
}


def fault_in_words(fault: PartFault) -> str:
    return str(FAULT_WORDS[fault])


def _period_choices(term: Term) -> list[tuple[str, str]]:
    """Return the periods of the longest list, with the times of those that the term's own has; one query."""
    bell_lists = bell_lists_of(term)
    own = bell_lists.default.spans
    count = max(len(own), *(len(listed.bells.spans) for listed in bell_lists.lists), 0)
    return [
        (
            str(number),
            " ".join(
                [
                    periods_in_words(number, number),
                    *(time_in_words(*span) for span in own[number - 1 : number]),
                ]
            ),
        )
        for number in range(1, count + 1)
    ]


def _groups_by_grade() -> dict[str, list[ClassGroup]]:
    """Return the class groups of each grade, in the order of grades; one query."""
    groups_by_grade: dict[str, list[ClassGroup]] = defaultdict(list)
    for group in ClassGroup.objects.active().exclude(grade=""):
        groups_by_grade[group.grade].append(group)
    return {grade: groups_by_grade[grade] for grade in grades_in_order(groups_by_grade)}


def _texts_of(
    plan: PartOffPlan, groups_by_grade: Mapping[str, Sequence[ClassGroup]]
) -> dict[str, Any]:
    """Return what the form shows of a part: a grade is ticked where all of it is named."""
    named = set(plan.class_groups)
    grades = [grade for grade, groups in groups_by_grade.items() if named.issuperset(groups)]
    ticked = {group for grade in grades for group in groups_by_grade[grade]}
    others = [group for group in plan.class_groups if group not in ticked]
    return {
        "name": plan.name,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
        "from_bell": plan.from_bell,
        "until_bell": plan.until_bell,
        "grades": grades,
        "class_groups": BETWEEN_NAMES.join(group.name for group in in_order(others)),
    }


# --- In words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of days off in the list of the calendar."""

    code: str
    name: str
    when: str
    whom: str


def part_rows(term: Term) -> list[PartRow]:
    """Return the half days and the days off of class groups of a term; two queries, one where there is none."""
    return [part_row(row) for row in term.part_days_off.prefetch_related("class_groups")]


def part_row(row: PartDayOff) -> PartRow:
    plan = plan_of_part(row)
    groups = listed(group.name for group in in_order(plan.class_groups))
    if not row.is_for_class_groups:
        groups = gettext("The whole school")
    whom = groups or pgettext("holidays", "nobody any more")
    return PartRow(row.code, row.name, when_off_in_words(plan), whom)


def when_off_in_words(plan: PartOffPlan) -> str:
    """Say on which days and in which periods: 2026-10-08 至 2026-10-09 从第5节起."""
    days = range_in_words(plan.first_day, plan.last_day)
    return " ".join(filter(None, [days, off_periods_in_words(plan.from_bell, plan.until_bell)]))


def range_in_words(first: dt.date, last: dt.date) -> str:
    if first == last:
        return str(first)
    return gettext("%(first)s to %(last)s") % {"first": first, "last": last}


def changed_part_in_words(row: PartDayOff) -> str:
    """Say why a form that shows it as it was is not saved, and how it is now."""
    now = part_row(row)
    reason = gettext(
        "This has changed since you opened the page. Now it is: %(now)s. Nothing was saved. Saving once more makes it as the form says."
    )
    return reason % {"now": " · ".join(filter(None, [now.name, now.when, now.whom]))}
