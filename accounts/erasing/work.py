"""Do the steps of an erasure: the cloud first, then what is here, then a look at whether all of it is gone.

Each step can be repeated, and the next one begins where the last has ended. No step runs inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import AuditKind, ErasureState, ErasureStep
from accounts.erasing.cloud import StillThere, delete_in_cloud, require_gone
from accounts.erasing.looking import look_through, unexplained
from accounts.erasing.names import KnownStrings, strings_of
from accounts.erasing.rows import erase_account, erase_rows, leftover_rows
from accounts.hooks import ErasingWaits
from accounts.models import Erasure
from accounts.services import audit, avatars
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.text import error_summary

logger = logging.getLogger(__name__)

FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=1)
# Longer than all steps of the largest school take.
LEASE = dt.timedelta(minutes=15)


class NotVerified(Exception):
    """Something of the person is there still; `left` says what, without naming them."""

    def __init__(self, left: list[str]) -> None:
        self.left = left
        super().__init__(" ".join(left))


# What is expected to go wrong: it is said on the page, and tried again later.
NOT_DONE = (CloudRejected, CloudProtocolError, StillThere, ErasingWaits, NotVerified)

ERASING = Rules(
    name="people to be erased",
    limit_s=240.0,
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=NOT_DONE,
)


def _loop() -> DueLoop[Erasure]:
    return DueLoop(rules=ERASING, rows=Erasure.objects.all(), lease=LEASE, pause=_pause)


def _pause(erasure: Erasure, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(erasure.attempts, FIRST_RETRY, LAST_RETRY)


def erase_due(at: dt.datetime) -> None:
    """Erase the people whose turn it is."""
    _loop().run(Erasure.objects.under_way().due(at).select_related("person"), erase, at)


def erase_now(erasure: Erasure, *, asks_cloud: bool = True) -> list[str]:
    """Do all steps of one erasure at once; return why it is not done, where it is not: then a worker goes on with it.

    A restored backup has the person once more, whom the cloud has deleted: it is not asked then.
    """
    at, loop = timezone.now(), _loop()
    if not Erasure.objects.all().lease(erasure, LEASE, at=at):
        return [_("A worker is doing it at this moment.")]
    if not asks_cloud:
        erasure.step = ErasureStep.HERE
    try:
        erase(erasure, asks_cloud=asks_cloud)
    except (CloudUnavailable, *NOT_DONE) as err:
        loop.put_off(erasure, err, at)
        return err.left if isinstance(err, NotVerified) else [error_summary(err)]
    reset = {"attempts": 0, "unreachable_since": None, "last_error": ""}
    Erasure.objects.all().end_lease(erasure, due_at=None, **reset)
    return []


def erase(erasure: Erasure, *, asks_cloud: bool = True) -> None:
    """Do what is left to do of one erasure, which is leased.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud has not deleted the person yet.
        ErasingWaits, StillThere, NotVerified: it goes on later.
    """
    strings = KnownStrings.from_json(erasure.strings)
    if erasure.step != ErasureStep.CHECK:
        strings = strings_of(erasure.person, strings)
        # A step that breaks off leaves nobody whose names are not known any more.
        _save(erasure, strings=strings.as_json())
    if erasure.step == ErasureStep.CLOUD:
        delete_in_cloud(erasure)
        _save(erasure, step=ErasureStep.HERE, applications_left=erasure.applications_left)
    if erasure.step == ErasureStep.HERE and asks_cloud:
        require_gone(erasure)
    erase_rows(erasure, strings)
    if erasure.step == ErasureStep.HERE:
        erase_account(erasure)
        # While their rows went more may have come: a class was counted, a lesson of before was changed.
        erase_rows(erasure, strings)
    look_through(erasure, strings)
    _conclude(erasure, strings)


def _save(erasure: Erasure, **values: object) -> None:
    for name, value in values.items():
        setattr(erasure, name, value)
    with transaction.atomic():
        erasure.save(update_fields=list(values))


def _conclude(erasure: Erasure, strings: KnownStrings) -> None:
    """Look whether all of it is gone, and end the erasure; its names go with that.

    Raises:
        NotVerified: something is there still.
    """
    left = [*leftover_rows(erasure.person), *unexplained(erasure, strings)]
    if any(_is_stored(name) for name in strings.own):
        left.append(_("The picture is on the storage still."))
    if left:
        # What came meanwhile is taken by the next turn; the account itself is erased by now.
        raise NotVerified(left)
    with transaction.atomic():
        at = erasure.erased_at or timezone.now()
        _save(
            erasure,
            state=ErasureState.ERASED,
            erased_at=at,
            strings={},
            reason="",
            last_error="",
        )
        audit.record(
            AuditKind.PERSON_ERASED,
            by=erasure.confirmed_by,
            person=erasure.person,
            details={"key": erasure.key},
        )
    logger.info("%s", line_of(erasure))


def _is_stored(name: str) -> bool:
    """Tell whether it is the name of a picture that is on the storage, though it was deleted once more just now."""
    if not name.startswith(f"{avatars.FOLDER}/"):
        return False
    avatars.delete_file(name)
    return default_storage.exists(name)


def line_of(erasure: Erasure) -> str:
    """Return the line by which an erasure is repeated on a restored backup."""
    moment = erasure.erased_at or timezone.now()
    return f"erased={erasure.key} {moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
