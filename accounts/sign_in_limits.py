"""How many wrong passwords lock a name or an address, for how long; how many mails lead to a new password.

Apart from `accounts.lockout`, as the settings need them before there are models.
"""

from __future__ import annotations

import datetime as dt

# For one name from one address.
FAILURES_AT_MOST = 10
LOCKED_FOR = dt.timedelta(minutes=15)
# From one address within that time, whatever the names.
ADDRESS_FAILURES_AT_MOST = 2000
# As allauth writes limits; for one name from anywhere.
NAME_FAILURES = "50/15m/key"
# For one person from anywhere, after the password: a code has six digits, and three hold at a time.
CODE_FAILURES = "10/15m/key,50/d/key"
RESET_MAILS_TO_PERSON = "3/h/key,6/d/key"
RESET_MAILS_TO_ADDRESS = "10/h/key,20/d/key"
