"""Many rows changed by many at once: nobody waits for somebody who waits for them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState
from courseware.models import Courseware
from courseware.services.transcoding import ask_again
from tests.factories.courseware import CoursewareFactory
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, TIMES = 300, 25


def mix_up() -> None:
    """Have the table hold its rows in another order than that of their numbers."""
    for row in Courseware.objects.order_by("sha256"):
        Courseware.objects.filter(pk=row.pk).update(percent=1)


def test_asking_again_and_planning_do_not_wait_for_each_other(teacher: User):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    Courseware.objects.bulk_create(
        CoursewareFactory.build_batch(ROWS, owner=teacher, state=CoursewareState.TRANSCODING)
    )
    mix_up()
    low, high = sorted(Courseware.objects.values_list("pk", flat=True))[:: ROWS - 1]

    def ask(_number: int) -> int:
        return sum(ask_again(Courseware.objects.all(), at=timezone.now()) for _ in range(TIMES))

    def plan(_number: int) -> int:
        # By the index, and so in the order of the numbers, unlike who reads the whole table.
        some = Courseware.objects.filter(pk__gte=low, pk__lte=high)
        return sum(some.update_in_order(due_at=timezone.now()) for _ in range(TIMES))

    counts = all_at_once(lambda work: work(0), [ask, plan])

    assert counts == [ROWS * TIMES] * 2
