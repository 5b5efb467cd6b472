"""Alerts and dashboard ask for what there is, and `docs/monitoring.md` says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import promql_parser
import pytest
import yaml
from django.urls import URLPattern, URLResolver, get_resolver

from deploy.services.processes import ROOT
from tests.monitoring.figures import documented

ALERTS = ROOT / "deploy" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "platform.json"
DOCS = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
# Prometheus itself has these.
OF_PROMETHEUS = {"up"}


@cache
def rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


@cache
def queries() -> dict[str, str]:
    """Every query, by the name of its alert or panel."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    of_panels = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in panels
        for target in panel.get("targets", ())
    }
    return {rule["alert"]: rule["expr"] for rule in rules()} | of_panels


def selected(query: Any) -> Iterator[str]:
    """The names of all figures that a parsed query asks for."""
    if isinstance(query, promql_parser.VectorSelector) and query.name:
        yield query.name
    for part in ("expr", "lhs", "rhs", "vector_selector", "param"):
        if (inner := getattr(query, part, None)) is not None:
            yield from selected(inner)
    args = getattr(query, "args", ())
    for inner in getattr(args, "args", args):
        yield from selected(inner)


@pytest.mark.parametrize("name", queries())
def test_query_can_be_read_and_asks_for_what_there_is(name: str):
    asked = set(selected(promql_parser.parse(queries()[name])))

    assert asked
    assert {re.sub(r"_bucket$", "", each) for each in asked} <= documented() | OF_PROMETHEUS


def test_selected_finds_figures_however_deep():
    deep = "topk(3, sum by (a) (rate(x_bucket[5m])) / (y > 2 or z)) unless w"

    assert set(selected(promql_parser.parse(deep))) == {"x_bucket", "y", "z", "w"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_alert_says_how_bad_it_is_and_leads_to_what_to_do(rule: dict[str, Any]):
    said = rule["annotations"]["description"]

    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    assert said.rstrip().endswith(f"docs/monitoring.md#{rule['alert'].lower()}")
    section = DOCS.partition(f"\n### {rule['alert']}\n")[2].partition("\n#")[0]
    assert section.strip().startswith(f"{rule['labels']['severity'].capitalize()}.")


def test_slow_pages_are_all_but_those_that_read_what_a_sender_sends():
    (left_out,) = set(re.findall(r'view!~"([^"]+)"', queries()["EduPagesSlow"]))
    reads_itself = {
        name: getattr(pattern.callback, "reads_body_itself", False)
        for name, pattern in named_views(get_resolver())
    }

    assert {name: bool(re.fullmatch(left_out, name)) for name in reads_itself} == reads_itself
    assert set(reads_itself.values()) == {True, False}


def named_views(
    resolver: URLResolver, namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = (each.namespace,) if each.namespace else ()
            yield from named_views(each, (*namespaces, *inner))
        elif each.name:
            yield ":".join((*namespaces, each.name)), each


def test_every_alert_is_tried_and_none_is_described_that_is_not_there():
    tried = (ROOT / "tests" / "deploy" / "alerts_test.yaml").read_text(encoding="utf-8")
    names = {rule["alert"] for rule in rules()}

    assert set(re.findall(r'alertname="(\w+)"', tried)) == names
    assert set(re.findall(r"^### (Edu\w+)$", DOCS, re.MULTILINE)) == names


def test_alerts_fire_when_they_should():
    """By Prometheus's own tool, where it is installed (Debian: promtool)."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("did not run: there is no promtool on this machine")
    trials = ROOT / "tests" / "deploy" / "alerts_test.yaml"

    tried = subprocess.run(
        [promtool, "test", "rules", trials], capture_output=True, text=True, check=False
    )

    assert tried.returncode == 0, tried.stdout + tried.stderr
