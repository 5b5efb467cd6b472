"""Start passwords, which are handed out on paper, rules for those that people choose, and what checks cost."""

from __future__ import annotations

import secrets

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.random_codes import CODE_ALPHABET
from edu_platform.lib.formatting import MIB

# Out of CODE_ALPHABET: nobody mistakes one letter for another.
START_PASSWORD_CHARS = 10
# A password that somebody chooses has at least so many.
SHORTEST_PASSWORD = 8
# Each password check takes a core for itself, beside the thread that serves pages: a class that signs in at
# once, or a flood of guesses, queues for this many slots per process. With more of them a school signs in no
# sooner, and pages wait.
CHECKS_AT_ONCE = 1


def new_start_password() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(START_PASSWORD_CHARS))


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id at a cost that a machine of two cores bears while a whole school signs in.

    The least that OWASP's password storage cheat sheet allows (read 2026-11). A check takes 17 ms of one
    core; at Django's own cost it takes 190 ms over all cores, and 100 MiB. Guesses at a page are slowed by
    the limits on sign-in; this slows those who have got hold of the table.

    A hash of another cost stays good until its owner signs in, when it is replaced by one of this cost. As with
    a new password, sessions from before, in other browsers, are over then.
    """

    time_cost = 2
    memory_cost = 19 * MIB // 1024  # in KiB
    parallelism = 1


class LengthValidator(MinimumLengthValidator):
    """Django's own, with one sentence before and after: its message is there in English only."""

    def __init__(self, min_length: int = SHORTEST_PASSWORD) -> None:
        super().__init__(min_length)

    def get_error_message(self) -> str:
        return ngettext(
            "The password must have at least %(count)s character.",
            "The password must have at least %(count)s characters.",
            self.min_length,
        ) % {"count": self.min_length}

    def get_help_text(self) -> str:
        return self.get_error_message()


class OwnPasswordValidator:
    """A start password is known to the person who printed it, so it is not taken as the person's own."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is not None and user.must_change_password and user.check_password(password):
            raise ValidationError(
                _("This is the start password. Choose one of your own."), code="start_password"
            )

    def get_help_text(self) -> str:
        return _("It must not be the start password.")
