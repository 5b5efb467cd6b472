"""Migrations of attendance go back, too."""

from __future__ import annotations

import pytest

from schedule.models import ChannelMessage
from tests.factories.schedule import ChannelFactory
from tests.support.migrations import end_with_all, migrate


@pytest.mark.django_db(transaction=True)
def test_messages_of_alarms_leave_on_the_way_back() -> None:
    ChannelMessage.objects.create(
        channel=ChannelFactory.create(), cause="alarm:a", text="三年级1班没有老师"
    )

    with end_with_all():
        migrate(("schedule", "0040_imports_of_before"))

    assert list(ChannelMessage.objects.all()) == []
