"""Accounts that the school keeps elsewhere, and the tickets from there that were used."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import SignInMethod
from accounts.models.people import User
from accounts.names import DISPLAY_NAME_CHARS, USERNAME_CHARS

# OpenID Connect bounds a subject at 255 characters (Core 1.0, section 2); the others follow it.
ISSUER_CHARS = 255
SUBJECT_CHARS = 255
TICKET_ID_CHARS = 255


class ExternalAccount(models.Model):
    """A person as another system knows them: by its own name for the account, never by username or mail.

    Without a person it waits for staff, since there is an account here that may be the same person's.
    """

    method = models.CharField(_("sign-in by"), max_length=16, choices=SignInMethod.choices)
    # The address of the provider or CAS server; of a hand-over, the `iss` of its key.
    issuer = models.CharField(_("issuer"), max_length=ISSUER_CHARS)
    subject = models.CharField(_("account there"), max_length=SUBJECT_CHARS)
    user = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="external_accounts",
        verbose_name=_("person"),
        null=True,
        blank=True,
    )
    # As the other system called the person at the last sign-in: for staff, who compare.
    username = models.CharField(_("username there"), max_length=USERNAME_CHARS, blank=True)
    display_name = models.CharField(
        pgettext_lazy("person", "name there"), max_length=DISPLAY_NAME_CHARS, blank=True
    )
    created_at = models.DateTimeField(_("first seen"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("external account")
        verbose_name_plural = _("external accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["method", "issuer", "subject"], name="accounts_externalaccount_once"
            ),
            models.CheckConstraint(
                condition=models.Q(method__in=SignInMethod.values),
                name="accounts_externalaccount_known_method",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.issuer}: {self.subject}"


class UsedTicket(models.Model):
    """A hand-over ticket that somebody signed in with; kept until it would be refused as expired anyway."""

    issuer = models.CharField(_("issuer"), max_length=ISSUER_CHARS)
    ticket_id = models.CharField(_("ticket"), max_length=TICKET_ID_CHARS)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("used ticket")
        verbose_name_plural = _("used tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "ticket_id"], name="accounts_usedticket_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issuer}: {self.ticket_id}"
