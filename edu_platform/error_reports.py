"""Faults told to Sentry, where SENTRY_DSN names one: what went wrong and where, nothing of whom or of what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from edu_platform.lib import trace_ids
from edu_platform.log_formats import FIELDS
from edu_platform.logs import without_secrets

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# All else of a request may hold a secret: its cookies, headers, query and form.
KEPT_OF_REQUEST = ("method", "url")
# Requests to the cloud and to robots have secrets in their addresses, queries have people's names, and commands
# their arguments.
DROPPED_BREADCRUMBS = frozenset({"query", "httplib", "http", "redis", "subprocess"})


def report_errors_to(dsn: str) -> None:
    sentry_sdk.init(
        dsn=dsn,
        integrations=[
            DjangoIntegration(middleware_spans=False, signals_spans=False),
            CeleryIntegration(propagate_traces=False, monitor_beat_tasks=False),
            LoggingIntegration(),
        ],
        # Whatever else it finds installed.
        auto_enabling_integrations=False,
        send_default_pii=False,
        # Names of people, tickets and tokens are in the variables of most frames.
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=None,
        # The cloud and robots are not told to which Sentry this belongs.
        trace_propagation_targets=[],
        before_send=cleaned,
        before_breadcrumb=_cleaned_breadcrumb,
        keep_alive=True,
    )


def cleaned(event: Event, _hint: Hint) -> Event:
    """The event without what opens something, with the ids under which the log has the rest."""
    request = event.get("request")
    if request is not None:
        event["request"] = {key: request[key] for key in KEPT_OF_REQUEST if key in request}
    if "extra" in event:
        event["extra"] = _known_fields(event["extra"])
    event.pop("user", None)
    event.pop("server_name", None)
    event["tags"] = {**event.get("tags", {}), **{k: str(v) for k, v in trace_ids.current().items()}}
    hidden: Event = _without_secrets(event)
    return hidden


def _cleaned_breadcrumb(breadcrumb: dict[str, Any], _hint: Hint) -> dict[str, Any] | None:
    if breadcrumb.get("category") in DROPPED_BREADCRUMBS:
        return None
    breadcrumb["data"] = _known_fields(breadcrumb.get("data") or {})
    hidden: dict[str, Any] = _without_secrets(breadcrumb)
    return hidden


def _known_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a line of the log. The rest are commands, arguments of tasks, and objects that print people's names."""
    return {key: given[key] for key in FIELDS if key in given}


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {key: _without_secrets(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_secrets(each) for each in value]
    return value
