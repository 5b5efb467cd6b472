from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.readonly_admin import ReadOnly
from edu_platform.models import Backup


@admin.register(Backup)
class BackupAdmin(ReadOnly, PlatformAdmin[Backup]):
    """The backups that were finished, also those whose folders have been removed since."""

    list_display = ("ended_at", "began_at", "size", "folder")
    ordering = ("-ended_at", "-pk")
    fields = ("began_at", "ended_at", "size", "folder")
    readonly_fields = ("size",)

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, backup: Backup) -> str:
        return megabytes_text(backup.size_bytes)
