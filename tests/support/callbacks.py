"""Callbacks as the cloud sends them."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.db.models import F
from django.test import Client

from classroom.models import CallbackEvent
from tests.support.cloud import SDK_APP_ID
from tests.support.tasks import send_task

PATH = "/callbacks/classroom/"
KEY = "callback-key"


def signature_of(expire_time_s: int | str, key: str = KEY) -> str:
    """The signature, made without the platform's own code."""
    return hashlib.md5(f"{key}{expire_time_s}".encode()).hexdigest()


def body_of(
    event_type: str = "RoomStart", data: object = None, *, key: str = KEY, **fields: Any
) -> dict[str, Any]:
    """A delivery that is signed and in time; `fields` stand in place of its own."""
    expire_time_s = fields.get("ExpireTime", int(time.time()) + 600)
    return {
        "SdkAppId": SDK_APP_ID,
        "Timestamp": int(time.time()),
        "ExpireTime": expire_time_s,
        "Sign": signature_of(expire_time_s, key),
        "EventType": event_type,
        "EventData": data,
        **fields,
    }


def deliver(body: dict[str, Any] | bytes, client: Client | None = None) -> Any:
    """Post a body as the cloud does: without cookies, and checked for what every form needs."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = client or Client(enforce_csrf_checks=True)
    return client.post(PATH, content, content_type="application/json")


def post(address: str, body: dict[str, object]) -> int | None:
    """Send a body to a running web process; None when nobody answered."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("POST", PATH, json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def let_pass(span: dt.timedelta) -> None:
    """Make the events that much older."""
    CallbackEvent.objects.update(
        received_at=F("received_at") - span, leased_until=F("leased_until") - span
    )


def sweep(broker_url: str) -> None:
    """Ask for what the clock asks for every half minute."""
    send_task(broker_url, "classroom.sweep_events")
