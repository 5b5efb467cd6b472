"""Ids by which the cloud knew people who are erased: what it still tells of them is not kept again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from accounts.models import ErasedCloudId
from edu_platform.lib.batches import in_batches


def keep_out(user_ids: Collection[str]) -> None:
    """Remember these ids as digests, so that facts that come later bring nobody back."""
    rows = [ErasedCloudId(digest=_digest(user_id)) for user_id in user_ids if user_id]
    ErasedCloudId.objects.bulk_create(rows, ignore_conflicts=True)


def erased_among(user_ids: Collection[str]) -> set[str]:
    """Return those of the ids that are of erased people."""
    erased: set[str] = set()
    for some in in_batches(user_ids):
        id_by_digest = {_digest(user_id): user_id for user_id in some}
        digests = ErasedCloudId.objects.filter(digest__in=list(id_by_digest))
        erased.update(id_by_digest[digest] for digest in digests.values_list("digest", flat=True))
    return erased


def _digest(user_id: str) -> str:
    return hashlib.sha256(user_id.encode()).hexdigest()
