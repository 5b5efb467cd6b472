"""Taking a row for ourselves while we ask the cloud about it: a claim, with a lease."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TypeVar

from django.db import models
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
        taken = self.filter(is_free).update(claim=claim, claimed_until=at + lease)
        return claim if taken else ""

    def release(self, claim: str) -> None:
        """Give the claim back; one that ran out and went to somebody else stays theirs."""
        self.filter(claim=claim).update(claim="", claimed_until=None)
