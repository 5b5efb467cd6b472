"""The form of all keeping times that the school sets: a field a kind, in days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext

from accounts.services.keeping_times import settable_kinds
from edu_platform.lib.keeping_times import DAY, LONGEST, KeptKind


class KeepingTimesForm(forms.Form):
    """Asks for days; an empty field means the product's own."""

    def __init__(self, data: Mapping[str, Any] | None, *, in_force: Mapping[str, int]) -> None:
        super().__init__(data, initial=dict(in_force))
        self.in_force = in_force
        self.kinds = settable_kinds()
        for kind in self.kinds:
            self.fields[kind.code] = _field_of(kind)

    @property
    def days(self) -> dict[str, int | None]:
        """Return what was chosen by the code of its kind; None: as the product proposes."""
        return {
            kind.code: None if self._wanted(kind) == _default_days(kind) else self._wanted(kind)
            for kind in self.kinds
        }

    @property
    def shortened(self) -> list[tuple[KeptKind, int, int]]:
        """Return the kinds of which the next night would delete more, with the days of now and those that were sent."""
        pairs = ((kind, self.in_force[kind.code], self._wanted(kind)) for kind in self.kinds)
        return [(kind, now, wanted) for kind, now, wanted in pairs if wanted < now]

    def _wanted(self, kind: KeptKind) -> int:
        return self.cleaned_data[kind.code] or _default_days(kind)


def _default_days(kind: KeptKind) -> int:
    return (kind.default or LONGEST) // DAY


def _field_of(kind: KeptKind) -> forms.IntegerField:
    shortest, longest = (kind.shortest or DAY) // DAY, LONGEST // DAY
    too_short = gettext("At least %(days)s days. %(reason)s")
    return forms.IntegerField(
        label=kind.name,
        required=False,
        min_value=shortest,
        max_value=longest,
        widget=forms.NumberInput(attrs={"class": "keeping-days"}),
        error_messages={
            "min_value": too_short % {"days": shortest, "reason": kind.reason},
            "max_value": gettext("At most %(days)s days.") % {"days": longest},
            "invalid": gettext("A whole number of days."),
        },
    )
