"""The log of API calls."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import Api, Control


def test_log_keeps_the_last_five_thousand_calls(start_cloud: Callable[[], RunningCloud]) -> None:
    cloud = start_cloud()
    with cloud.cloud.transaction():
        cloud.cloud.db.executemany(
            "INSERT INTO calls (at, action, params, code, body_text) VALUES (?, 'X', '{}', '', '')",
            [(i,) for i in range(5099)],
        )

    Api(cloud.base_url).register()

    calls = Control(cloud.base_url).get("/calls")["calls"]
    assert (len(calls), calls[0]["n"], calls[-1]["n"]) == (5000, 101, 5100)
