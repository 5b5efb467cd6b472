"""Numbers of wrong passwords that lock a name for an address, and how long the lock lasts.

Apart from `accounts.sign_in.lockout`, as the settings need them before there are models. How many lock it from
anywhere stands in `accounts.sign_in.rate_limits`.
"""

from __future__ import annotations

import datetime as dt

# For one name from one address.
FAILURES_AT_MOST = 10
LOCKED_FOR = dt.timedelta(minutes=15)
# From one address within that time, whatever the names.
ADDRESS_FAILURES_AT_MOST = 2000
