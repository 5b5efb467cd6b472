"""Limits of trying a password, a code or a mail for a new password, and of tickets: allauth's limits, by its names.

The settings need them before there are models.
"""

from __future__ import annotations

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
    # Tickets to the cloud's player of replays, for one link of a family.
    "family_ticket": "10/m/key",
}
