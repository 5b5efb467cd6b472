"""Callbacks: where they go and with what key, by start, control and reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import Api, Control
from tests.localcloud.receiver import Receiver
from tests.localcloud.signed import KEY, events, sign, silent_room


@pytest.fixture
def cloud(start_cloud: Callable[..., RunningCloud], receiver: Receiver) -> RunningCloud:
    return start_cloud(callback_url=receiver.url, callback_key=KEY)


def test_control_changes_address_and_key(api: Api, control: Control, receiver: Receiver) -> None:
    with Receiver() as other:
        control.post("/callbacks", url=other.url, key="another")
        silent_room(api, control)
        events(other, 1)

    assert other.received[0]["Sign"] == sign("another", other.received[0]["ExpireTime"])
    assert receiver.received == []


def test_reset_keeps_what_the_start_was_given(
    api: Api, control: Control, receiver: Receiver
) -> None:
    control.post("/callbacks", url="http://127.0.0.1:1/", key="x", lose=1, seed=7)
    silent_room(api, control)

    control.post("/reset")

    assert control.deliveries() == []
    state = control.get("/state")["callbacks"]
    assert (state["url"], state["lose"], state["seed"]) == (receiver.url, 0, None)
    silent_room(api, control)
    events(receiver, 1)
    assert receiver.received[0]["Sign"] == sign(KEY, receiver.received[0]["ExpireTime"])


def test_key_is_shown_nowhere(
    cloud: RunningCloud,
    api: Api,
    control: Control,
    receiver: Receiver,
    capsys: pytest.CaptureFixture[str],
) -> None:
    silent_room(api, control)
    control.delivered(1)
    signature = receiver.received[0]["Sign"]
    paths = ["/control/state", "/control/deliveries", "/console"]

    texts = [requests.get(cloud.base_url + path, timeout=10).text for path in paths]
    texts += [*capsys.readouterr(), repr(cloud.cloud.config)]

    assert [KEY in text or signature in text for text in texts] == [False] * 6
    assert control.get("/state")["callbacks"]["has_key"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"url": "ftp://127.0.0.1/"},
        {"url": "http://"},
        {"url": "http://127.0.0.1:99999/"},
        {"url": 1},
        {"key": 1},
        {"enabled": 1},
        {"lose": 1.1},
        {"lose": True},
        {"double": -0.1},
        {"delay_s": [2, 1]},
        {"delay_s": [1, 2, 3]},
        {"delay_s": "1"},
        {"reorder": "yes"},
        {"forge": None},
        {"seed": 1.5},
        {"retry_s": 1},
        {"retry_s": [-1]},
        {"retry_s": [1] * 21},
        {"more": 1},
    ],
)
def test_setting_of_a_wrong_form_is_refused(control: Control, body: dict[str, Any]) -> None:
    before = control.get("/state")

    answer = (
        control.post("/callbacks", lose=0.5, **body)
        if "lose" not in body
        else control.post("/callbacks", double=0.5, **body)
    )

    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert control.get("/state") == before


def test_settings_survive_a_restart(
    start_cloud: Callable[..., RunningCloud], cloud: RunningCloud, receiver: Receiver
) -> None:
    settings = {"lose": 0.25, "delay_s": [1, 2], "retry_s": [3], "seed": 4, "forge": True}
    Control(cloud.base_url).post("/callbacks", **settings)
    cloud.stop()

    state = Control(start_cloud().base_url).get("/state")["callbacks"]

    assert {name: state[name] for name in settings} == settings
