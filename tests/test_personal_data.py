"""The registry of personal data says of every column what becomes of it, and of none that is gone."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models.constants import LOOKUP_SEP

from accounts.models import AuditEntry, Notice, User
from courseware.models import Courseware
from edu_platform.lib.due import DueWork
from edu_platform.lib.leases import Leased
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Keeping,
    Line,
    NoNames,
    Purpose,
    Receiver,
    all_lines,
    columns_of,
    lines_of_tables,
    purposes_said,
)
from replays.models import ReplayFile
from schedule.models import Lesson, LessonChange, Room

Field = Any  # of a model; what describes one is typed loosely
# In these no name can stand; whatever else a package or an app brings has to be looked at.
NUMBERS_AND_TIMES = (
    *(models.BooleanField, models.IntegerField, models.FloatField, models.DecimalField),
    *(models.DateField, models.TimeField, models.DurationField),
)
# Who is found by nothing is named anywhere, or not for long.
FOUND_BY_LOOKING = {Erased.BY_HAND, Erased.BY_AGE, Erased.FOLLOWS}


def needs_line(field: Field) -> bool:
    """Tell whether a column is a key to a person, or text of no fixed choice."""
    if field.is_relation:
        return field.related_model is User or _is_of_person(field)
    return not field.choices and not isinstance(field, NUMBERS_AND_TIMES)


def _is_of_person(field: Field) -> bool:
    return bool(field.many_to_many and field.model is User)


def columns_with_need(model: type[models.Model]) -> set[str]:
    options = model._meta
    # A table that Django makes between two models is that of the column which names them.
    of_others = {field.name for field in options.many_to_many if not _makes_table(field)}
    fields = [*options.concrete_fields, *options.many_to_many]
    return {field.name for field in fields if needs_line(field)} - of_others


def _makes_table(field: Field) -> bool:
    return bool(field.remote_field.through._meta.auto_created)


def faults(lines: Sequence[Line], installed: Sequence[type[models.Model]]) -> Iterator[str]:
    """Name columns without a line, and lines without a column."""
    for model in installed:
        wanted = columns_with_need(model)
        said = [
            name for line in lines if issubclass(model, line.model) for name in columns_of(line)
        ]
        label = model._meta.label
        yield from (f"{label}.{name} has no line" for name in wanted - set(said))
        yield from (f"{label}.{name} needs no line, or is gone" for name in set(said) - wanted)
        yield from (f"{label}.{name} has two lines" for name in said if said.count(name) > 1)
    for line in lines:
        if not any(issubclass(model, line.model) for model in installed):
            yield f"{line.model.__name__} is no model here"


def installed_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if not model._meta.proxy]


def held_lines() -> list[Held]:
    return [line for line in all_lines() if isinstance(line, Held)]


def test_each_column_that_may_name_somebody_has_a_line_and_each_line_its_column():
    assert sorted(faults(list(all_lines()), installed_models())) == []


def test_a_line_that_is_missing_is_named():
    lines = [line for line in all_lines() if line.model is not AuditEntry]

    assert set(faults(lines, installed_models())) == {
        f"accounts.AuditEntry.{name} has no line"
        for name in ("actor", "person", "address", "object_text", "details")
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (NoNames(Lesson, "nickname"), "schedule.Lesson.nickname needs no line, or is gone"),
        (NoNames(Lesson, "starts_at"), "schedule.Lesson.starts_at needs no line, or is gone"),
        (NoNames(Lesson, "state"), "schedule.Lesson.state needs no line, or is gone"),
        (NoNames(Lesson, "title"), "schedule.Lesson.title has two lines"),
    ],
)
def test_a_line_that_is_too_much_is_named(line, fault):
    assert fault in faults([*all_lines(), line], installed_models())


def test_a_line_of_a_model_that_is_gone_is_named():
    class Gone(models.Model):
        name = models.TextField()

        class Meta:
            abstract = True
            app_label = "schedule"

    assert "Gone is no model here" in faults(
        [*all_lines(), NoNames(Gone, "name")], installed_models()
    )


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        # A key each way, and one by a table between.
        (Lesson, {"teacher", "known_teacher", "assistants", "title", "cancel_reason"}),
        (User, {"groups", "display_name", "name_key", "avatar", "password"}),
        # JSON, a file, what the cloud was told.
        (LessonChange, {"before", "after"}),
        (Courseware, {"file", "owner", "filename"}),
        (Room, {"sent_assistant_user_ids"}),
    ],
)
def test_keys_and_texts_need_a_line(model, columns):
    assert columns <= columns_with_need(model)


def test_numbers_times_and_fixed_choices_need_none():
    assert columns_with_need(Lesson).isdisjoint({"starts_at", "state", "room_type", "course", "id"})


def test_a_line_of_an_abstract_model_holds_for_each_that_is_one():
    lines = [line for line in all_lines() if line.model is not Leased]

    assert {
        "accounts.Notice.lease_token has no line",
        "schedule.Room.lease_token has no line",
        "classroom.CallbackEvent.lease_token has no line",
    } <= set(faults(lines, installed_models()))


def test_lookups_of_a_line_lead_to_a_person_or_to_what_is_theirs():
    lines = held_lines()

    assert {
        last_of(line.model, lookup) for line in lines for lookup in line.found_by.split()
    } <= keys_to_people()
    theirs = [last_of(User, lookup) for line in lines for lookup in line.same_as.split()]
    assert theirs
    assert not any(field.is_relation for field in theirs)


def test_a_person_is_known_by_columns_of_the_line_and_a_path_leads_into_json():
    lines = held_lines()

    assert [line for line in lines if not {*line.known_by.split()} <= {*columns_of(line)}] == []
    inside = [field for line in lines if line.inside for field in fields_of(line)]
    assert inside
    assert {type(field) for field in inside} == {models.JSONField}


def fields_of(line: Held) -> list[Field]:
    return [line.model._meta.get_field(name) for name in columns_of(line)]


def test_each_table_that_holds_something_says_once_for_what():
    said = Counter(model for model, _purpose in purposes_said())
    held = {line.model for line in lines_of_tables()}

    assert sorted(model._meta.label for model in held - set(said)) == []
    assert sorted(model._meta.label for model in set(said) - held) == []
    assert max(said.values()) == 1


def test_a_line_of_a_model_without_a_purpose_says_so():
    line = next(line for line in held_lines() if line.model is Leased or line.model is DueWork)

    with pytest.raises(LookupError, match="DueWork has no purpose"):
        _ = line.purpose


def test_a_line_of_an_abstract_model_becomes_one_of_each_table():
    tables = {line.model for line in lines_of_tables() if line.columns == "last_error"}

    assert {Room, Notice} < tables
    assert DueWork not in tables


def test_what_lets_somebody_in_is_shown_to_nobody():
    lines = [line for line in held_lines() if line.exported is Export.SECRET]

    # The files of a class are watched, and their addresses go into the player alone.
    assert {line.model for line in lines if line.receivers} == {ReplayFile}


def last_of(model: type[models.Model], lookups: str) -> Field:
    *ways, last = lookups.split(LOOKUP_SEP)
    for way in ways:
        related = model._meta.get_field(way).related_model
        assert isinstance(related, type)
        model = related
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def keys_to_people() -> set[Field]:
    fields = (field for model in installed_models() for field in model._meta.get_fields())
    return {field for field in fields if field.related_model is User and field.concrete}


def test_a_persons_rows_can_be_found_where_they_are_not_looked_for_by_name():
    assert [model._meta.label for model in installed_models() if not says_whose_it_is(model)] == []


def says_whose_it_is(model: type[models.Model]) -> bool:
    lines = [line for line in held_lines() if issubclass(model, line.model)]
    if {line.erased for line in lines} <= FOUND_BY_LOOKING:
        return True
    return any(line.found_by or line.same_as or keys_of(line) for line in lines)


def keys_of(line: Held) -> list[Field]:
    return [field for field in fields_of(line) if field.is_relation]


def test_a_key_stays_or_goes_with_its_row_and_nobody_could_sign_in_by_it():
    lines = [line for line in held_lines() if keys_of(line)]

    assert {line.erased for line in lines} == {Erased.KEY, Erased.ROW}
    assert Export.SECRET not in {line.exported for line in lines}


def test_a_fixed_time_is_longer_than_nothing():
    times = [line.kept for line in held_lines() if isinstance(line.kept, dt.timedelta)]

    assert times
    assert min(times) > dt.timedelta()


def test_what_becomes_of_it_is_said_in_words_of_one_line():
    for words in (
        *(*Export.labels, *Erased.labels, *Keeping.labels),
        *(*Purpose.labels, *Receiver.labels),
    ):
        assert 0 < len(str(words)) < 100


def test_there_are_no_tables_but_those_of_models(db):
    of_models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    others = set(connection.introspection.table_names()) - of_models

    # Other tests make tables of their own in the same database.
    others = {table for table in others if not table.startswith("tests_")}
    # Only digests of the latter's keys name anybody.
    assert others == {"django_migrations", "cache_entry"}
