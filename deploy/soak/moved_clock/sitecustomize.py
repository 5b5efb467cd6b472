"""Python runs this first where it is on the path: the process lives so many seconds ahead of the real time."""

from __future__ import annotations

import datetime as dt
import os

import time_machine

time_machine.travel(
    dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(os.environ["SOAK_CLOCK_OFFSET_S"])),
    tick=True,
).start()
