"""Nothing that a list of the administration hides can be found out by asking for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model
from django.test import Client, RequestFactory

from accounts.models import User
from courseware.models import Courseware
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.natural_keys import order_column
from schedule.models import ClassGroup, Lesson
from tests.factories.courseware import CoursewareFactory
from tests.support.administration import REGISTERED, admin_of, list_of

pytestmark = pytest.mark.django_db

LOOKUPS = ("", "__regex", "__startswith", "__isnull", "__gte", "__in")
LOOKUPS_OF_FAR_ONES = ("", "__startswith")


def ways(model: type[Model], *, depth: int = 2) -> Iterator[str]:
    """Every column, over every relation in either direction."""
    for field in model._meta.get_fields():
        yield field.name
        if depth and field.is_relation and field.related_model:
            beneath = ways(field.related_model, depth=depth - 1)
            yield from (f"{field.name}__{way}" for way in beneath)


def shown_by(model_admin: Any) -> set[str]:
    filters = (
        each[0] if isinstance(each, tuple) else each
        for each in model_admin.list_filter
        if not isinstance(each, type)
    )
    return {*map(str, model_admin.list_display), *filters, str(model_admin.date_hierarchy)}


def is_taken(model_admin: Any, lookup: str, value: str = "1") -> bool:
    request = RequestFactory().get("/", {lookup: value})
    try:
        return bool(model_admin.lookup_allowed(lookup, value, request))
    except IncorrectLookupParameters:
        return True


def test_every_class_of_the_administration_stands_on_ours() -> None:
    others = [model for model in REGISTERED if not isinstance(admin_of(model), PlatformAdmin)]

    assert others == []


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_hidden_fields_cannot_be_asked_about(model: type[Model]) -> None:
    model_admin = admin_of(model)
    shown = shown_by(model_admin)
    # What a relation leads to is found by its key, which stands in the row's address.
    keys = {f"{name}__id" for name in shown}
    asked = [
        f"{way}{kind}"
        for way in ways(model)
        # They are refused alike however long the path is: far ones are asked by two.
        for kind in (LOOKUPS if way.count("__") < 2 else LOOKUPS_OF_FAR_ONES)
        if way not in shown | keys or kind in {"__regex", "__startswith", "__in"}
    ]

    taken = [lookup for lookup in asked if is_taken(model_admin, lookup)]

    fields = model._meta.get_fields()
    leads_on = any(field.is_relation for field in fields)
    assert len(asked) > (50 if leads_on else min(50, 4 * len(fields)))
    assert taken == []


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_what_is_shown_can_be_filtered_by(model: type[Model]) -> None:
    model_admin = admin_of(model)
    fields = {field.name for field in model._meta.get_fields() if field.concrete}

    refused = [
        name
        for name in shown_by(model_admin) & fields
        if not is_taken(model_admin, f"{name}__isnull")
    ]

    assert refused == []


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_rows_are_sorted_and_searched_by_what_is_shown_alone(
    model: type[Model], superuser: User
) -> None:
    model_admin = admin_of(model)
    request = RequestFactory().get("/")
    request.user = superuser
    changes = model_admin.get_changelist_instance(request)
    shown = shown_by(model_admin) | set(model_admin.get_fields(request)) | {"id"}
    # Names are sorted by their keys, also those of other rows.
    shown |= {order_column(model, column) for column in shown}
    sorted_by = {changes.get_ordering_field(column) for column in changes.list_display} - {None}
    searched = {
        name.lstrip("^=@").split("__")[0] for name in model_admin.get_search_fields(request)
    }

    # Sizes, and when a replay is deleted in the cloud, are told by columns that are none of the table.
    told = {"size_bytes", "length_bytes", "offset_bytes", "purge__due_at"}
    assert sorted_by - shown <= told
    assert searched <= shown


# Staff look for these in lists that are no pages of the administration.
FOUND_ELSEWHERE: dict[Any, set[str]] = {Lesson: {"title", "code"}, ClassGroup: {"name"}}


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_related_rows_are_searched_by_what_their_own_pages_show(model: type[Model]) -> None:
    for name in admin_of(model).get_search_fields(RequestFactory().get("/")):
        relation, _, column = name.lstrip("^=@").partition("__")
        if not column:
            continue
        related_model = model._meta.get_field(relation).related_model
        if related_model in FOUND_ELSEWHERE:
            assert column in FOUND_ELSEWHERE[related_model]
            continue
        related = admin_of(related_model)

        shown = {each.lstrip("^=@") for each in related.get_search_fields(None)}
        assert column in shown | set(related.readonly_fields)


def test_secret_of_a_file_is_not_told_letter_by_letter(
    signed_in: Any, planner: User, teacher: User
) -> None:
    file = CoursewareFactory.create(owner=teacher)
    client: Client = signed_in(planner)

    for secret in ("fetch_token", "result_url", "owner__password"):
        for begins in ("a", "A", "", "b"):
            answer = client.get(list_of(Courseware), {f"{secret}__regex": f"^{begins}"})
            assert answer.status_code == 400
    assert (
        client.get(list_of(Courseware), {"q": file.fetch_token[:8]}).context["cl"].queryset.count()
        == 0
    )


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_popups_name_a_row_by_its_key_alone(
    model: type[Model], signed_in: Any, superuser: User
) -> None:
    client: Client = signed_in(superuser)
    columns = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    request = RequestFactory().get("/")

    taken = [each for each in columns if admin_of(model).to_field_allowed(request, each)]
    # The page asks that of whatever column it is given.
    by_another, by_key = (
        client.get(list_of(model), {"_popup": "1", "_to_field": column})
        for column in (columns[-1], "id")
    )

    assert taken == []
    assert by_another.status_code in {400, 302}
    assert by_key.status_code in {200, 302}


def test_choices_are_found_for_the_fields_of_forms_alone(
    signed_in: Any, planner: User, teacher: User
) -> None:
    client: Client = signed_in(planner)
    chosen = {"app_label": "accounts", "model_name": "externalaccount", "field_name": "user"}
    others = {"app_label": "courseware", "model_name": "courseware", "field_name": "owner"}

    found = client.get("/admin/autocomplete/", chosen | {"term": "李"})

    assert [each["text"] for each in found.json()["results"]] == [str(teacher)]
    assert client.get("/admin/autocomplete/", others | {"term": "李"}).status_code == 403
    assert client.get("/admin/autocomplete/", chosen | {"term": "\0"}).status_code == 400
    assert admin.site.is_registered(User)
