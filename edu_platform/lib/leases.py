"""Taking a row for ourselves while we ask the cloud about it: a claim, with a lease."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


class ClaimQuerySet(models.QuerySet[M]):
    """For models with the columns `claim` and `claimed_until`."""

    def claim(self, *, at: dt.datetime, lease: dt.timedelta) -> str:
        """Take what is free of this queryset for ourselves, usually one row.

        The returned claim is empty when all is held, or no longer fits the queryset's filters.
        After the lease it counts as abandoned.
        """
        claim = secrets.token_hex(16)
        is_free = Q(claimed_until=None) | Q(claimed_until__lt=at)
        taken = self.filter(is_free).update_in_order(claim=claim, claimed_until=at + lease)
        return claim if taken else ""

    def release(self, claim: str) -> None:
        """Give the claim back; one that ran out and went to somebody else stays theirs."""
        self.filter(claim=claim).update_in_order(claim="", claimed_until=None)

    def update_in_order(self, **values: object) -> int:
        """Update rows that are locked before in an order that all keep, so that no two wait for each other."""
        with transaction.atomic(savepoint=False):
            rows = self.order_by("pk").select_for_update(of=("self",), no_key=True)
            pks = list(rows.values_list("pk", flat=True))
            return type(self)(self.model).filter(pk__in=pks).update(**values) if pks else 0
