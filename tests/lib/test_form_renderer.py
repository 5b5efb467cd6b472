"""Fields written without templates are those that Django's templates would make."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from edu_platform.lib.day_field import DayInput
from edu_platform.lib.form_renderer import KeptSelect, QuickRenderer

NASTY = "\"'<b>&"
CHOICES = [("", "–"), (1, "one"), (NASTY, NASTY)]
WIDGETS: dict[str, tuple[forms.Widget, Any]] = {
    "text": (forms.TextInput(attrs={"class": NASTY, "required": True, "disabled": False}), NASTY),
    "empty text": (forms.TextInput(), None),
    "search": (forms.TextInput(attrs={"type": "search"}), "x"),
    "day": (DayInput(attrs={"class": NASTY}), dt.date(2026, 9, 1)),
    "no day": (DayInput(), NASTY),
    "hidden": (forms.HiddenInput(), 7),
    "select": (forms.Select(attrs={"class": "wide"}, choices=CHOICES), NASTY),
    "kept select": (KeptSelect(attrs={"class": "wide"}, choices=CHOICES), NASTY),
    "kept select, nothing chosen": (KeptSelect(choices=CHOICES), None),
    "kept select of nothing": (KeptSelect(), ""),
    "kept select, a number": (KeptSelect(choices=CHOICES), 1),
    "select of nothing": (forms.Select(), ""),
    "select, a number": (forms.Select(choices=CHOICES), "1"),
    "groups": (forms.Select(choices=[(NASTY, CHOICES), ("more", [("2", "two")])]), "2"),
    "groups, and options in none": (
        forms.Select(choices=[("", "–"), ("more", [("2", "two")]), ("3", "three")]),
        "3",
    ),
    "check box": (forms.CheckboxInput(), True),
    "check box with a value": (forms.CheckboxInput(attrs={"class": NASTY}), NASTY),
    "empty check box": (forms.CheckboxInput(), False),
    "file": (forms.FileInput(attrs={"accept": NASTY}), NASTY),
    "password": (forms.PasswordInput(), NASTY),
}


@pytest.mark.parametrize("name", WIDGETS)
def test_same_as_django(name: str) -> None:
    widget, value = WIDGETS[name]
    attrs = {"id": f"id_{NASTY}"}

    written = widget.render("a<b", value, attrs, QuickRenderer())

    assert _lines(written) == _lines(_by_django(widget, value, attrs))


def test_kept_select_says_what_it_has_now() -> None:
    widget = KeptSelect(choices=[("1", "one"), ("2", "two")])
    both = widget.render("name", "2")

    widget.choices = [("1", "uno")]

    assert _lines(both)[1:3] == [
        '<option value="1">one</option>',
        '<option value="2" selected>two</option>',
    ]
    assert _lines(widget.render("name", "2"))[1:-1] == ['<option value="1">uno</option>']


def _by_django(widget: forms.Widget, value: Any, attrs: dict[str, str]) -> str:
    if isinstance(widget, KeptSelect):
        widget = forms.Select(attrs=widget.attrs, choices=widget.choices)
    return widget.render("a<b", value, attrs, DjangoTemplates())


def _lines(html: str) -> list[str]:
    return [line.strip() for line in html.splitlines() if line.strip()]
