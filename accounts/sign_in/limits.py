"""How many wrong passwords lock a name or an address, for how long; how many mails lead to a new password.

Apart from `accounts.sign_in.lockout`, as the settings need them before there are models.
"""

from __future__ import annotations

import datetime as dt

# For one name from one address.
FAILURES_AT_MOST = 10
LOCKED_FOR = dt.timedelta(minutes=15)
# From one address within that time, whatever the names.
ADDRESS_FAILURES_AT_MOST = 2000
# By allauth's names, and as it writes limits.
RATE_LIMITS = {
    "login": None,
    # For one name from anywhere.
    "login_failed": "50/15m/key",
    # Wrong passwords and codes are counted there too.
    "reauthenticate": None,
    # For one person from anywhere, after the password: a code has six digits, and three hold at a time.
    "second_factor_code": "10/15m/key,50/d/key",
    # The answer to a password reset is always the same; the limit counts mails.
    "reset_password": None,
    "reset_password_from_key": None,
    "reset_mail_to_person": "3/h/key,6/d/key",
    "reset_mail_to_address": "10/h/key,20/d/key",
}
