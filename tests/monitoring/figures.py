"""The answer of `/metrics`, read by the library that reads it in other programs, and what is written about it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from deploy.services.processes import ROOT

TOKEN = "token-of-metrics"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def read(text: str) -> dict[str, Metric]:
    """The families of figures by the names under which they are asked for."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: family
        for family in text_string_to_metric_families(text)
    }


def scraped(client: Client | None = None) -> dict[str, Metric]:
    answer: Any = (client or Client()).get("/metrics", headers=HEADERS)
    assert answer.status_code == 200
    return read(answer.content.decode())


def value_of(families: dict[str, Metric], name: str, **labels: str) -> float:
    """The value of the only sample with these labels, whatever else it has."""
    (found,) = (
        sample.value
        for sample in families[name].samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
    return float(found)


def documented() -> set[str]:
    """The figures that `docs/monitoring.md` describes in its tables."""
    docs = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `((?:edu|django)_\w+)`", docs, re.MULTILINE))
