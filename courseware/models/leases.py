"""Rows that somebody holds for a while: their columns are `lease_token` and `leased_until`."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


def update_in_order(rows: models.QuerySet[M], **values: object) -> int:
    """Update rows that are locked before in an order that all keep, so that no two wait for each other."""
    with transaction.atomic(savepoint=False):
        locked = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
        pks = list(locked.values_list("pk", flat=True))
        return type(rows)(rows.model).filter(pk__in=pks).update(**values) if pks else 0


class LeaseQuerySet(models.QuerySet[M]):
    """For rows that are held together, such as all of a lesson, or that are not due at any time."""

    def acquire(self, *, at: dt.datetime, lease: dt.timedelta) -> str:
        """Lease what is free of this queryset; the returned token is empty when all is held.

        After the lease it counts as abandoned.
        """
        token = secrets.token_hex(16)
        is_free = Q(leased_until=None) | Q(leased_until__lt=at)
        leased = update_in_order(self.filter(is_free), lease_token=token, leased_until=at + lease)
        return token if leased else ""

    def release(self, token: str) -> None:
        """End the lease; one that ran out and went to somebody else stays theirs."""
        update_in_order(self.filter(lease_token=token), lease_token="", leased_until=None)
