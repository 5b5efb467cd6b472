"""People who were deleted here and whom the cloud may still know: they are deleted there by a worker.

The cloud is told afterwards, never in the transaction that deletes them. Until then their random ids are kept, by
which they are found there; an answer to a registration may still be on its way.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from accounts.models import DiscardedIdentity
from classroom.client import users as cloud_users
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from edu_platform.lib.batches import ROWS_A_STATEMENT
from edu_platform.lib.due import DueLoop, Rules, exponential

logger = logging.getLogger(__name__)

# A registration that was under way when somebody was deleted here has its answer by then.
ANSWERS_COME_WITHIN = dt.timedelta(minutes=10)
FIRST_RETRY = dt.timedelta(minutes=10)
LAST_RETRY = dt.timedelta(days=1)
LEASE = dt.timedelta(minutes=2)
A_RUN = 500

DELETING = Rules(
    name="people to be deleted in the cloud",
    limit_s=50.0,
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=(CloudRejected, CloudProtocolError),
)


class Discardable(Protocol):
    """Somebody whom the cloud may know: a person of the school, or a guest of one lesson."""

    @property
    def sdk_app_id(self) -> int | None: ...
    @property
    def origin_id(self) -> str: ...
    @property
    def classroom_user_id(self) -> str: ...


def discard(identities: Iterable[Discardable]) -> None:
    """Note that the cloud is to delete these people; in the transaction that deletes them here, or lets them go."""
    at = timezone.now()
    rows = [
        DiscardedIdentity(
            sdk_app_id=identity.sdk_app_id,
            origin_id=identity.origin_id,
            classroom_user_id=identity.classroom_user_id,
            discarded_at=at,
            due_at=at + ANSWERS_COME_WITHIN,
        )
        for identity in identities
        if identity.sdk_app_id is not None  # the cloud was never told of the others
    ]
    DiscardedIdentity.objects.bulk_create(rows, batch_size=ROWS_A_STATEMENT, ignore_conflicts=True)


def delete_discarded(at: dt.datetime) -> None:
    """Delete in the cloud whom it may know of those who are due; of another application, when that is configured again."""
    if not is_configured():
        return
    rows = DiscardedIdentity.objects.all()
    loop = DueLoop(rules=DELETING, rows=rows, lease=LEASE, pause=_pause)
    loop.run(rows.due(at).filter(sdk_app_id=sdk_app_id())[:A_RUN], _delete_one, at)


def _delete_one(discarded: DiscardedIdentity) -> None:
    user_id = discarded.classroom_user_id or cloud_users.find_user(
        discarded.origin_id, Priority.BACKGROUND
    )
    if user_id:
        cloud_users.delete_user(user_id, Priority.BACKGROUND)
        logger.info("deleted a person in the cloud who is none here any more: %s", user_id)
    with transaction.atomic():
        DiscardedIdentity.objects.filter(pk=discarded.pk).delete()


def _pause(discarded: DiscardedIdentity, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(discarded.attempts, FIRST_RETRY, LAST_RETRY)
