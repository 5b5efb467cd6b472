from __future__ import annotations

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from tests.monitoring.figures import documented

pytestmark = pytest.mark.django_db


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_views_are_counted_by_name_and_status(client: Client):
    name = "django_http_responses_total_by_status_view_method_total"
    labels = {"status": "200", "view": "account_login", "method": "GET"}
    before = count(name, **labels)

    client.get("/accounts/login/?next=/secret/")

    assert count(name, **labels) == before + 1


def test_nobody_can_make_up_methods_without_end(client: Client):
    for number in range(3):
        client.generic(f"MADE-UP-{number}", "/accounts/login/")

    methods = {
        sample.labels["method"]
        for family in REGISTRY.collect()
        for sample in family.samples
        if "method" in sample.labels
    }
    assert methods <= {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "<invalid method>",
    }
    assert "<invalid method>" in methods


def test_what_nobody_looks_at_is_not_kept(client: Client):
    client.get("/accounts/login/")

    kept = {family.name for family in REGISTRY.collect() if family.samples}
    ours = {name for name in kept if name.startswith("django_")}
    assert {name if name in documented() else f"{name}_total" for name in ours} <= documented()
