"""Filters of the administration's lists."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest


class ChoiceFilter(admin.SimpleListFilter, ABC):
    """One of many rows, chosen from a drop-down: a link for each would outgrow the page."""

    template = "admin/choice_filter.html"
    # What the row is to the listed model.
    lookup: str
    # The list's other parameters, which the filter's form keeps.
    kept: list[tuple[str, str]]

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """Return what is offered, in order."""

    def label(self, row: Any) -> str:
        return str(row)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(str(row.pk), self.label(row)) for row in self.rows()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(**{self.lookup: chosen})

    def choices(self, changelist: ChangeList) -> Any:
        """Without counts: one of each would be a query of its own."""
        given = changelist.params.items()
        self.kept = [(name, value) for name, value in given if name != self.parameter_name]
        for key, title in self.lookup_choices:
            yield {"key": key, "selected": key == self.value(), "display": title}

    def get_facet_counts(self, pk_attname: str, filtered_qs: QuerySet[Model]) -> dict[str, Any]:
        return {}
