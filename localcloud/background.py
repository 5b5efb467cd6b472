"""The background threads: the clock's, and those that make recordings, transcode courseware and send callbacks.

Each repeats one step. A step does at most one piece of work and returns how many seconds nothing is due.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

from localcloud.callbacks.sender import SENDERS, Sender
from localcloud.cloud import Cloud
from localcloud.media.recorder import RECORDERS, Recorder
from localcloud.media.transcoder import TRANSCODERS, Transcoder
from localcloud.state import lifecycle

TICK_S = 1.0


def start(cloud: Cloud) -> list[threading.Thread]:
    """Start all of them; they end when the cloud stops."""
    recorder, transcoder, sender = Recorder(cloud), Transcoder(cloud), Sender(cloud)
    steps = [
        lambda: _tick(cloud),
        *[recorder.step] * RECORDERS,
        *[transcoder.step] * TRANSCODERS,
        *[sender.step] * SENDERS,
    ]
    threads = [threading.Thread(target=_repeat, args=(cloud, step), daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    return threads


def _tick(cloud: Cloud) -> float:
    lifecycle.settle_if_due(cloud)
    return TICK_S


def _repeat(cloud: Cloud, step: Callable[[], float]) -> None:
    while not cloud.stopping.is_set():
        seen = cloud.wakeups.number
        try:
            wait_s = step()
        except sqlite3.ProgrammingError:
            if not cloud.stopping.is_set():
                raise
            return  # the state file was closed under it
        if wait_s > 0:
            cloud.wakeups.wait(seen, wait_s)
