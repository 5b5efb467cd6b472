"""The forms of a term's bell times: all of them, the quick start, and those of another term."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.formatting import NOTHING, listed
from edu_platform.lib.moments import weekday_label
from schedule.lessons.fields import DAY_CHARS, TimeOfDayInput, readable
from schedule.lessons.moments import NotReadable, read_time
from schedule.models import Term, WeeklyLesson
from schedule.terms.bells.bell_times import (
    MOST_BELLS,
    BellFault,
    BellSpan,
    bell_faults,
    bells_of_day,
)
from schedule.terms.forms import NAMED_AT_MOST, first_listed
from schedule.terms.reading import terms_with_bells
from schedule.terms.weekly_lessons.gate import WeeklyFault
from schedule.terms.words import periods_in_words
from schedule.terms.writing import BellsInUse

USUAL_PERIODS = 8
USUAL_FIRST = "08:00"
USUAL_MINUTES = 45
USUAL_BREAK_MINUTES = 10
USUAL_MORNING = 4
USUAL_AFTERNOON = "14:00"
LONGEST_PERIOD_MINUTES = 240
# Below the bell times that are there, to be filled in; and as many again by a button.
EMPTY_ROWS = 3


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
        initial: dict[str, str] = {}
        for number, (start, end) in enumerate(texts, start=1):
            initial |= {f"start_{number}": start, f"end_{number}": end}
        super().__init__(data, initial=initial)
        for number in range(1, self.count + 1):
            placeholders = {"number": number}
            self.fields[f"start_{number}"] = _time_field(
                _("Start of period %(number)s") % placeholders
            )
            self.fields[f"end_{number}"] = _time_field(_("End of period %(number)s") % placeholders)

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
            if not self.cleaned_data[name]:
                self.add_error(name, gettext("This time is missing: fill it in, or empty the row."))
                continue
            try:
                times.append(read_time(self.cleaned_data[name]))
            except NotReadable as err:
                self.add_error(name, capfirst(str(err)))
        if len(times) == 2:
            self.spans.append(BellSpan(*times))


def _time_field(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=DAY_CHARS, required=False, widget=TimeOfDayInput)


def posted_texts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the rows of bell times as they were sent, empty ones too; no more than there may be."""
    texts: list[tuple[str, str]] = []
    for number in range(1, MOST_BELLS + 1):
        if f"start_{number}" not in data and f"end_{number}" not in data:
            break
        texts.append((data.get(f"start_{number}", ""), data.get(f"end_{number}", "")))
    return texts


def texts_of_bells(spans: Sequence[BellSpan]) -> list[tuple[str, str]]:
    return [(f"{span.starts:%H:%M}", f"{span.ends:%H:%M}") for span in spans]


def _fault_in_words(number: int, fault: BellFault | WeeklyFault) -> tuple[str, str]:
    """Return the field that is at fault, and why."""
    if isinstance(fault, WeeklyFault):
        return f"end_{number}", capfirst(fault.words)
    return f"start_{number}", gettext("The period before it ends later than this.")


def bells_faults_in_words(spans: Sequence[BellSpan]) -> list[str]:
    """Say what is wrong with bell times that stand in no form."""
    faults = [
        f"{periods_in_words(number, number)}: {_fault_in_words(number, fault)[1]}"
        for number, fault in bell_faults(spans)
    ]
    if len(spans) > MOST_BELLS:
        message = gettext("A day has %(count)s periods at most.") % {"count": MOST_BELLS}
        faults.append(message)
    return faults


def changed_in_words(spans: Sequence[BellSpan]) -> str:
    """Say why a form that shows the bell times as they were is not saved, and how they are now."""
    times = [f"{start}–{end}" for start, end in texts_of_bells(spans)]
    reason = gettext(
        "The bell times have changed since you opened this page. Now they are: %(times)s. Nothing was saved. Saving once more makes them as the form says."
    )
    return reason % {"times": listed(times) or NOTHING}


def in_use_in_words(err: BellsInUse) -> str:
    named = [
        _weekly_lesson_in_words(weekly_lesson)
        for weekly_lesson in err.weekly_lessons[:NAMED_AT_MOST]
    ]
    reason = ngettext(
        "%(count)s weekly lesson is planned by a period that would be gone: %(lessons)s. Change it first.",
        "%(count)s weekly lessons are planned by periods that would be gone: %(lessons)s. Change them first.",
        len(err.weekly_lessons),
    )
    return reason % {
        "count": len(err.weekly_lessons),
        "lessons": first_listed(named, len(err.weekly_lessons)),
    }


def _weekly_lesson_in_words(weekly_lesson: WeeklyLesson) -> str:
    weekday = weekday_label(
        weekly_lesson.term.first_monday + dt.timedelta(days=weekly_lesson.weekday - 1)
    )
    periods = periods_in_words(weekly_lesson.first_bell or 0, weekly_lesson.last_bell or 0)
    return f"{weekly_lesson.course} {weekday} {periods} ({weekly_lesson.teacher.display_name})"


class EvenBellsForm(forms.Form):
    """The quick start: periods of one length, with the same break after each, and a longer one for lunch."""

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
        initial=USUAL_FIRST,
    )
    between = forms.IntegerField(
        label=_("Minutes between them"),
        min_value=0,
        max_value=LONGEST_PERIOD_MINUTES,
        initial=USUAL_BREAK_MINUTES,
    )
    of_morning = forms.IntegerField(
        label=_("Lunch break after period"),
        min_value=1,
        max_value=MOST_BELLS,
        required=False,
        initial=USUAL_MORNING,
        help_text=_("Empty: there is none."),
    )
    afternoon = forms.CharField(
        label=_("The afternoon begins at"),
        max_length=DAY_CHARS,
        required=False,
        widget=TimeOfDayInput,
        initial=USUAL_AFTERNOON,
    )

    def clean_first(self) -> dt.time:
        return readable(self.cleaned_data["first"], read_time)

    def clean_afternoon(self) -> dt.time:
        return readable(self.cleaned_data["afternoon"] or USUAL_AFTERNOON, read_time)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._read_spans(cleaned)
        return cleaned

    def _read_spans(self, cleaned: dict[str, Any]) -> None:
        count = cleaned["count"]
        morning = cleaned["of_morning"] or count
        self.spans = bells_of_day(
            count,
            first=cleaned["first"],
            length=dt.timedelta(minutes=cleaned["minutes"]),
            between=dt.timedelta(minutes=cleaned["between"]),
            of_morning=morning,
            afternoon=cleaned["afternoon"],
        )
        if len(self.spans) < count:
            self.add_error("count", gettext("The day ends before the last of them does."))
        elif morning < count and self.spans[morning].starts < self.spans[morning - 1].ends:
            self.add_error("afternoon", gettext("The morning ends later than this."))


class CopyBellsForm(forms.Form):
    """Asks whose bell times to begin with."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, term: Term) -> None:
        super().__init__(data)
        self.fields["copy"] = forms.ModelChoiceField(
            label=_("Copy from"),
            queryset=terms_with_bells(besides=term),
            to_field_name="code",
            empty_label=None,
        )
