"""The form in which a planner says what the names of a file mean: one row for each name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, pgettext

from accounts.models import User
from edu_platform.lib.formatting import listed
from edu_platform.lib.natural_order import natural_key, person_key
from schedule.enums import FetNameKind
from schedule.imports.fet.clock_times import Hour, hour_of_bell
from schedule.imports.fet.fault_words import MADE_CHARS, in_words, why_not_made
from schedule.imports.fet.meanings import Directory, Meaning, Meanings, State, among
from schedule.lessons.fields import TimeOfDayInput
from schedule.models import FET_NAME_CHARS, BellTime, ClassGroup
from schedule.terms.weekly_lessons.gate import hours_fault
from schedule.terms.words import bell_in_words, weekday_in_words
from schedule.week_grid import DAYS_A_WEEK

NEW, LEFT_OUT, OTHER, CLOCK = "new", "left-out", "other", "clock"
BELL = "bell-"
KEYS_OF_NAMES = {FetNameKind.TEACHER: person_key, FetNameKind.STUDENTS: natural_key}
LISTS = {FetNameKind.TEACHER: "known-teachers", FetNameKind.STUDENTS: "known-class-groups"}


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name with its fields: what it means, and where that says so, what is written beside."""

    kind: FetNameKind
    name: str
    choice: str
    beside: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    name: str
    choice: BoundField
    beside: Sequence[BoundField]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Section:
    kind: FetNameKind
    rows: Sequence[ShownRow]

    @property
    def title(self) -> str:
        return str(self.kind.label)

    @property
    def open_count(self) -> int:
        return sum(row.is_open for row in self.rows)


