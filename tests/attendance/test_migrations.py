"""Migrations of attendance go back, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schedule.models import ChannelMessage
from tests.factories.schedule import ChannelFactory
from tests.support.installations import installation, is_sqlite
from tests.support.migrations import migrate


@pytest.mark.timeout(240)
def test_messages_of_alarms_leave_on_the_way_back(
    transactional_db: None, settings: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It ends there, in a database of its own: the way forwards is that of every database of the tests."""
    migrated = request.getfixturevalue("migrated_sqlite") if is_sqlite() else Path("migrated")
    with installation(settings, tmp_path / "school", migrated=migrated):
        ChannelMessage.objects.create(
            channel=ChannelFactory.create(), cause="alarm:a", text="三年级1班没有老师"
        )

        before = migrate(("schedule", "0040_imports_of_before")).apps

        assert not before.get_model("schedule", "ChannelMessage").objects.exists()
