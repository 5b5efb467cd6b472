"""The school's settings: checked where they are typed, each with an example of what it does."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from accounts.admin.school_settings import GROUPS
from accounts.admin.school_settings_form import NOT_HERE
from accounts.models import SchoolSettings, User
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

SCHOOL = "/admin/accounts/schoolsettings/1/change/"


@pytest.fixture
def client(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    client.cookies["django_language"] = "en"
    return client


def page(client: Client) -> Element:
    answer = client.get(SCHOOL)
    assert answer.status_code == 200
    return read(answer.content)


def fields_of(shown: Element) -> dict[str, str]:
    """Return what a browser would send of the form as it stands."""
    form = shown.one("form", id="schoolsettings_form")
    inputs = {
        each.attrs["name"]: each.attrs.get("value", "")
        for each in form.all("input")
        if each.attrs.get("type") in ("text", "number")
    }
    for select in form.all("select"):
        chosen = [each for each in select.all("option") if "selected" in each.attrs]
        inputs[select.attrs["name"]] = (chosen or select.all("option"))[0].attrs["value"]
    return inputs


def errors_after(client: Client, **changes: Any) -> dict[str, list[str]]:
    return errors_of(client, fields_of(page(client)) | changes)


def errors_of(client: Client, fields: dict[str, Any]) -> dict[str, list[str]]:
    answer = client.post(SCHOOL, fields)
    if answer.status_code == 302:
        return {}
    form = answer.context["adminform"].form
    return {name: list(errors) for name, errors in form.errors.items()}


def example_of(shown: Element, field: str) -> str:
    return shown.one("div", id=f"id_{field}_helptext").text


def test_nickname_without_the_name_is_refused(client: Client) -> None:
    expected = {
        "三小": "Without {name} everybody would have the same nickname in class.",
        "{Name}": "Without {name} everybody would have the same nickname in class.",
        "{name}{class}": "Nothing but {name} may stand in braces.",
        "{name}" + "长" * 33: "Beside {name} there is room for 32 characters.",
    }
    fields = fields_of(page(client))

    found = {
        pattern: errors_of(client, fields | {"nickname_pattern": pattern}) for pattern in expected
    }

    assert found == {pattern: {"nickname_pattern": [why]} for pattern, why in expected.items()}
    assert not SchoolSettings.objects.exists()


def test_nickname_around_the_name_is_taken(client: Client) -> None:
    fields = fields_of(page(client))
    for pattern in ("{name}（三小）", "{name}" + "长" * 32, "{name}"):
        assert errors_of(client, fields | {"nickname_pattern": pattern}) == {}, pattern
        assert SchoolSettings.load().nickname_pattern == pattern


def test_layouts_are_chosen_by_name_and_only_those_that_exist(client: Client) -> None:
    shown = page(client)
    fields, options = fields_of(shown), shown.one("select", name="record_layout").all("option")

    assert {int(each.attrs["value"]) for each in options} == {0, 1, 3, 4, 9}
    assert "The whole class page, with the chat" in [each.text for each in options]
    for layout in ("2", "5", "6", "8", "10", "-1", "", "abc"):
        found = errors_of(client, fields | {"record_layout": layout})
        assert set(found) == {"record_layout"}, layout
    assert not SchoolSettings.objects.exists()
    assert errors_of(client, fields | {"record_layout": "9"}) == {}
    assert SchoolSettings.load().record_layout == 9


@pytest.mark.parametrize(
    ("before", "layout", "words"),
    [
        (2, 3, ("Own background, teacher 4:3", "Screen share, cameras 4:3")),
        (5, 0, ("Own background, teacher 1:1", "Screen share, cameras 1:1")),
        (4, 4, ()),
    ],
)
def test_layout_with_a_picture_becomes_a_screen_share_and_the_page_says_so_until_it_is_saved(
    client: Client, before: int, layout: int, words: tuple[str, ...]
) -> None:
    SchoolSettings.objects.create(pk=1, record_layout=before)
    migration = import_module("accounts.migrations.0017a_layouts_without_a_picture")
    editor = SimpleNamespace(connection=connection)

    migration.replace(apps, editor)
    migration.replace(apps, editor)

    shown = page(client)
    assert SchoolSettings.load().record_layout == layout
    warnings = [each.text for each in shown.all("li", "warning")]
    assert [all(word in text for word in words) for text in warnings] == [True] * bool(words)
    migration.take_back(apps, editor)
    assert SchoolSettings.load().record_layout == before
    migration.replace(apps, editor)
    assert errors_of(client, fields_of(shown)) == {}
    assert page(client).all("li", "warning") == []
    assert SchoolSettings.load().record_layout == layout


def test_lectures_have_one_student_on_stage_or_nobody(client: Client) -> None:
    shown = page(client)
    fields, options = fields_of(shown), shown.one("select", name="lecture_mic_number").all("option")

    assert [each.text for each in options] == ["Nobody", "One student"]
    assert fields["lecture_mic_number"] == "1"
    assert "price" in example_of(shown, "lecture_mic_number")
    assert set(errors_of(client, fields | {"lecture_mic_number": 2})) == {"lecture_mic_number"}
    assert errors_of(client, fields | {"lecture_mic_number": 0}) == {}
    assert SchoolSettings.load().lecture_mic_number == 0


def test_what_makes_no_sense_is_refused_at_its_field_and_not_saved(client: Client) -> None:
    fields = fields_of(page(client))
    for changes, field in (
        ({"teacher_entry_min": 10, "student_entry_min": 11}, "student_entry_min"),
        ({"end_delay_min": 0}, "end_delay_min"),
        ({"end_delay_min": 121}, "end_delay_min"),
        ({"max_mic_number": 17}, "max_mic_number"),
        ({"max_mic_number": 7, "resolution": 2}, "resolution"),
        ({"room_horizon_days": 0}, "room_horizon_days"),
        (
            {"courseware_quota_person_mib": 1025, "courseware_quota_school_gib": 1},
            "courseware_quota_person_mib",
        ),
    ):
        assert set(errors_of(client, fields | changes)) == {field}, changes
    assert not SchoolSettings.objects.exists()


def test_what_lies_at_the_bounds_is_taken(client: Client) -> None:
    fields = fields_of(page(client))
    for changes in (
        {"teacher_entry_min": 10, "student_entry_min": 10},
        {"end_delay_min": 120, "max_mic_number": 16, "resolution": 1},
        {"max_mic_number": 6, "resolution": 3},
        {"courseware_quota_person_mib": 1024, "courseware_quota_school_gib": 1},
        {"courseware_quota_person_mib": 0, "courseware_quota_school_gib": 0},
    ):
        assert errors_of(client, fields | changes) == {}, changes


def test_example_shows_what_was_typed_and_does_not_run_it(client: Client) -> None:
    SchoolSettings.objects.create(pk=1, nickname_pattern="<b>{name}</b>")

    help_text = page(client).one("div", id="id_nickname_pattern_helptext")

    assert "“<b>Li Ming</b>”" in help_text.text
    assert help_text.all("b") == []


def test_examples_are_made_of_what_is_stored(client: Client) -> None:
    SchoolSettings.objects.create(
        pk=1,
        nickname_pattern="{name}（三小）",
        teacher_entry_min=45,
        student_entry_min=15,
        end_delay_min=20,
    )

    shown = page(client)
    assert "Li Ming is called “Li Ming（三小）” in class." in example_of(shown, "nickname_pattern")
    assert "enter a class at 08:00 from 07:15." in example_of(shown, "teacher_entry_min")
    assert "enter a class at 08:00 from 07:45." in example_of(shown, "student_entry_min")
    assert "planned until 08:45 is ended at 09:05" in example_of(shown, "end_delay_min")


def test_stored_values_that_would_be_refused_are_told_and_hold(client: Client) -> None:
    SchoolSettings.objects.create(pk=1, nickname_pattern="三小", record_layout=7)

    shown = page(client)

    warnings = [each.text for each in shown.all("li", "warning")]
    assert len(warnings) == 2
    assert warnings[0].startswith("To be corrected: ")
    assert "Without {name} everybody would have the same nickname in class." in warnings[1]
    # Nothing is chosen in their place, and nothing else is saved before they are right.
    assert fields_of(shown)["record_layout"] == ""
    assert set(errors_after(client, end_delay_min="20")) == {"nickname_pattern", "record_layout"}
    assert SchoolSettings.load().record_layout == 7
    assert errors_after(client, nickname_pattern="{name}", record_layout="0") == {}


def test_form_names_each_setting_with_an_example_and_warns_of_none(client: Client) -> None:
    shown = page(client)

    labels = [each.text for each in shown.one("form", id="schoolsettings_form").all("label")]
    assert [label for label in labels if label[0].islower()] == []
    rows = [each for each in shown.all("div", "form-row") if each.all("label")]
    assert [row.text for row in rows if not row.all("div", "help")] == []
    assert shown.all("li", "warning") == []


def test_browser_knows_the_bounds(client: Client) -> None:
    overtime = page(client).one("input", name="end_delay_min").attrs

    assert (overtime["min"], overtime["max"]) == ("1", "120")


def test_each_setting_stands_in_one_group(client: Client) -> None:
    grouped = [name for _title, names in GROUPS for name in names]

    settings = [field.name for field in SchoolSettings._meta.fields if field.editable]
    assert sorted(grouped) == sorted(name for name in settings if name not in {"id", *NOT_HERE})
    headings = [each.text for each in page(client).all("h2", "fieldset-heading")]
    assert len(headings) == len(GROUPS) + 1
