"""Forms in groups, and the list of faults above a long one."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.template.loader import render_to_string
from django.urls import get_resolver
from django.utils import translation

from edu_platform.lib.form_groups import FieldGroup, GroupedForm, fields_of
from tests.support.pages import Element, read

GROUPS = (
    FieldGroup("Journey", "Where it goes.", ("to", "day")),
    FieldGroup("Seats", "How many come.", ("seats", "adults", "is_early")),
)


class Trip(GroupedForm):
    """A form that is too long to be seen at once."""

    groups = GROUPS
    field_order = fields_of(GROUPS)

    known = forms.IntegerField(widget=forms.HiddenInput, required=False)
    adults = forms.MultipleChoiceField(
        choices=[("1", "One"), ("2", "Two")], widget=forms.CheckboxSelectMultiple
    )
    seats = forms.IntegerField()
    is_early = forms.BooleanField(required=False)
    day = forms.DateField()
    to = forms.CharField()


class Short(forms.Form):
    to = forms.CharField()
    day = forms.DateField()


def shown(form: forms.Form) -> Element:
    with translation.override("en"):
        return read(render_to_string("_form.html", {"form": form}))


def labels(part: Element) -> list[str]:
    return [
        each.text for each in part.all("label") if not each.attrs["for"].startswith("id_adults")
    ]


def test_fields_stand_in_their_groups_each_with_a_legend_and_a_line() -> None:
    groups = shown(Trip()).all("fieldset", "form-group")

    assert [each.all("legend")[0].text for each in groups] == [
        "Journey",
        "Seats",
    ]
    assert [each.all("p", "hint")[0].text for each in groups] == [
        "Where it goes.",
        "How many come.",
    ]
    assert [labels(each) for each in groups] == [["To", "Day"], ["Seats", "Is early"]]


def test_group_without_a_field_is_left_out() -> None:
    form = Trip()
    for name in ("to", "day"):
        del form.fields[name]

    assert [each.all("legend")[0].text for each in shown(form).all("fieldset", "form-group")] == [
        "Seats"
    ]


def test_fields_of_no_group_stand_in_a_last_one() -> None:
    form = Trip()
    form.fields["pets"] = forms.CharField()

    last = shown(form).all("fieldset", "form-group")[-1]
    assert last.one("legend").text == "Further fields"
    assert last.all("p", "hint") == []
    assert labels(last) == ["Pets"]


def test_faults_of_a_long_form_are_links_to_their_fields_and_have_the_focus() -> None:
    page = shown(Trip({"to": "Beijing", "day": "noon", "seats": "2"}))

    faults = page.one("div", "form-faults")
    assert [(each.text, each.attrs["href"]) for each in faults.all("a")] == [
        ("Day: Enter a valid date.", "#id_day"),
        ("Adults: This field is required.", "#id_adults_0"),
    ]
    assert [each for each in page.all() if "autofocus" in each.attrs] == [faults]
    day = page.one("input", id="id_day")
    assert "id_day_error" in day.attrs["aria-describedby"].split()
    assert page.one(id="id_day_error").text == "Enter a valid date."
    for link in faults.all("a"):
        page.one(id=link.attrs["href"].removeprefix("#"))


@pytest.mark.parametrize(
    "data", [None, {"to": "Beijing", "day": "2026-09-01", "seats": "2", "adults": ["1"]}]
)
def test_form_without_faults_has_no_list(data: dict[str, Any] | None) -> None:
    assert shown(Trip(data)).all("div", "form-faults") == []


def test_short_form_has_the_focus_in_its_field() -> None:
    page = shown(Short({"to": "Beijing"}))

    assert page.all("div", "form-faults") == []
    assert [each.attrs["name"] for each in page.all() if "autofocus" in each.attrs] == ["day"]


def test_no_field_of_a_form_stands_in_two_groups() -> None:
    assert get_resolver().url_patterns  # loads the pages, and their forms with them
    forms_in_groups = [form for form in _all_below(GroupedForm) if form.groups]

    assert forms_in_groups
    for form in forms_in_groups:
        named = fields_of(form.groups)
        assert len(named) == len({*named}), form


def _all_below(form: type[GroupedForm]) -> list[type[GroupedForm]]:
    return [each for below in form.__subclasses__() for each in (below, *_all_below(below))]