class NamesForm(forms.Form):
    """`proposed` has the names, and what they seem to mean; `meanings` what the planner says."""

    meanings: Meanings

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        proposed: Meanings,
        bells: Sequence[BellTime],
        directory: Directory,
    ) -> None:
        super().__init__(data)
        self.proposed = proposed
        self.directory = directory
        self.bells = {f"{BELL}{bell.number}": hour_of_bell(bell) for bell in bells}
        self.bell_choices = [(f"{BELL}{bell.number}", bell_in_words(bell)) for bell in bells]
        self.rows: list[NameRow] = []
        for kind in FetNameKind:
            for number, (name, meaning) in enumerate(proposed.of_kind(kind).items()):
                self._add_row(kind, f"{kind}-{number}", name, meaning)
        # As they are shown: the first that is wrong has the focus.
        rows = (row for kind in FetNameKind for row in self._rows_of(kind))
        self.order_fields([name for row in rows for name in (row.choice, *row.beside)])

    def sections(self) -> list[Section]:
        """The rows by kind."""
        sections = []
        for kind in FetNameKind:
            rows = [
                ShownRow(
                    row.name, self[row.choice], [self[field] for field in row.beside], row.is_open
                )
                for row in self._rows_of(kind)
            ]
            if rows:
                sections.append(Section(kind, rows))
        return sections

    def new_names(self) -> list[str]:
        """Return the names of people and class groups that a valid form makes."""
        both = [*self.meanings.teachers.items(), *self.meanings.students.items()]
        return [name for name, meaning in both if meaning.state is State.NEW]

    def _rows_of(self, kind: FetNameKind) -> list[NameRow]:
        """Open ones first; people and class groups by name, days and hours as the file has them."""
        of_kind = [row for row in self.rows if row.kind == kind]
        if key := KEYS_OF_NAMES.get(kind):
            of_kind.sort(key=lambda row: (key(row.name), row.name))
        return sorted(of_kind, key=lambda row: not row.is_open)

    # --- Fields -----------------------------------------------------------------------------------

    def _add_row(self, kind: FetNameKind, field: str, name: str, meaning: Meaning[object]) -> None:
        choices = [*self._choices_of(kind, meaning), (LEFT_OUT, gettext("Leave out"))]
        if meaning.state is State.OPEN:
            choices.insert(0, ("", gettext("Choose…")))
        label = gettext("%(name)s means") % {"name": name}
        self.fields[field] = forms.CharField(
            required=False,
            initial=self._initial_of(meaning),
            widget=forms.Select(attrs={"aria-label": label}, choices=choices),
        )
        beside = self._add_beside(kind, field, name, meaning)
        self.rows.append(NameRow(kind, name, field, beside, meaning.state is State.OPEN))

    def _choices_of(self, kind: FetNameKind, meaning: Meaning[object]) -> list[tuple[str, str]]:
        if kind is FetNameKind.DAY:
            return [(str(day), weekday_in_words(day)) for day in range(1, DAYS_A_WEEK + 1)]
        if kind is FetNameKind.HOUR:
            return [*self.bell_choices, (CLOCK, gettext("from – to, as beside"))]
        choices = [(_value_of(choice), in_words(choice)) for choice in meaning.found]
        new_labels = {
            FetNameKind.TEACHER: gettext("New teacher"),
            FetNameKind.STUDENTS: gettext("New class group"),
        }
        other = {
            FetNameKind.TEACHER: gettext("Somebody else…"),
            FetNameKind.STUDENTS: gettext("Another class group…"),
        }
        return [*choices, (NEW, new_labels[kind]), (OTHER, other[kind])]

    @staticmethod
    def _initial_of(meaning: Meaning[object]) -> str:
        if meaning.state is State.KNOWN:
            return _value_of(meaning.found[0])
        return {State.NEW: NEW, State.LEFT_OUT: LEFT_OUT}.get(meaning.state, "")

    def _add_beside(
        self, kind: FetNameKind, field: str, name: str, meaning: Meaning[object]
    ) -> tuple[str, ...]:
        if kind is FetNameKind.HOUR:
            return self._add_times(field, name, meaning)
        # A field for each of hundreds of names that are known would only be in the way.
        is_asked = meaning.state is State.OPEN or self.data.get(field) == OTHER
        if kind not in MADE_CHARS or not is_asked:
            return ()
        labels = {
            FetNameKind.TEACHER: gettext("Username of somebody else for %(name)s"),
            FetNameKind.STUDENTS: gettext("Another class group for %(name)s"),
        }
        placeholders = {
            FetNameKind.TEACHER: gettext("Username"),
            FetNameKind.STUDENTS: gettext("Class group"),
        }
        attrs = {
            "aria-label": labels[kind] % {"name": name},
            "placeholder": placeholders[kind],
            "list": LISTS[kind],
            "autocomplete": "off",
        }
        self.fields[f"{field}-other"] = forms.CharField(
            required=False, max_length=FET_NAME_CHARS, widget=forms.TextInput(attrs)
        )
        return (f"{field}-other",)

    def _add_times(self, field: str, name: str, meaning: Meaning[object]) -> tuple[str, str]:
        hour = meaning.found[0] if meaning.found else None
        starts, ends = (hour.starts, hour.ends) if isinstance(hour, Hour) else (None, None)
        self._add_time(f"{field}-from", pgettext("hour", "From"), name, starts)
        self._add_time(f"{field}-to", pgettext("hour", "To"), name, ends)
        return f"{field}-from", f"{field}-to"

    def _add_time(self, field: str, label: str, name: str, initial: dt.time | None) -> None:
        self.fields[field] = forms.TimeField(
            label=label,
            required=False,
            initial=f"{initial:%H:%M}" if initial else "",
            widget=TimeOfDayInput(attrs={"aria-label": f"{name}: {label}"}),
        )

    # --- What was said ----------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        answers: dict[FetNameKind, dict[str, Meaning[Any]]] = {kind: {} for kind in FetNameKind}
        for row in self.rows:
            try:
                answers[row.kind][row.name] = self._said(row, cleaned)
            except forms.ValidationError as err:
                self.add_error(row.choice, err)
        self.meanings = Meanings(
            days=answers[FetNameKind.DAY],
            hours=answers[FetNameKind.HOUR],
            teachers=answers[FetNameKind.TEACHER],
            students=answers[FetNameKind.STUDENTS],
        )
        return cleaned

    def _said(self, row: NameRow, cleaned: Mapping[str, Any]) -> Meaning[Any]:
        choice = cleaned.get(row.choice) or ""
        written = cleaned.get(f"{row.choice}-other") or ""
        if choice == LEFT_OUT:
            return Meaning(State.LEFT_OUT)
        if row.kind is FetNameKind.DAY:
            return _weekday(choice)
        if row.kind is FetNameKind.HOUR:
            return self._hour(row, choice, cleaned)
        if choice == NEW and not written:
            return _new(row)
        if written or choice == OTHER:
            return self._named(row.kind, written)
        return self._chosen(row.kind, choice)

    def _hour(self, row: NameRow, choice: str, cleaned: Mapping[str, Any]) -> Meaning[Hour]:
        if choice in self.bells:
            return among([self.bells[choice]])
        starts, ends = (cleaned.get(field) for field in row.beside)
        if choice != CLOCK and not (starts and ends):
            raise forms.ValidationError(gettext("Choose a period, or write from when to when."))
        if not (starts and ends) or hours_fault(starts, ends):
            raise forms.ValidationError(
                gettext("Write from when to when, the end after the start.")
            )
        return among([Hour(starts, ends)])

    def _named(self, kind: FetNameKind, written: str) -> Meaning[User | ClassGroup]:
        """The person or class group whose name was typed."""
        candidates: Sequence[User] | Sequence[ClassGroup] = (
            self.directory.teachers_called(written)
            if kind is FetNameKind.TEACHER
            else self.directory.groups_called(written)
        )
        if len(candidates) == 1:
            return Meaning(State.KNOWN, (candidates[0],))
        if candidates:
            text = gettext("These share the name, write the username: %(found)s")
            raise forms.ValidationError(text % {"found": listed(map(in_words, candidates))})
        texts = {
            FetNameKind.TEACHER: gettext("Write the username of an active teacher."),
            FetNameKind.STUDENTS: gettext("Write the name of an active class group."),
        }
        raise forms.ValidationError(texts[kind])

    def _chosen(self, kind: FetNameKind, choice: str) -> Meaning[User | ClassGroup]:
        value = choice.partition("-")[2]
        if kind is FetNameKind.TEACHER and value in self.directory.teachers:
            return Meaning(State.KNOWN, (self.directory.teachers[value],))
        if kind is FetNameKind.STUDENTS and value in self.directory.groups:
            return Meaning(State.KNOWN, (self.directory.groups[value],))
        raise forms.ValidationError(gettext("Choose what this name means."))


def _value_of(choice: object) -> str:
    """Return how a choice is sent."""
    if isinstance(choice, Hour):
        return CLOCK if choice.bell is None else f"{BELL}{choice.bell}"
    if isinstance(choice, User):
        return f"user-{choice.username}"
    if isinstance(choice, ClassGroup):
        return f"group-{choice.name}"
    return str(choice)


def _weekday(choice: str) -> Meaning[int]:
    weekdays = {str(day): day for day in range(1, DAYS_A_WEEK + 1)}
    if choice not in weekdays:
        raise forms.ValidationError(gettext("Choose the weekday."))
    return among([weekdays[choice]])


def _new(row: NameRow) -> Meaning[Any]:
    fault = why_not_made(row.kind, row.name)
    if fault:
        raise forms.ValidationError(fault)
    return Meaning(State.NEW)
