"""The server of OpenID Connect of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.services.processes import is_listening
from tests.support.oidc import start_provider


@pytest.mark.processes
def test_stopped_server_leaves_no_process_behind(tmp_path: Path):
    running = start_provider(tmp_path / "provider")

    running.stop()

    assert not is_listening(running.port)
