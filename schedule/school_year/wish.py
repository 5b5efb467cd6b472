"""The wish for a new school year, as its form says it: what becomes of each class group from which day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy


class YearAction(models.TextChoices):
    RISE = "rise", pgettext_lazy("class group", "Rises")
    LEAVE = "leave", pgettext_lazy("class group", "Leaves the school")
    STAY = "stay", pgettext_lazy("class group", "Stays as it is")
    # Its people belong to it as before.
    ARCHIVE = "archive", pgettext_lazy("class group", "Is archived only")


# These end with the old school year.
ENDING = (YearAction.RISE, YearAction.LEAVE, YearAction.ARCHIVE)


@dataclass(frozen=True, slots=True)
class WishedRow:
    action: YearAction
    # What it is called from then on, where it rises.
    name: str = ""


STAYS = WishedRow(YearAction.STAY)


@dataclass(frozen=True, slots=True)
class YearWish:
    first_day: dt.date
    # By the keys of class groups; those that are not among them stay.
    rows: Mapping[int, WishedRow]

    def row_of(self, pk: int) -> WishedRow:
        return self.rows.get(pk, STAYS)

    def kept(self) -> dict[str, Any]:
        """Return it as JSON, for a worker."""
        rows = [[pk, row.action.value, row.name] for pk, row in self.rows.items()]
        return {"first_day": self.first_day.isoformat(), "rows": rows}

    @classmethod
    def read(cls, wished: Mapping[str, Any]) -> YearWish:
        rows = {pk: WishedRow(YearAction(action), name) for pk, action, name in wished["rows"]}
        return cls(dt.date.fromisoformat(wished["first_day"]), rows)
