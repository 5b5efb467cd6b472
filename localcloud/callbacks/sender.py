"""Sends the outbox to the callback address.

HTTP 200 counts as received, whatever the body. Anything else, or no response within TIMEOUT_S, is tried again
a few times and then given up. Assumed, because the cloud's pages are silent: the numbers of tries and
seconds, and that ExpireTime lies LIFETIME_S ahead of each try. Events of one room are sent one after the
other, but none waits for an earlier one that is to be tried again.

Sign = md5(key + decimal digits of ExpireTime), in lower-case hex; it covers neither type nor data. Source:
LCIC service callbacks (document/product/1639/81762).
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import requests

from localcloud.callbacks import callback_settings, deliveries
from localcloud.callbacks.callback_settings import CallbackSettings
from localcloud.callbacks.deliveries import Delivery
from localcloud.cloud import Cloud

TIMEOUT_S = 5.0
LIFETIME_S = 300
POLL_S = 1.0
SENDERS = 4  # threads: one receiver that hangs does not hold up the other rooms


class Sender:
    """Sends callbacks; shared by the sending threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._busy_rooms: set[int] = set()

    def step(self) -> float:
        """Try one event that is due; return the seconds until the next one, 0 to go on at once."""
        job = self._next_job()
        if job is None:
            return self._pause_s()
        delivery, settings = job
        try:
            code = _post(settings, envelope(self._cloud, delivery, key=settings.key))
            self._save_outcome(delivery, settings, code)
        finally:
            with self._cloud.lock:
                self._busy_rooms.discard(delivery.room_id)
        return 0

    def _next_job(self) -> tuple[Delivery, CallbackSettings] | None:
        cloud, now_s = self._cloud, time.time()
        with cloud.lock:
            delivery = deliveries.first_due(cloud, now_s, except_rooms=self._busy_rooms)
            if delivery is None:
                return None
            settings = callback_settings.load(cloud)
            if settings.enabled and settings.url:
                self._busy_rooms.add(delivery.room_id)
                return delivery, settings
            outcome = deliveries.GIVEN_UP if settings.enabled else deliveries.LOST
            with cloud.transaction():
                deliveries.close_due(cloud, now_s, outcome=outcome)
        return None

    def _pause_s(self) -> float:
        with self._cloud.lock:
            now_s = time.time()
            due_s = deliveries.next_due_s(self._cloud, now_s)
        return POLL_S if due_s is None else min(due_s - now_s, POLL_S)

    def _save_outcome(self, delivery: Delivery, settings: CallbackSettings, code: int) -> None:
        codes, waits_s = [*delivery.codes, code], settings.retry_s
        with self._cloud.transaction():
            if code == requests.codes.ok:
                deliveries.close(self._cloud, delivery, outcome=deliveries.SENT, codes=codes)
            elif len(codes) > len(waits_s):
                deliveries.close(self._cloud, delivery, outcome=deliveries.GIVEN_UP, codes=codes)
            else:
                due_s = time.time() + waits_s[len(codes) - 1]
                deliveries.postpone(self._cloud, delivery, due_s=due_s, codes=codes)


def envelope(cloud: Cloud, delivery: Delivery, *, key: str) -> dict[str, Any]:
    """Return the body: signed again, with the time and data of the event unchanged."""
    # Real time, as for the signatures of calls: the receiver's clock does not follow the cloud's offset.
    expire_s = int(time.time()) + LIFETIME_S
    return {
        "Timestamp": delivery.timestamp_s,
        "SdkAppId": cloud.config.sdk_app_id,
        "ExpireTime": expire_s,
        "Sign": hashlib.md5(f"{key}{expire_s}".encode(), usedforsecurity=False).hexdigest(),
        "EventType": delivery.event_type,
        "EventData": delivery.data,
    }


def _post(settings: CallbackSettings, content: dict[str, Any]) -> int:
    """Return the HTTP status, or 0 when no response came."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy between us and the platform
        try:
            with session.post(
                settings.url,
                data=json.dumps(content),
                headers={"Content-Type": "application/json"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,  # the body does not matter
            ) as response:
                return response.status_code
        except requests.RequestException:
            return 0
