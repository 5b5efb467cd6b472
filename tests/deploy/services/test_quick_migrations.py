from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.migrations.loader import MigrationLoader

from accounts.models import User
from deploy.services.quick_migrations import quick_clone


def fields_of_migrations() -> Iterator[models.Field[Any, Any]]:
    """All fields of all models, as the last migrations leave them."""
    state = MigrationLoader(None).project_state()
    for model in state.models.values():
        yield from model.fields.values()


def clone_of_django(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    _name, _path, words, named_words = field.deconstruct()
    return type(field)(*words, **named_words)


def test_each_field_is_cloned_as_django_does():
    fields = list(fields_of_migrations())

    assert len(fields) > 500
    different = [
        field
        for field in fields
        if quick_clone(field).deconstruct() != clone_of_django(field).deconstruct()
    ]
    assert different == []


def test_clones_come_in_the_order_in_which_they_are_made():
    first, second = models.TextField(), models.TextField()

    copies = [quick_clone(second), quick_clone(first)]

    assert second < copies[0] < copies[1]


def test_clone_has_a_relation_of_its_own():
    field = models.ForeignKey("accounts.User", models.CASCADE)

    copied: Any = quick_clone(field)

    assert copied.remote_field is not field.remote_field
    assert copied.remote_field.field is copied
    assert copied.remote_field.model == field.remote_field.model


@pytest.mark.parametrize("name", ["related_model", "validators"])
def test_clone_has_nothing_that_the_field_has_computed(name: str):
    field = models.ForeignKey("accounts.User", models.CASCADE)
    getattr(field, name)

    assert name in vars(field)
    assert name not in vars(quick_clone(field))


def test_clone_of_the_field_of_a_model_belongs_to_none():
    field = User._meta.get_field("username")

    assert not hasattr(quick_clone(field), "model")
