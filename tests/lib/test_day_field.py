"""A day in a form, as browsers' date fields hold it."""

from __future__ import annotations

import datetime as dt

import pytest
from django import forms

from edu_platform.lib.day_field import DayField


class DayForm(forms.Form):
    day = DayField(required=False)


@pytest.mark.parametrize("written", ["2026-09-01", "2026/09/01", "2026/9/1", " 2026-9-1 "])
def test_day_is_shown_as_a_date_field_takes_it(written: str) -> None:
    form = DayForm({"day": written})

    assert form.is_valid()
    assert form.cleaned_data["day"] == dt.date(2026, 9, 1)
    assert 'type="date" name="day" value="2026-09-01"' in str(form["day"])


def test_day_to_begin_with() -> None:
    form = DayForm(initial={"day": dt.date(2026, 9, 1)})

    assert 'value="2026-09-01"' in str(form["day"])


@pytest.mark.parametrize("written", ["1.9.2026", "2026-13-01", "soon"])
def test_no_day_is_a_fault_and_comes_back_as_it_was_written(written: str) -> None:
    form = DayForm({"day": written})

    assert not form.is_valid()
    assert f'value="{written}"' in str(form["day"])
