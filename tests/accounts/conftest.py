from __future__ import annotations

import pytest

from tests.support.cloudcalls import make_quick


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch, read_timeout_s=5.0)
