from __future__ import annotations

import datetime as dt

# How often the rooms around now are asked for; the clock of the platform takes its pace from here.
POLL_EVERY = dt.timedelta(seconds=30)
