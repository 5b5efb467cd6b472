"""The audit log: who signed in, and what was done to accounts and in the administration."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import AuditKind, SignInMethod
from accounts.models.people import User

OBJECT_CHARS = 255


class AuditEntry(models.Model):
    """One event. Written by `accounts.services.audit` in the transaction of what it tells of, never changed."""

    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    kind = models.CharField(_("event"), max_length=32, choices=AuditKind.choices)
    # Empty: a command, a worker, or nobody who is signed in.
    actor = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="audit_entries_made",
        verbose_name=_("done by"),
        null=True,
        blank=True,
    )
    # Whose account it is about.
    person = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="audit_entries",
        verbose_name=_("person"),
        null=True,
        blank=True,
    )
    method = models.CharField(
        _("sign-in by"), max_length=16, choices=SignInMethod.choices, blank=True
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    # What it was done to, when that is no person.
    object_text = models.CharField(_("object"), max_length=OBJECT_CHARS, blank=True)
    # Names and values by the event's kind; never a password, a ticket or a code.
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AuditKind.values), name="accounts_auditentry_known_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "at"], name="accounts_auditentry_kind_at"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M:%S} {self.get_kind_display()}"
