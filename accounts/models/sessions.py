"""Sign-ins of people: a row for each browser."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.enums import SignInMethod
from accounts.models.people import User
from accounts.random_codes import make_code

USER_AGENT_CHARS = 255
EXTERNAL_ID_CHARS = 255
AUTH_HASH_CHARS = 64

# The columns that follow from what a session says.
FROM_DATA = (
    *("session_data", "expire_date", "user_id", "method"),
    *("address", "user_agent", "signed_in_at", "external_id", "auth_hash"),
)


class Session(AbstractBaseSession):
    """A session of Django's with columns by which a person's are found and told apart.

    `accounts.sign_in.session_store` fills them from what the session says, so that nothing else writes them. The
    key is as good as a password: pages name a row by its code.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    # Nobody: of a visitor who has something to be kept.
    user = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="sessions",
        verbose_name=_("person"),
        null=True,
        blank=True,
    )
    # Empty, as those below: from before they were kept.
    method = models.CharField(
        _("sign-in by"), max_length=16, choices=SignInMethod.choices, blank=True
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=USER_AGENT_CHARS, blank=True)
    signed_in_at = models.DateTimeField(_("signed in since"), null=True, blank=True)
    # What the other system calls this sign-in when it asks to end it.
    external_id = models.CharField(
        _("sign-in there"), max_length=EXTERNAL_ID_CHARS, blank=True, editable=False
    )
    # The password that the session belongs to, as Django compares it: with another one it is none any more.
    auth_hash = models.CharField(
        max_length=AUTH_HASH_CHARS, blank=True, db_default="", editable=False
    )

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = [
            # Not on the column: PostgreSQL would keep a second index, for beginnings of it.
            models.Index(fields=["external_id"], name="accounts_session_external_id"),
        ]

    def __str__(self) -> str:
        return self.code

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """By its name, as it needs this class itself."""
        store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        return store
