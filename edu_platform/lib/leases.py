"""Leases: a row that somebody has for a while, and that is anybody's again when that is over."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any, Self, TypeVar

from django.db import models, transaction
from django.db.models import Q


class Leased(models.Model):
    """A row that somebody holds for a while: nobody else takes it until that is over."""

    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


LeasedRow = TypeVar("LeasedRow", bound=Leased)

LEASE_ENDED: dict[str, Any] = {"lease_token": "", "leased_until": None}


def new_lease(until: dt.datetime) -> dict[str, Any]:
    return {"lease_token": secrets.token_hex(16), "leased_until": until}


class LeasedQuerySet(models.QuerySet[LeasedRow]):
    def unleased(self, *, at: dt.datetime) -> Self:
        """Return what is nobody's at the moment: a lease that is over counts as abandoned."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=at))

    def acquire(self, for_: dt.timedelta, *, at: dt.datetime) -> str:
        """Lease all free rows under one token; it is empty when all are held."""
        lease = new_lease(at + for_)
        return str(lease["lease_token"]) if self.unleased(at=at).update_in_order(**lease) else ""

    def release(self, token: str) -> None:
        """End a lease; one that ran out and went to somebody else stays theirs."""
        self.filter(lease_token=token).update_in_order(**LEASE_ENDED)

    def update_in_order(self, **values: Any) -> int:
        """Lock the rows in the order of their keys, then update them: no two callers wait for each other."""
        with transaction.atomic(savepoint=False):
            rows = self.order_by("pk").select_for_update(of=("self",), no_key=True)
            pks = list(rows.values_list("pk", flat=True))
            return type(self)(self.model).filter(pk__in=pks).update(**values) if pks else 0
