"""The form of a new school year: its first day, which grades leave, and a row for each class group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.day_field import DayField
from edu_platform.lib.filter_forms import NO_DAY
from schedule.models import CLASS_GROUP_NAME_CHARS, ClassGroup
from schedule.school_year.preview import PreviewRow, YearPreview
from schedule.school_year.proposals import FAR_AHEAD, TopGrade, proposed_rows, top_grades
from schedule.school_year.wish import WishedRow, YearAction, YearWish

# A school year may be begun late, and prepared long before.
DAYS_BACK, DAYS_AHEAD = dt.timedelta(days=60), dt.timedelta(days=500)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A class group in the form, with what comes of it."""

    preview: PreviewRow
    action: BoundField
    name: BoundField

    @property
    def class_group(self) -> ClassGroup:
        return self.preview.state.class_group


class SchoolYearForm(forms.Form):
    """Proposes what becomes of each class group by the grade in its name; each row can be changed."""

    first_day = DayField(
        label=_("First day of the school year"),
        help_text=_("From this day on, people belong to the class groups of the new year."),
        error_messages={"invalid": NO_DAY},
    )
    # Asked for where the first day is far ahead.
    far_ahead = forms.BooleanField(
        label=_("Begin it now already, long before its first day"),
        help_text=_(
            "Until that day the class groups of the new year are empty, and lists show these alone."
        ),
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        class_groups: Sequence[ClassGroup],
        first_day: dt.date,
        leaving: frozenset[str] | None = None,
    ) -> None:
        self.class_groups = class_groups
        names = [group.name for group in class_groups]
        self._tops = top_grades(names)
        usual = frozenset(top.grade for top in self._tops if top.leaves)
        leaving = usual if leaving is None else leaving
        self._proposed = proposed_rows(names, leaving)
        super().__init__(self._completed(data), initial={"first_day": first_day})
        for number, top in enumerate(self._tops):
            self.fields[_top(top)] = _top_field(top, number, leaves=top.grade in leaving)
        for group in class_groups:
            row = self._proposed[group.name]
            self.fields[_action(group)] = _action_field(group, row.action)
            self.fields[_name(group)] = _name_field(group, row.name)

    def _completed(self, data: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return what was sent, with the proposals for class groups that the page did not know."""
        if data is None:
            return None
        sent = dict(data.items())
        for group in self.class_groups:
            if _action(group) not in sent:
                row = self._proposed[group.name]
                sent |= {_action(group): row.action.value, _name(group): row.name}
        return sent

    def clean_first_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["first_day"]
        today = timezone.localdate()
        earliest, latest = today - DAYS_BACK, today + DAYS_AHEAD
        if not earliest <= day <= latest:
            reason = gettext("Choose a day from %(earliest)s to %(latest)s.")
            raise forms.ValidationError(reason % {"earliest": earliest, "latest": latest})
        return day

    @property
    def day(self) -> dt.date:
        """Return the first day that was chosen, or else the usual one."""
        chosen: dt.date | None = getattr(self, "cleaned_data", {}).get("first_day")
        usual: dt.date = self.initial["first_day"]
        return chosen or usual

    @property
    def has_first_day(self) -> bool:
        """Tell whether a first day was chosen that can be one."""
        return "first_day" in self.cleaned_data

    @property
    def is_far_ahead(self) -> bool:
        return self.day > timezone.localdate() + FAR_AHEAD

    def is_meant(self) -> bool:
        """Tell whether a school year far ahead is meant; where it is not, its field says what to do."""
        if not self.is_far_ahead or self.cleaned_data.get("far_ahead"):
            return True
        reason = gettext(
            "It begins only on %(day)s. Tick this if it is meant, or do it when the old school year is over."
        )
        self.add_error("far_ahead", reason % {"day": self.day})
        return False

    @property
    def leaving(self) -> frozenset[str]:
        """Return the grades that leave, as they were chosen."""
        chosen = {top.grade: self.cleaned_data.get(_top(top)) for top in self._tops}
        return frozenset(grade for grade, what in chosen.items() if what == YearAction.LEAVE)

    def wish(self) -> YearWish:
        """Return what the form says, or what is proposed."""
        if not self.is_bound:
            rows = {group.pk: self._proposed[group.name] for group in self.class_groups}
        else:
            rows = {group.pk: self._row(group) for group in self.class_groups}
        return YearWish(self.day, rows)

    def _row(self, group: ClassGroup) -> WishedRow:
        action = YearAction(self.cleaned_data.get(_action(group)) or YearAction.STAY)
        is_rising = action == YearAction.RISE
        return WishedRow(action, self.cleaned_data.get(_name(group), "") if is_rising else "")

    def top_fields(self) -> list[BoundField]:
        return [self[_top(top)] for top in self._tops]

    def rows(self, preview: YearPreview) -> Iterator[FormRow]:
        """Yield the rows of the table, of a preview of this form."""
        for row in preview.rows:
            group = row.state.class_group
            if _action(group) in self.fields:
                yield FormRow(row, self[_action(group)], self[_name(group)])


def _top(top: TopGrade) -> str:
    return f"top-{top.grade}"


def _action(group: ClassGroup) -> str:
    return f"action-{group.code}"


def _name(group: ClassGroup) -> str:
    return f"name-{group.code}"


def _top_field(top: TopGrade, number: int, *, leaves: bool) -> forms.ChoiceField:
    choices = [
        (YearAction.LEAVE.value, YearAction.LEAVE.label),
        (YearAction.RISE.value, gettext("Rises to %(grade)s") % {"grade": top.next}),
    ]
    # Names of grades have blanks, and keys of elements have none.
    widget = forms.Select(attrs={"id": f"id_top_{number}"})
    initial = YearAction.LEAVE if leaves else YearAction.RISE
    return forms.ChoiceField(
        label=top.grade, choices=choices, widget=widget, initial=initial, required=False
    )


def _action_field(group: ClassGroup, action: YearAction) -> forms.ChoiceField:
    label = gettext("%(name)s: what becomes of it") % {"name": group.name}
    attributes = {"aria-label": label}
    return forms.ChoiceField(
        label=group.name,
        choices=YearAction.choices,
        initial=action,
        widget=forms.Select(attrs=attributes),
    )


def _name_field(group: ClassGroup, name: str) -> forms.CharField:
    label = gettext("%(name)s: what it is called then") % {"name": group.name}
    attributes = {"aria-label": label, "maxlength": CLASS_GROUP_NAME_CHARS, "autocomplete": "off"}
    return forms.CharField(
        label=group.name, required=False, initial=name, widget=forms.TextInput(attributes)
    )
