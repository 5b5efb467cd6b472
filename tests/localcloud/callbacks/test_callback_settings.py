"""Callbacks: where they go and with what key, by start, control and reset."""

from __future__ import annotations

from collections.abc import Callable

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
