"""The page that asks before something is deleted: it says what goes with it, or what keeps it.

Django names every row that its database knows, by whatever the row calls itself: links between tables as
"object (70)", bookkeeping as numbers. Here each model says how people know its rows, or that they know
none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import NestedObjects, quote
from django.db import router
from django.db.models import Model, prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# So many of one kind are shown; who reads how many there are looks the others up in their list.
SHOWN_AT_MOST = 20

# As Django's templates show it: texts, each followed by the list of what belongs to it.
Nested = list[Any]


@dataclass(frozen=True, slots=True)
class RowWords:
    """Words by which people know the rows of a model."""

    text: Callable[[Any], str] = str
    # The page where they are looked after, if that is not the administration's own.
    address: Callable[[Any], str] | None = None
    # The relations that the two follow: read once for all rows.
    reads: Sequence[str] = ()
    order: Callable[[Any], Any] = lambda row: row.pk
    # What one and several are called, where the model itself has no name for people.
    name: str | Promise = ""
    names: str | Promise = ""
    # Nobody knows them: where one keeps something from being deleted, what this relation leads to does.
    stands_for: str = ""
    is_told: bool = True


_words: dict[type[Model], RowWords] = {}
# Models without words show what the row calls itself.
_BY_ITSELF = RowWords()


def register_row_words(model: type[Model], words: RowWords) -> None:
    """Have rows of a model told so; what was registered first stands first.

    Raises:
        ValueError: the model has words already.
    """
    if model in _words:
        raise ValueError(f"{model._meta.label}: two ways to tell of its rows")  # noqa: SLF001 -- Django's name for what describes a model
    _words[model] = words


def leave_untold(*models: type[Model]) -> None:
    """Rows of these go with others, and nobody knows of them."""
    for model in models:
        register_row_words(model, RowWords(is_told=False))


def _words_of(model: type[Model]) -> RowWords:
    return _words.get(model, _BY_ITSELF)


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
    told.read(row for each in going.values() for row in each)
    counts = {told.names(model): len(each) for model, each in going.items()}
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
    return not model._meta.auto_created and _words_of(model).is_told  # noqa: SLF001 -- as above


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
    found = {*_protecting(collector.protected), *_left_incomplete(collector)}
    return _by_model(row for row in found if row not in _going(collector).get(type(row), ()))


def _by_model(rows: Iterable[Model]) -> dict[type[Model], list[Model]]:
    found: dict[type[Model], list[Model]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    return found


def _protecting(rows: Iterable[Model]) -> Iterator[Model]:
    """Yield what the database keeps them for, and people know."""
    for model, each in _by_model(rows).items():
        owner = _words_of(model).stands_for
        if owner:
            prefetch_related_objects(each, owner)
        yield from (getattr(row, owner) if owner else row for row in each)


def _left_incomplete(collector: NestedObjects) -> Iterator[Model]:
    """Yield what needs at least one of them, as a weekly lesson needs class groups: the database would let them go."""
    for through, links in _going(collector).items():
        # If Django made a table itself, its source is the model whose relation it holds.
        source = cast(Any, through)._meta.auto_created  # noqa: SLF001 -- as above
        if not source or not _is_told(source):
            continue
        fields = source._meta.local_many_to_many  # noqa: SLF001 -- as above
        field = next(each for each in fields if each.remote_field.through is through)
        if not field.blank:
            name = field.m2m_field_name()
            prefetch_related_objects(list(links), name)
            yield from (getattr(link, name) for link in links)


class _Told:
    """Rows in words for the person who asks, with links to the pages that they may open."""

    def __init__(self, request: HttpRequest, site: AdminSite) -> None:
        self._request, self._site = request, site

    def read(self, rows: Iterable[Model]) -> None:
        """Read at once what the texts of these rows follow."""
        for model, each in _by_model(rows).items():
            prefetch_related_objects(each, *_words_of(model).reads)

    def names(self, model: type[Model]) -> str:
        own = _words_of(model).names
        return capfirst(str(own or model._meta.verbose_name_plural))  # noqa: SLF001 -- as above

    def tree(self, nested: Nested) -> Nested:
        """Each row, followed by the list of what goes with it; what goes with an untold row stands in its place."""
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
        kinds = [*_words, *(model for model in rows if model not in _words)]
        told: Nested = []
        for model in filter(rows.get, kinds):
            words = {"kind": self.names(model), "count": len(rows[model])}
            told += [_("%(kind)s (%(count)s)") % words, self._first(model, rows[model])]
        return told

    def _first(self, model: type[Model], rows: list[Model]) -> Nested:
        shown = sorted(rows, key=_words_of(model).order)[:SHOWN_AT_MOST]
        self.read(shown)
        lines: Nested = [self._link(row) for row in shown]
        if left := len(rows) - len(shown):
            lines.append(_("and %(count)s more") % {"count": left})
        return lines

    def _with_kind(self, row: Model) -> str:
        own = _words_of(type(row)).name
        kind = capfirst(str(own or row._meta.verbose_name))  # noqa: SLF001 -- as above
        return format_html(_("{kind}: {row}"), kind=kind, row=self._link(row))

    def _link(self, row: Model) -> str:
        words = _words_of(type(row))
        text, address = words.text(row), self._address(row, words)
        return format_html('<a href="{}">{}</a>', address, text) if address else text

    def _address(self, row: Model, words: RowWords) -> str:
        if words.address is not None:
            return words.address(row)
        if not self._site.is_registered(type(row)):
            return ""
        model_admin = self._site.get_model_admin(type(row))
        if not model_admin.has_view_or_change_permission(self._request, row):
            return ""
        opts = row._meta  # noqa: SLF001 -- as above
        route = f"{self._site.name}:{opts.app_label}_{opts.model_name}_change"
        return reverse(route, args=[quote(row.pk)])
