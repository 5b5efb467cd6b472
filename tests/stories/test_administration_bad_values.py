"""Whatever stands in an address or in a form, the administration answers; it does not fail."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path
from django.db import connection
from django.db.models import Model
from django.forms import formsets
from django.test import Client, RequestFactory
from django.urls import resolve

from accounts.models import AuditEntry, User
from courseware.models import Courseware
from edu_platform.lib.admin_base import PlatformAdmin
from schedule.models import Lesson
from tests.factories.courseware import CoursewareFactory
from tests.support.administration import REGISTERED, admin_of, list_of

pytestmark = pytest.mark.django_db

HUGE = "9" * 20
# One of each kind that databases, numbers and calendars fail at; SQLite does at numbers, and at calendars.
SOME = (
    *(("a\0",) if connection.vendor != "sqlite" else ()),
    *(HUGE, "0001-01-01 00:00:00+14:00"),
)
BAD = ("\0", "a\0", HUGE, f"-{HUGE}", "9" * 5000, "\ud800", "abc", "", "0", "-1", "1e400", "١")
KEYS = (HUGE, "_00", "9" * 5000, "%ED%A0%80", "0")
DATES = ("0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-12:00", "10000-01-01", "2026-02-30")


ENDS_OF_TIME = (
    ("at__year", "99999999999"),
    ("at__year", "9999"),
    ("at__year", "0"),
    ("at__month", "13"),
    ("at__gte", "9999-12-31 23:59:59-12:00"),
    ("at__lt", "0001-01-01 00:00:00+14:00"),
    ("at__day", "\0"),
)


@pytest.fixture(autouse=True)
def _world(lesson: Lesson, student: User, teacher: User) -> None:
    """Lists with a row do more than empty ones."""
    CoursewareFactory.create(owner=teacher)


@pytest.fixture
def client(signed_in: Any, superuser: User) -> Client:
    browser: Client = signed_in(superuser)
    browser.raise_request_exception = False
    return browser


def encoded(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def is_fault(client: Client, path: str, question: Mapping[str, Any]) -> bool:
    asked = {
        name: [encoded(each) for each in value] if isinstance(value, list) else encoded(value)
        for name, value in question.items()
    }
    return client.get(path, asked).status_code >= 500


def send(client: Client, path: str, sent: dict[str, str]) -> Any:
    body = urlencode({name: encoded(value) for name, value in sent.items()})
    return client.post(path, body, content_type="application/x-www-form-urlencoded")


def filter_parameters(model: type[Model]) -> dict[str, object]:
    """Return the filters of a list, each with its kind: filters of one kind are read by the same code."""
    model_admin = admin_of(model)
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)
    changes = model_admin.get_changelist_instance(request)
    columns = {field.name: type(field) for field in model._meta.get_fields()}
    kinds: dict[str, object] = {}
    for spec in changes.filter_specs:
        of = type(spec), type(getattr(spec, "field", None))
        kinds |= {name: (*of, name.rpartition("__")[2]) for name in spec.expected_parameters()}
    if model_admin.date_hierarchy:
        of_days = type(get_fields_from_path(model, model_admin.date_hierarchy)[-1])
        parts = ("year", "month", "day")
        kinds |= {f"{model_admin.date_hierarchy}__{part}": (of_days, part) for part in parts}
    names = map(str, model_admin.list_display)
    return kinds | {name: columns.get(name, "no column") for name in names if name not in kinds}


def own_ways(model: type[Model], *names: str) -> type[Model] | None:
    """The model, if its class of the administration does some of this by itself, and not as all do."""
    ours = [getattr(PlatformAdmin, name, None) for name in names]
    its = [getattr(type(admin_of(model)), name, None) for name in names]
    return None if its == ours else model


def parameters_of_each_kind() -> Iterator[tuple[type[Model], str]]:
    """Yield one filter of each kind from all lists; and all filters of a list with ways of its own."""
    seen = set()
    for model in REGISTERED:
        whose = own_ways(model, "changelist_view", "lookup_allowed", "get_changelist")
        for name, kind in filter_parameters(model).items():
            if (whose, kind) not in seen:
                seen.add((whose, kind))
                yield model, name


def pages_of_a_row(model: type[Model]) -> list[str]:
    """The pages that the administration has of one row; any other address leads on to one of them."""
    pages = ("change", "delete", "history", "password", "run-again")
    found = {page: resolve(f"{list_of(model)}1/{page}/").route for page in pages}
    return [page for page, route in found.items() if route.endswith(f"/{page}/")]


class TestLists:
    @pytest.mark.both_databases("values that one database refuses")
    def test_filters(self, client: Client):
        """One of each kind by itself, and those of a list together."""
        alone = [(model, [name]) for model, name in parameters_of_each_kind()]
        together = [(model, list(filter_parameters(model))) for model in REGISTERED]
        asked: list[tuple[str, dict[str, Any]]] = [
            (list_of(model), dict.fromkeys(names, value))
            for model, names in (*alone, *together)
            for value in SOME
        ]

        assert [each for each in asked if is_fault(client, *each)] == []

    def test_search(self, client: Client):
        # Django looks for each word by itself; a search of its own takes the text as it is.
        together = (" ".join(value for value in SOME if "\0" not in value), "a\0")
        asked = [
            (list_of(model), {"q": each})
            for model in REGISTERED
            for each in (SOME if own_ways(model, "get_search_results") else together)
        ]

        assert [each for each in asked if is_fault(client, *each)] == []

    @pytest.mark.both_databases("values that one database refuses")
    def test_very_many_words_and_values(self, client: Client):
        asked: list[tuple[str, dict[str, Any]]] = []
        for model in REGISTERED:
            # A filter, where the list has one.
            name = next(iter(filter_parameters(model)))
            asked += [(list_of(model), {"q": "a " * 1900}), (list_of(model), {name: ["1"] * 900})]

        assert [each for each in asked if is_fault(client, *each)] == []

    def test_chosen_rows(self, client: Client):
        # Keys are looked at before what is to be done with their rows.
        asked = [
            (list_of(model), action, value)
            for model in REGISTERED
            for action, values in (
                ("delete_selected", SOME),
                *((each, SOME[:1]) for each in (*admin_of(model).actions, "\0")),
            )
            for value in values
        ]
        for path, action, value in asked:
            chosen = {"action": action, ACTION_CHECKBOX_NAME: value, "index": value}
            answer = send(client, path, chosen)
            assert answer.status_code < 500, (path, action, value)
            list(getattr(answer, "streaming_content", ()))

    def test_place_of_an_action(self, client: Client):
        courseware = Courseware.objects.get()
        for action in ("delete_selected", "\0"):
            for value in SOME:
                chosen = {
                    "action": action,
                    ACTION_CHECKBOX_NAME: str(courseware.pk),
                    "index": value,
                }
                assert send(client, list_of(Courseware), chosen).status_code < 500, (action, value)


class TestForms:
    @pytest.mark.both_databases("values that one database refuses")
    def test_rows_that_cannot_be(self, client: Client):
        """Each page of each model; and with all such keys each page of one, and what has ways of its own."""
        seen = set()
        for model in REGISTERED:
            for page in pages_of_a_row(model):
                whose = own_ways(model, "get_object", "changeform_view", f"{page}_view")
                kind = (page, type(model._meta.pk), whose)
                for key in KEYS[:1] if kind in seen else KEYS:
                    answer = client.get(f"{list_of(model)}{key}/{page}/")
                    assert answer.status_code < 500, (model, page, key)
                seen.add(kind)

    def test_form_filled_in_by_its_address(self, client: Client):
        # Each name is looked at for itself, so that one question asks about all.
        asked: list[tuple[str, dict[str, Any]]] = [
            (f"{list_of(model)}add/", {field.name: value for field in model._meta.get_fields()})
            for model in REGISTERED
            for value in SOME
        ]

        assert [each for each in asked if is_fault(client, *each)] == []

    def test_form_sent(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        # Django makes 2,000 lines, however many a form says it has: sixty fail or do not as these would.
        monkeypatch.setattr(formsets, "DEFAULT_MAX_NUM", 30)
        for model, value in itertools.product(REGISTERED, SOME):
            sent = {
                key: value
                for name in (field.name for field in model._meta.get_fields())
                for key in (name, f"{name}_0", f"{name}_1", f"{name}-TOTAL_FORMS", f"{name}-0-user")
            }
            answer = send(client, f"{list_of(model)}add/", sent)
            assert answer.status_code < 500, (model, value)


def test_what_every_list_understands(client: Client):
    names = ("o", "p", "all", "e", "_popup", "_to_field", "_facets", "_changelist_filters")

    asked = [(list_of(User), {name: value}) for name in names for value in ("a\0", HUGE)]

    assert [each for each in asked if is_fault(client, *each)] == []


@pytest.mark.both_databases("values that one database refuses")
@pytest.mark.parametrize(("name", "value"), ENDS_OF_TIME)
def test_value_that_no_field_has_leads_to_the_whole_list(client: Client, name: str, value: str):
    answer = client.get(list_of(AuditEntry), {name: value})

    assert (answer.status_code, answer["Location"]) == (302, f"{list_of(AuditEntry)}?e=1")


def test_what_is_offered_while_somebody_types(client: Client):
    chosen = {"app_label": "accounts", "model_name": "externalaccount", "field_name": "user"}
    # What there is is chosen by its whole name, which these are not.
    asked = {**dict.fromkeys(chosen, ("\0", "")), **dict.fromkeys(("term", "page"), BAD)}
    for name, values in asked.items():
        for value in values:
            answer = client.get("/admin/autocomplete/", chosen | {name: encoded(value)})
            assert answer.status_code < 500, (name, value)


def test_other_pages_of_the_administration(client: Client):
    for key in ("_00", HUGE, "9" * 5000, "abc", "0"):
        for path in (
            f"/admin/r/{key}/1/",
            f"/admin/r/1/{key}/",
            f"/admin/{key}/",
            f"/admin/jsi18n/{key}",
        ):
            assert client.get(path).status_code < 500, path
