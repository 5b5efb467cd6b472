"""Times at which rooms are asked for, and for how long after a class its outcome is waited for."""

from __future__ import annotations

import datetime as dt

# How often the rooms around now are asked for; the clock of the platform takes its pace from here.
POLL_EVERY = dt.timedelta(seconds=30)
# How long after its planned end a running class is ended: nobody is there any more.
OVERRUN_AFTER = dt.timedelta(hours=4)
# How long after its planned end a class that was never started counts as never held.
NEVER_HELD_AFTER = dt.timedelta(days=1)
# Rooms count as around now from this long before their planned start to this long after their end.
EARLY_START = dt.timedelta(minutes=30)
LATE_END = OVERRUN_AFTER + dt.timedelta(hours=1)
# Rooms of the past whose outcome is not known, and single rooms at which something went wrong.
ASK_OLD_EVERY = dt.timedelta(hours=1)
