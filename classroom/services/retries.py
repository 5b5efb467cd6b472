"""Retries of events that no worker took up, or could not handle, until they are given up."""

from __future__ import annotations

import datetime as dt

from edu_platform.lib.due import exponential

# A new event whose message did not reach a worker by then is taken up by the sweep.
TOLD_WITHIN = dt.timedelta(seconds=5)
MAX_ATTEMPTS = 12
# Twice as long each time, and spread, so that not all come at once.
FIRST_BACKOFF = dt.timedelta(seconds=5)
LONGEST_BACKOFF = dt.timedelta(hours=1)
BACKOFF_JITTER = 0.1


def backoff(attempts: int) -> dt.timedelta:
    return exponential(attempts, FIRST_BACKOFF, LONGEST_BACKOFF, BACKOFF_JITTER)
