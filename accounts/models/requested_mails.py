"""Mails that somebody who is not signed in has asked for."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import MailPurpose
from accounts.models.people import User
from edu_platform.lib.due import DueQuerySet, DueWork


class RequestedMail(DueWork):
    """A mail to a person, or to nobody: both are written alike, so that no answer tells who has an account.

    The secret that goes into the mail is none of the row: it is made when the mail is sent.
    """

    user = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="requested_mails",
        verbose_name=_("person"),
        null=True,
        blank=True,
    )
    purpose = models.CharField(
        _("purpose"), max_length=16, choices=MailPurpose.choices, default=MailPurpose.NEW_PASSWORD
    )
    # The mail is written in the language of the page on which it was asked for.
    language = models.CharField(_("language"), max_length=16)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    objects = DueQuerySet["RequestedMail"].as_manager()

    class Meta:
        verbose_name = _("requested mail")
        verbose_name_plural = _("requested mails")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=MailPurpose.values),
                name="accounts_requestedmail_known_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.user_id or '-'}: {self.purpose}"
