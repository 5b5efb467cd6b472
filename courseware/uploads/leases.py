"""The lease for writing on an upload.

One writer at a time, kept while bytes come, free soon after a writer died.
"""

from __future__ import annotations

import datetime as dt
import time

from django.db import connection
from django.utils import timezone

from courseware.models import Upload, UploadQuerySet

LEASE = dt.timedelta(seconds=20)
RENEW_EVERY_S = 5.0


class LeaseLost(Exception):
    """Somebody else writes now, or the upload is gone: what this writer brought must not be kept."""


class LeaseTaken(Exception):
    """Somebody writes on this upload now."""


class Lease:
    """The right to write on one upload."""

    def __init__(self, upload: Upload) -> None:
        self._upload_pk = upload.pk
        self.token = ""
        self._renews_at = 0.0
        # Set by the code that ended it together with what was written, which spares a statement.
        self.is_over = False

    def acquire(self) -> None:
        """Begin to write; what is known of the upload may be old already.

        Raises:
            LeaseTaken: somebody else writes, and was alive a moment ago.
        """
        mine = Upload.objects.filter(pk=self._upload_pk)
        self.token = mine.acquire(LEASE, at=timezone.now())
        if not self.token:
            raise LeaseTaken
        self._renews_at = time.monotonic() + RENEW_EVERY_S

    def renew(self) -> None:
        """Say that the writer is alive; cheap enough to be called for each piece.

        Holds no connection to the database between two calls, in whichever thread it is called: a
        storage may read what it stores in threads of its own.

        Raises:
            LeaseLost: it came too late.
        """
        if time.monotonic() < self._renews_at:
            return
        self._renews_at = time.monotonic() + RENEW_EVERY_S
        kept = self.mine().update(leased_until=timezone.now() + LEASE)
        if not connection.in_atomic_block:
            connection.close()
        if not kept:
            raise LeaseLost

    def release(self) -> None:
        """Stop writing; without effect when somebody else writes already."""
        if not self.is_over:
            self.mine().release(self.token)

    def mine(self) -> UploadQuerySet:
        """The upload, as long as it is this writer's."""
        return Upload.objects.filter(pk=self._upload_pk, lease_token=self.token)
