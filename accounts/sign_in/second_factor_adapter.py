"""The platform as allauth's second factor sees it: names, words, and how its secrets are kept."""

from __future__ import annotations

import logging

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from accounts.models import SchoolSettings
from accounts.selectors.second_factor import is_compulsory_for
from edu_platform.lib import secret_text

logger = logging.getLogger(__name__)

# Another salt would make all that is stored unreadable.
KEY_SALT = "accounts.second_factor"


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _(
            "Administrators and planners of your school must use a second factor, so it cannot be removed."
        ),
        "cannot_generate_recovery_codes": _("Set up the second factor first."),
        "incorrect_code": _("This code is wrong, or was used already. Wait for the next one."),
        "unreadable": _(
            "Your second factor can no longer be checked. Ask a superuser of the school to remove it, then set it up anew."
        ),
    }

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """The username: people's addresses of mail are nobody else's business, the app's neither."""
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return SchoolSettings.load().school_name

    def encrypt(self, text: str) -> str:
        """Keep secrets so that a copy of the database alone opens nobody's account."""
        return secret_text.encrypt(text, salt=KEY_SALT)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret.

        Raises:
            ValidationError: it was encrypted under another SECRET_KEY.
        """
        try:
            return secret_text.decrypt(encrypted_text, salt=KEY_SALT)
        except secret_text.Unreadable as err:
            logger.error("a second factor was encrypted under another SECRET_KEY")  # noqa: TRY400 -- nothing is told by where
            raise self.validation_error("unreadable") from err

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_compulsory_for(authenticator.user)
