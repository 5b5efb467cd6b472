"""The forms of terms and of their bell times, and why a change is refused, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.day_field import DayInput
from schedule.models import (
    LESSON_YEARS,
    MOST_BELLS,
    MOST_WEEKS,
    TERM_NAME_CHARS,
    Pattern,
    Term,
)
from schedule.planning.lesson_fields import DAY_CHARS, TimeOfDayInput
from schedule.planning.moments import NotReadable, read_date, read_time
from schedule.selectors.terms import terms_with_bells
from schedule.services.terms import BellsInUse, LessonsOutside, TermNameTaken, TermOverlaps
from schedule.terms.bells import (
    BellFault,
    BellSpan,
    bell_faults,
    even_bells,
)
from schedule.terms.words import periods_in_words
from schedule.week_grid import monday_of, weekday_label

USUAL_WEEKS = 20
USUAL_PERIODS = 8
USUAL_MINUTES = 45
USUAL_BREAK_MINUTES = 10
LONGEST_PERIOD_MINUTES = 240
# Below the bell times that are there, to be filled in; and as many again by a button.
EMPTY_ROWS = 3
# Of the lessons or weekly lessons that stand against a change; more are counted.
NAMED_AT_MOST = 5
BETWEEN = "; "


class TermForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("term", "Name"),
        max_length=TERM_NAME_CHARS,
        help_text=_("For example: Autumn term 2026."),
    )
    first_monday = forms.CharField(
        label=_("First Monday"),
        max_length=DAY_CHARS,
        widget=DayInput,
        help_text=_("Of its first week, also when school begins later in that week."),
    )
    weeks = forms.IntegerField(
        label=pgettext_lazy("term", "Number of weeks"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=USUAL_WEEKS,
        help_text=_("Holidays count: they do not shift odd and even weeks."),
    )

    def clean_first_monday(self) -> dt.date:
        try:
            day = read_date(self.cleaned_data["first_monday"])
        except NotReadable as err:
            raise forms.ValidationError(capfirst(str(err))) from err
        monday = monday_of(day)
        if day != monday:
            reason = gettext("%(day)s is a %(weekday)s. The Monday of that week is %(monday)s.")
            told = {"day": day, "weekday": weekday_label(day), "monday": monday}
            raise forms.ValidationError(reason % told)
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"first_monday", "weeks"} <= cleaned.keys():
            last_day = cleaned["first_monday"] + dt.timedelta(weeks=cleaned["weeks"])
            if last_day.year not in LESSON_YEARS:
                self.add_error("weeks", gettext("This year is not in the calendar."))
        return cleaned

    def refuse(self, err: TermNameTaken | TermOverlaps | LessonsOutside) -> None:
        """Say at its field why a service did not take what the form says."""
        match err:
            case TermNameTaken():
                self.add_error("name", gettext("Another term has this name."))
            case TermOverlaps():
                self.add_error("first_monday", overlap_in_words(err.other))
            case LessonsOutside():
                self.add_error(None, _outside_in_words(err))


def texts_of(term: Term) -> dict[str, object]:
    """The term as its form shows it."""
    return {"name": term.name, "first_monday": term.first_monday, "weeks": term.weeks}


def overlap_in_words(other: Term) -> str:
    reason = gettext("This overlaps with the term “%(name)s”, from %(first)s to %(last)s.")
    return reason % {"name": other.name, "first": other.first_monday, "last": other.last_day}


def _outside_in_words(err: LessonsOutside) -> str:
    named = [str(each.lesson) for each in err.planned[:NAMED_AT_MOST]]
    reason = ngettext(
        "%(count)s lesson of its plan would lie outside these weeks: %(lessons)s. Delete or change it first.",
        "%(count)s lessons of its plan would lie outside these weeks: %(lessons)s. Delete or change them first.",
        len(err.planned),
    )
    return reason % {"count": len(err.planned), "lessons": _listed(named, len(err.planned))}


def _listed(named: Sequence[str], count: int) -> str:
    return BETWEEN.join(named) + (" …" if count > len(named) else "")


# --- Bell times ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BellRow:
    number: int
    start: BoundField
    end: BoundField


class BellTimesForm(forms.Form):
    """All bell times of a term: a row each, with some empty ones to be filled in."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        texts: Sequence[tuple[str, str]] = (),
        count: int = 0,
    ) -> None:
        """`texts`: the start and end of each row, as they are shown. `count`: how many rows, at least."""
        wanted = len(texts) + EMPTY_ROWS if data is None else len(posted_texts(data))
        self.count = min(max(wanted, count), MOST_BELLS)
        shown: dict[str, str] = {}
        for number, (start, end) in enumerate(texts, start=1):
            shown |= {f"start_{number}": start, f"end_{number}": end}
        super().__init__(data, initial=shown)
        for number in range(1, self.count + 1):
            told = {"number": number}
            self.fields[f"start_{number}"] = _time_field(_("Start of period %(number)s") % told)
            self.fields[f"end_{number}"] = _time_field(_("End of period %(number)s") % told)

    @property
    def rows(self) -> list[BellRow]:
        return [
            BellRow(number, self[f"start_{number}"], self[f"end_{number}"])
            for number in range(1, self.count + 1)
        ]

    @property
    def may_grow(self) -> bool:
        return self.count < MOST_BELLS

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.spans: list[BellSpan] = []
        gap = 0
        for number in range(1, self.count + 1):
            names = {f"start_{number}", f"end_{number}"}
            if not (names & self.errors.keys() or any(cleaned[name] for name in names)):
                gap = gap or number
                continue
            if gap:
                reason = gettext("This row is empty, and later ones are not: move those up.")
                self.add_error(f"start_{gap}", reason)
            gap = 0
            if not names & self.errors.keys():
                self._read_row(number)
        if not self.errors:
            for number, fault in bell_faults(self.spans):
                self.add_error(*_fault_in_words(number, fault))
        return cleaned

    def _read_row(self, number: int) -> None:
        times: list[dt.time] = []
        for name in (f"start_{number}", f"end_{number}"):
            try:
                times.append(read_time(self.cleaned_data[name]))
            except NotReadable as err:
                self.add_error(name, capfirst(str(err)))
        if len(times) == 2:
            self.spans.append(BellSpan(*times))


