"""Repeat an erasure on data that was restored from a backup of before."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.erasing.asking import begin_again
from accounts.erasing.work import erase_now
from accounts.models import Erasure, User


def erase_again(key: str, *, erased_at: dt.datetime) -> tuple[Erasure | None, list[str]]:
    """Erase the person of this key once more, as of that time; return the erasure, and why it is not done.

    Nothing stands against it: it was done before. The cloud has deleted the person then, and is not asked again. None:
    the backup does not have them.
    """
    person = User.objects.filter(code=key).first()
    if person is None:
        return None, []
    with transaction.atomic():
        erasure = begin_again(person, erased_at=erased_at)
    return erasure, [] if erasure.is_erased else erase_now(erasure, asks_cloud=False)
