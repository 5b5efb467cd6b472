"""Python runs this at its start: it moves the clock of the process by SOAK_CLOCK_OFFSET_S seconds."""

from __future__ import annotations

import datetime as dt
import os

import time_machine

time_machine.travel(
    dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(os.environ["SOAK_CLOCK_OFFSET_S"])),
    tick=True,
).start()