def _time_field(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=DAY_CHARS, required=False, widget=TimeOfDayInput)


def posted_texts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rows of bell times as they were sent, empty ones too; no more than there may be."""
    texts: list[tuple[str, str]] = []
    for number in range(1, MOST_BELLS + 1):
        if f"start_{number}" not in data and f"end_{number}" not in data:
            break
        texts.append((data.get(f"start_{number}", ""), data.get(f"end_{number}", "")))
    return texts


def texts_of_bells(spans: Sequence[BellSpan]) -> list[tuple[str, str]]:
    return [(f"{span.starts:%H:%M}", f"{span.ends:%H:%M}") for span in spans]


def _fault_in_words(number: int, fault: BellFault) -> tuple[str, str]:
    """The field that is at fault, and why."""
    if fault is BellFault.ENDS_BEFORE_START:
        return f"end_{number}", gettext("The end lies before the start.")
    return f"start_{number}", gettext("The period before it ends later than this.")


def bells_faults_in_words(spans: Sequence[BellSpan]) -> list[str]:
    """What is wrong with bell times that stand in no form."""
    faults = [
        f"{periods_in_words(number, number)}: {_fault_in_words(number, fault)[1]}"
        for number, fault in bell_faults(spans)
    ]
    if len(spans) > MOST_BELLS:
        told = gettext("A day has %(count)s periods at most.") % {"count": MOST_BELLS}
        faults.append(told)
    return faults


def in_use_in_words(err: BellsInUse) -> str:
    named = [_pattern_in_words(pattern) for pattern in err.patterns[:NAMED_AT_MOST]]
    reason = ngettext(
        "%(count)s weekly lesson is planned by a period that would be gone: %(lessons)s. Change it first.",
        "%(count)s weekly lessons are planned by periods that would be gone: %(lessons)s. Change them first.",
        len(err.patterns),
    )
    return reason % {"count": len(err.patterns), "lessons": _listed(named, len(err.patterns))}


def _pattern_in_words(pattern: Pattern) -> str:
    weekday = weekday_label(pattern.term.first_monday + dt.timedelta(days=pattern.weekday - 1))
    periods = periods_in_words(pattern.first_bell or 0, pattern.last_bell or 0)
    return f"{pattern.course} {weekday} {periods} ({pattern.teacher.display_name})"


class EvenBellsForm(forms.Form):
    """The quick start: periods of one length, with the same break after each."""

    count = forms.IntegerField(
        label=_("Periods a day"), min_value=1, max_value=MOST_BELLS, initial=USUAL_PERIODS
    )
    minutes = forms.IntegerField(
        label=_("Minutes of each"),
        min_value=1,
        max_value=LONGEST_PERIOD_MINUTES,
        initial=USUAL_MINUTES,
    )
    first = forms.CharField(
        label=_("The first begins at"),
        max_length=DAY_CHARS,
        widget=TimeOfDayInput,
        initial="08:00",
    )
    between = forms.IntegerField(
        label=_("Minutes between them"),
        min_value=0,
        max_value=LONGEST_PERIOD_MINUTES,
        initial=USUAL_BREAK_MINUTES,
    )

    def clean_first(self) -> dt.time:
        try:
            return read_time(self.cleaned_data["first"])
        except NotReadable as err:
            raise forms.ValidationError(capfirst(str(err))) from err

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self.spans = even_bells(
                cleaned["count"],
                first=cleaned["first"],
                length=dt.timedelta(minutes=cleaned["minutes"]),
                between=dt.timedelta(minutes=cleaned["between"]),
            )
            if len(self.spans) < cleaned["count"]:
                self.add_error("count", gettext("The day ends before the last of them does."))
        return cleaned


class CopyBellsForm(forms.Form):
    """Whose bell times to begin with."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, term: Term) -> None:
        super().__init__(data)
        self.fields["copy"] = forms.ModelChoiceField(
            label=_("Copy from"),
            queryset=terms_with_bells(besides=term),
            to_field_name="code",
            empty_label=None,
        )
