"""A form that was refused opens at its first field that is wrong."""

from __future__ import annotations

from django import forms

from tests.support.pages import read


class Trip(forms.Form):
    """Fields of all kinds that can be wrong."""

    known = forms.IntegerField(widget=forms.HiddenInput)
    days = forms.MultipleChoiceField(
        choices=[("1", "Monday"), ("2", "Tuesday")], widget=forms.CheckboxSelectMultiple
    )
    title = forms.CharField()
    seats = forms.IntegerField()
    kind = forms.ChoiceField(choices=[("bus", "Bus")])


RIGHT = {"known": "1", "days": ["1"], "title": "a", "seats": "2", "kind": "bus"}


def focused(form: forms.Form) -> list[str]:
    return [each.attrs["name"] for each in read(str(form)).all() if "autofocus" in each.attrs]


def test_focus_is_on_the_first_field_that_is_wrong() -> None:
    assert focused(Trip(RIGHT | {"seats": "many"})) == ["seats"]
    assert focused(Trip(RIGHT | {"seats": "many", "kind": "boat"})) == ["seats"]
    assert focused(Trip(RIGHT | {"kind": "boat"})) == ["kind"]


def test_hidden_field_that_is_wrong_is_passed_over() -> None:
    assert focused(Trip(RIGHT | {"known": "x", "kind": "boat"})) == ["kind"]


def test_nothing_below_a_group_that_is_wrong_has_the_focus() -> None:
    assert focused(Trip(RIGHT | {"days": ["9"], "kind": "boat"})) == []


def test_hidden_copy_of_a_first_value_has_no_focus() -> None:
    class Later(forms.Form):
        day = forms.DateField(initial="2026-09-01", show_hidden_initial=True)

    fields = read(str(Later({"day": "x"}))).all("input")

    assert [each.attrs["name"] for each in fields] == ["day", "initial-day"]
    assert [each.attrs["name"] for each in fields if "autofocus" in each.attrs] == ["day"]


def test_form_that_is_right_or_was_not_sent_leaves_the_focus_where_it_is() -> None:
    assert focused(Trip(RIGHT)) == []
    assert focused(Trip()) == []


def test_fault_of_a_view_counts_as_one_of_the_form() -> None:
    form = Trip(RIGHT)

    form.add_error("title", "There is one of that name.")

    assert focused(form) == ["title"]


class SignIn(forms.Form):
    name = forms.CharField(widget=forms.TextInput({"autofocus": True}))
    word = forms.CharField()


def test_fault_takes_the_focus_from_the_field_that_has_it_otherwise() -> None:
    assert focused(SignIn()) == ["name"]
    assert focused(SignIn({"name": "a"})) == ["word"]


def test_fault_of_no_field_leaves_the_focus_to_the_field_that_has_it_otherwise() -> None:
    form = SignIn({"name": "a", "word": "b"})

    form.add_error(None, "Nobody is called so.")

    assert focused(form) == ["name"]


def test_hidden_field_that_is_wrong_can_be_shown() -> None:
    form = Trip(RIGHT | {"known": "x"})

    assert "autofocus" not in form["known"].as_text()
