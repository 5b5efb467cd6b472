"""Show people each column of theirs that the registry gives them, and none that it does not."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils.functional import Promise

from accounts.data_export.tables import GIVEN, KeptTable, kept_tables
from accounts.models import User
from edu_platform.lib.own_data import MODULE, TABLES, last_field, own_tables
from edu_platform.lib.personal_data import (
    Export,
    columns_of,
    lines_of_tables,
    modules_of_apps,
)
from edu_platform.lib.personal_rows import has_way, keys_of

# The times that the school has set are read.
pytestmark = pytest.mark.django_db

# A class group is called so in what its members are shown; a course in what its lessons are.
NAMES = ("class_group__name", "course__name")


def tables() -> list[KeptTable]:
    """Return the tables of somebody who has nothing."""
    return kept_tables(User(pk=1))


def test_each_column_that_is_given_is_shown():
    left_out = [
        f"{table.label}.{name}"
        for table in tables()
        for line in table.lines
        if line.exported != Export.IN_WORDS
        for name in columns_of(line)
        if name not in keys_of(line) and name not in table.own.lookups
    ]

    assert left_out == []


def test_no_column_is_shown_that_is_not_given():
    kept_back = {
        line.model._meta.get_field(name)
        for line in lines_of_tables()
        if line.exported not in GIVEN
        for name in columns_of(line)
    }

    shown = [
        f"{table.label}.{lookup}"
        for table in tables()
        for lookup in table.own.lookups
        if last_field(table.model, lookup) in kept_back and not lookup.endswith(NAMES)
    ]

    assert shown == []


def test_each_table_is_described_once():
    """Refuse two lines about a table: the second would be shown alone."""
    described = Counter(
        table.model for module in modules_of_apps(MODULE) for table in getattr(module, TABLES)
    )

    assert [model for model, times in described.items() if times > 1] == []


def test_no_table_is_shown_without_a_column():
    assert [table.label for table in tables() if not table.columns] == []


def test_texts_of_rows_to_which_several_keys_lead_are_about_no_other_person():
    """A line without a way of its own is given to each of whom a key leads there; the names of others have no place in it."""
    tables_with_several_keys = {
        table.label
        for table in tables()
        if len({key for line in table.lines for key in keys_of(line)}) > 1
        if any(not has_way(line) for line in table.lines)
    }

    assert tables_with_several_keys == {
        # A lesson, its replay or a file, which those who are given it have worked with.
        *("schedule.lesson", "schedule.deletedlesson", "replays.replay", "courseware.courseware"),
        # What was done to others is left out by its words (`accounts.own_data`).
        "accounts.auditentry",
    }


def test_what_is_given_in_words_has_them():
    in_words = {
        table.label
        for table in tables()
        if any(line.exported == Export.IN_WORDS for line in table.lines)
    }

    assert in_words
    assert {table.label for table in tables() if table.own.in_words} == in_words


def test_titles_and_columns_are_called_in_the_language_of_the_page():
    names = [
        (table.label, name)
        for table in tables()
        for name in (table.own.name, *(column.name for column in table.columns))
    ]

    assert [name for name in names if not isinstance(name[1], Promise)] == []


def test_each_table_of_an_app_is_one_that_may_hold_something_of_a_person():
    assert set(own_tables()) - {table.model for table in tables()} == set()


def test_columns_with_a_way_of_their_own_are_the_persons_in_each_row_shown():
    """Rows that another line finds would show what is somebody else's, but where the way is a key of the row."""
    unsafe = [
        f"{table.label}.{line.columns}"
        for table in tables()
        for line in table.lines
        if line.same_as or "__" in line.found_by
        for other in table.lines
        if has_way(other) and (other.same_as, other.found_by) != (line.same_as, line.found_by)
    ]

    assert unsafe == []
