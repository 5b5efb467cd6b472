"""Facts about the installation for operators: whether its clock runs, and when it was last backed up."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

FOLDER_CHARS = 1024


class Heartbeat(models.Model):
    """The time when a worker last did a task that beat had sent: there is one row, once both have run."""

    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.beaten_at:%Y-%m-%d %H:%M:%S}"


class Backup(models.Model):
    """A backup that was finished."""

    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"))
    folder = models.CharField(_("folder"), max_length=FOLDER_CHARS)
    size_bytes = models.BigIntegerField(_("size"))

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.folder} {self.ended_at:%Y-%m-%d %H:%M}"
