"""The page that asks before something is deleted: it says what goes with it, or what keeps it.

Django names every row that its database knows, also those that only link two others, as "object (70)". Here these are
left out, and long lists end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import NestedObjects, quote
from django.db import router
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# So many of one kind are shown; who reads how many there are looks the others up in their list.
SHOWN_AT_MOST = 20

# As Django's templates show it: texts, each followed by the list of what belongs to it.
Nested = list[Any]


def deletion_of(
    rows: Iterable[Model], request: HttpRequest, site: AdminSite
) -> tuple[Nested, dict[str, int], set[str], Nested]:
    """Answer Django's question to an admin class.

    Return what goes, how many of each kind, of which kinds one may delete none, and what keeps it.
    """
    found = list(rows)
    if not found:
        return [], {}, set(), []
    collector = NestedObjects(using=router.db_for_write(type(found[0])), origin=found)
    collector.collect(found)
    told = _Told(request, site)
    going = {model: list(each) for model, each in _going(collector).items() if _is_told(model)}
    counts = {_names(model): len(each) for model, each in going.items()}
    return (
        told.tree(collector.nested()),
        counts,
        _forbidden(going, request, site),
        told.groups(_in_the_way(collector)),
    )


def _going(collector: NestedObjects) -> dict[type[Model], set[Model]]:
    return cast(Any, collector).model_objs  # type: ignore[no-any-return] # the stubs take the models for their names


def _is_told(model: type[Model]) -> bool:
    """Tell whether people know its rows; those that only link two others they never do."""
    return not model._meta.auto_created  # noqa: SLF001 -- Django's name for what describes a model


def _forbidden(
    going: dict[type[Model], list[Model]], request: HttpRequest, site: AdminSite
) -> set[str]:
    """The kinds with a row that the person may not delete. What keeps the others is not asked: it stays."""
    return {
        str(model._meta.verbose_name)  # noqa: SLF001 -- as above
        for model, rows in going.items()
        if site.is_registered(model)
        for row in rows
        if not site.get_model_admin(model).has_delete_permission(request, row)
    }


def _in_the_way(collector: NestedObjects) -> dict[type[Model], list[Model]]:
    """Return what keeps the rows, by its model, each once."""
    return _by_model(
        row for row in collector.protected if row not in _going(collector).get(type(row), ())
    )


def _by_model(rows: Iterable[Model]) -> dict[type[Model], list[Model]]:
    found: dict[type[Model], list[Model]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    return found


def _names(model: type[Model]) -> str:
    return capfirst(str(model._meta.verbose_name_plural))  # noqa: SLF001 -- as above


class _Told:
    """Rows in words for the person who asks, with links to the pages that they may open."""

    def __init__(self, request: HttpRequest, site: AdminSite) -> None:
        self._request, self._site = request, site

    def tree(self, nested: Nested) -> Nested:
        """Each row, followed by the list of what goes with it; what goes with a link of two stands in its place."""
        told: Nested = []
        is_told = True
        for each in nested:
            if not isinstance(each, list):
                is_told = _is_told(type(each))
                told += [self._with_kind(each)] if is_told else []
            elif below := self.tree(each):
                told += [below] if is_told else below
        return told

    def groups(self, rows: dict[type[Model], list[Model]]) -> Nested:
        """The kinds with their counts, each followed by its rows, or the first of very many."""
        told: Nested = []
        for model, each in rows.items():
            words = {"kind": _names(model), "count": len(each)}
            told += [_("%(kind)s (%(count)s)") % words, self._first(each)]
        return told

    def _first(self, rows: list[Model]) -> Nested:
        shown = sorted(rows, key=lambda row: row.pk)[:SHOWN_AT_MOST]
        lines: Nested = [self._link(row) for row in shown]
        if left := len(rows) - len(shown):
            lines.append(_("and %(count)s more") % {"count": left})
        return lines

    def _with_kind(self, row: Model) -> str:
        kind = capfirst(str(row._meta.verbose_name))  # noqa: SLF001 -- as above
        return format_html(_("{kind}: {row}"), kind=kind, row=self._link(row))

    def _link(self, row: Model) -> str:
        text, address = str(row), self._address(row)
        return format_html('<a href="{}">{}</a>', address, text) if address else text

    def _address(self, row: Model) -> str:
        if not self._site.is_registered(type(row)):
            return ""
        model_admin = self._site.get_model_admin(type(row))
        if not model_admin.has_view_or_change_permission(self._request, row):
            return ""
        opts = row._meta  # noqa: SLF001 -- as above
        route = f"{self._site.name}:{opts.app_label}_{opts.model_name}_change"
        return reverse(route, args=[quote(row.pk)])
