"""Makes granian's web processes notice SIGTERM.

While requests keep coming, a worker of granian 2.8 misses about one signal in four: Python's handler
waits for the main thread, which goes back to sleep. It then serves on until it is killed, with the
requests that it should have let end. So a signal is sent to the main thread again until it is seen.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

AGAIN_AFTER_S = 0.3


def repeat_lost_signals() -> None:
    """Called by a web process before it loads the application; elsewhere does nothing."""
    if "granian" not in sys.modules or threading.current_thread() is not threading.main_thread():
        return
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)  # written by the signal itself
    threading.Thread(
        target=_repeat, args=(read_end, threading.get_ident()), name="stopping", daemon=True
    ).start()


def _repeat(read_end: int, main_thread: int) -> None:
    number = 0
    while number not in {signal.SIGTERM, signal.SIGINT}:
        number = os.read(read_end, 1)[0]
    while True:
        time.sleep(AGAIN_AFTER_S)
        signal.pthread_kill(main_thread, number)
