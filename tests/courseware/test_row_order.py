"""Many rows changed by many at once: nobody waits for somebody who waits for them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState
from courseware.models import Courseware
from courseware.services.transcoding import ask_again
from tests.factories.courseware import CoursewareFactory
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases("locks")]

ROWS, TIMES = 300, 60
LEASE = dt.timedelta(minutes=5)


def mix_up() -> None:
    """Have the table hold its rows in another order than that of their numbers."""
    for row in Courseware.objects.order_by("sha256"):
        Courseware.objects.filter(pk=row.pk).update(percent=1)


def test_asking_again_and_claiming_do_not_wait_for_each_other(teacher: User):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    for _ in range(ROWS):
        CoursewareFactory.create(owner=teacher, state=CoursewareState.TRANSCODING)
    mix_up()
    low, high = sorted(Courseware.objects.values_list("pk", flat=True))[:: ROWS - 1]

    def ask(_number: int) -> int:
        return sum(ask_again(Courseware.objects.all(), at=timezone.now()) for _ in range(TIMES))

    def claim(_number: int) -> int:
        count = 0
        for _ in range(TIMES):
            # By the index, and so in the order of the numbers, unlike whoever reads the whole table.
            some = Courseware.objects.filter(pk__gte=low, pk__lte=high)
            token = some.claim(at=timezone.now(), lease=LEASE)
            mine = Courseware.objects.filter(claim=token)
            count += mine.update_in_order(next_ask_at=timezone.now())
            mine.release(token)
        return count

    counts = all_at_once(lambda work: work(0), [ask, claim])

    assert counts == [ROWS * TIMES] * 2
    assert set(Courseware.objects.values_list("claim", flat=True)) == {""}
