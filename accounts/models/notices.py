"""Notices to people."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.random_codes import make_code
from edu_platform.lib.due import DueQuerySet, DueWork
from edu_platform.lib.statements import Statement


class NoticeQuerySet(DueQuerySet["Notice"]):
    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)

    def unmailed(self) -> NoticeQuerySet:
        """Those that are still to go by mail, and that the mail server did not take yet."""
        return self.filter(due_at__isnull=False, unreachable_since__isnull=False)

    def count_unread_of(self, user: User) -> int:
        return _UNREAD.first(user_id=user.pk) or 0


class Notice(DueWork):
    """A notice to one person, once per cause: what happened, and the address of the page about it.

    What it says is a kind with arguments, put into words (`accounts.notice_kinds`) when it is read. It
    is due while it is to go by mail.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="notices", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=64)
    arguments = models.JSONField(_("arguments"), default=dict)
    address = models.CharField(_("address"), max_length=200)
    cause = models.CharField(_("cause"), max_length=128)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["user", "cause"], name="accounts_notice_once_a_cause")
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="accounts_notice_by_person"),
            models.Index(
                fields=["user"],
                condition=models.Q(read_at=None),
                name="accounts_notice_unread",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="accounts_notice_mail_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.cause}"

    @property
    def is_read(self) -> bool:
        return self.read_at is not None


_UNREAD = Statement(
    lambda user_id: (
        Notice.objects.unread()
        .filter(user_id=user_id)
        .values("user_id")
        .annotate(count=models.Count("pk"))
        .values_list("count", flat=True)
    )
)
