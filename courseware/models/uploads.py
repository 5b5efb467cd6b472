"""Resumable uploads."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import make_code
from courseware.models.files import Courseware
from edu_platform.lib.leases import Leased, LeasedQuerySet


class UploadQuerySet(LeasedQuerySet["Upload"]):
    def open(self, *, at: dt.datetime) -> UploadQuerySet:
        """Neither finished nor expired."""
        return self.filter(courseware=None, expires_at__gt=at)


class Upload(Leased):
    """A resumable upload: received parts are on the storage.

    Its length counts against the quota from the beginning. It lives until `expires_at`, which each
    part moves on. Who writes now holds a lease: two writers would tear the file.
    """

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="uploads",
        verbose_name=_("owner"),
    )
    filename = models.CharField(_("file name"), max_length=200)
    suffix = models.CharField(_("ending"), max_length=8)
    length_bytes = models.BigIntegerField(_("bytes"))
    offset_bytes = models.BigIntegerField(_("bytes so far"), default=0)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    # What it became, when all has come.
    courseware = models.OneToOneField(
        Courseware,
        models.CASCADE,
        related_name="upload",
        null=True,
        blank=True,
        verbose_name=_("courseware"),
    )

    # The courseware of which it is to be a newer version.
    replaces = models.ForeignKey(
        Courseware,
        models.CASCADE,
        related_name="replacing_uploads",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("replaces"),
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        constraints = [
            models.CheckConstraint(
                condition=Q(offset_bytes__gte=0, offset_bytes__lte=F("length_bytes")),
                name="courseware_upload_offset_inside",
            ),
            models.CheckConstraint(
                condition=Q(length_bytes__gt=0), name="courseware_upload_not_empty"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="courseware_upload_expiry")]

    def __str__(self) -> str:
        return f"{self.filename} {self.code}"

    def is_open(self, *, at: dt.datetime) -> bool:
        return not self.is_finished and self.expires_at > at

    @property
    def is_finished(self) -> bool:
        return self.courseware_id is not None


class UploadPart(models.Model):
    """One range of an upload, as one request brought it."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts")
    offset_bytes = models.BigIntegerField()
    size_bytes = models.BigIntegerField()
    # The name on the storage.
    name = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("part of an upload")
        verbose_name_plural = _("parts of uploads")
        constraints = [
            models.UniqueConstraint(
                fields=["upload", "offset_bytes"], name="courseware_uploadpart_offset_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.offset_bytes}"
