"""Pagination: the requested page, and links to the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page
from django.utils.translation import gettext

from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.http import with_query

PAGE_SIZES = (10, 20, 50, 100)
PAGE_SIZE = PAGE_SIZES[0]


@dataclass(frozen=True, slots=True)
class PageLink:
    """One number of the pager, or the gap (`…`) between two."""

    label: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """The lines below a list: how much there is, and the other pages of it."""

    path: str
    # The filters of the list, as an address has them.
    query: Mapping[str, str]
    count: int
    number: int
    page_size: int
    links: tuple[PageLink, ...]
    previous: str
    next: str
    # The size that an address without one means.
    usual_size: int = PAGE_SIZE

    @property
    def has_usual_size(self) -> bool:
        return self.page_size == self.usual_size

    def jump_form(self) -> PageForm:
        return PageForm({"page": self.number, "page_size": self.page_size})


def page_size_choices() -> list[tuple[int, str]]:
    return [(size, gettext("%(count)s a page") % {"count": size}) for size in PAGE_SIZES]


class PageForm(forms.Form):
    """Asks which page it is, and how long one is."""

    page = forms.IntegerField(
        required=False,
        min_value=1,
        widget=forms.TextInput(attrs={"class": "page-field", "inputmode": "numeric"}),
    )
    page_size = forms.TypedChoiceField(
        required=False,
        choices=page_size_choices,
        coerce=int,
        empty_value=None,
        widget=KeptSelect,
    )

    def page_number(self) -> int:
        return self._number("page", 1)

    def size(self, usual: int = PAGE_SIZE) -> int:
        return self._number("page_size", usual)

    def _number(self, name: str, default: int) -> int:
        self.is_valid()
        return int(self.cleaned_data.get(name) or default)


def pager_of(
    page: Page[Any], *, path: str, query: Mapping[str, str], usual_size: int = PAGE_SIZE
) -> Pager:
    """The pager of one page of a list whose filters are `query`, and whose pages are usually so long."""
    page_size = page.paginator.per_page
    full = dict(query) if page_size == usual_size else {**query, "page_size": str(page_size)}
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return Pager(
        path=path,
        query=query,
        count=page.paginator.count,
        number=page.number,
        page_size=page_size,
        links=tuple(_link(number, page.number, path, full) for number in numbers),
        previous=_address(path, full, page.number - 1) if page.has_previous() else "",
        next=_address(path, full, page.number + 1) if page.has_next() else "",
        usual_size=usual_size,
    )


def _link(number: str | int, current: int, path: str, query: Mapping[str, str]) -> PageLink:
    is_number = isinstance(number, int)
    return PageLink(
        label=str(number),
        address=_address(path, query, int(number)) if is_number else "",
        is_current=number == current,
    )


def _address(path: str, query: Mapping[str, str], number: int) -> str:
    values = dict(query) | ({"page": str(number)} if number > 1 else {})
    return with_query(path, values)
