"""Counts and times of pages, by django-prometheus.

Above all other middleware stands one that sees every request; below all stands one that knows the view.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus.middleware import (
    Metrics,
    PrometheusAfterMiddleware,
    PrometheusBeforeMiddleware,
)
from prometheus_client import Counter, Histogram

BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Nobody looks at these figures of the library: all of them by view and method would be thousands of rows.
LEFT_OUT = frozenset(
    {
        "django_http_requests_total_by_method",
        "django_http_requests_total_by_transport",
        "django_http_requests_total_by_view_transport_method",
        "django_http_ajax_requests_total",
        "django_http_requests_body_total_bytes",
        "django_http_responses_total_by_templatename",
        "django_http_responses_total_by_charset",
        "django_http_responses_body_total_bytes",
        "django_http_responses_streaming_total",
    }
)


class _NotCounted:
    """Stands for a figure that is left out."""

    def labels(self, **_labels: str) -> _NotCounted:
        return self

    def inc(self) -> None:
        """Count nothing."""

    def observe(self, _amount: float) -> None:
        """Keep nothing."""


class PageMetrics(Metrics):
    def register_metric(
        self,
        metric_cls: type[Counter | Histogram],
        name: str,
        documentation: str,
        labelnames: Any = (),
        **kwargs: Any,
    ) -> Counter | Histogram | _NotCounted:
        if name in LEFT_OUT:
            return _NotCounted()
        if metric_cls is Histogram:
            kwargs["buckets"] = BUCKETS_S
        return metric_cls(name, documentation, labelnames=labelnames, **kwargs)


class BeforeMiddleware(PrometheusBeforeMiddleware):
    metrics_cls = PageMetrics


class AfterMiddleware(PrometheusAfterMiddleware):
    metrics_cls = PageMetrics

    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponse | None = None, **labels: str
    ) -> Any:
        # The library checks the method everywhere but at the time by view: anybody could make up names without end.
        if "method" in labels:
            labels["method"] = self._method(request)  # type: ignore[no-untyped-call] # the library has no types
        return super().label_metric(metric, request, response, **labels)  # type: ignore[no-untyped-call] # as above
