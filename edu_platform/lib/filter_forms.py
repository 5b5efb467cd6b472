"""Filters of a list, as its address has them, and the form above it. Each field is read by itself: an invalid value counts as absent, whatever the others hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from edu_platform.lib.day_field import DayField
from edu_platform.lib.text import storable_text

SEARCH_CHARS_AT_MOST = 256
NO_NUL = {"null_characters_not_allowed": _("a character that cannot be shown")}
NO_DAY = _("A day as 2026-09-01")
# Reserved words in Python.
ADDRESS_NAMES = {"from_day": "from", "to_day": "to"}


@dataclass(frozen=True, slots=True)
class ListFilters:
    """Narrow a list; empty values narrow nothing."""

    @property
    def is_empty(self) -> bool:
        return self == type(self)()

    def as_query(self) -> dict[str, str]:
        """Return the filters as an address has them: what is not asked for is left out."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            ADDRESS_NAMES.get(name, name): str(value)
            for name, value in values.items()
            if value not in ("", None)
        }


class FilterForm(forms.Form):
    """The fields of one list, by the names that its address has."""

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(ADDRESS_NAMES.get(field_name, field_name))

    @property
    def is_set(self) -> bool:
        """Tell whether the address says something for any field, right or wrong."""
        return any(field.data for field in self)

    def offered_fields(self) -> list[forms.BoundField]:
        """Return the fields that are shown; the others count nevertheless."""
        return list(self)

    def read(self, name: str, absent: Any = "") -> Any:
        """Return what a field means; `absent` where it means nothing."""
        self.is_valid()
        value = self.cleaned_data.get(name)
        return absent if value in ("", None) else value

    def read_search(self, name: str = "q") -> str:
        """Return what is searched for: full-width letters and digits, as input methods make them, count as the plain ones."""
        return storable_text(unicodedata.normalize("NFKC", self.read(name))).strip()


def search_field(label: str | StrPromise, **attributes: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=SEARCH_CHARS_AT_MOST,
        widget=forms.TextInput(attrs={"type": "search", **attributes}),
        error_messages=NO_NUL,
    )


def day_field(label: str | StrPromise) -> DayField:
    return DayField(label=label, required=False, error_messages={"invalid": NO_DAY})
