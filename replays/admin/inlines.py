"""Files and history on a replay's page in the administration."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.admin_base import PlatformInline
from edu_platform.lib.hosts import host_of
from edu_platform.lib.readonly_admin import ReadOnly
from replays.models import Replay, ReplayEvent, ReplayFile
from replays.wording.history import event_text, state_text


class ReplayFileInline(ReadOnly, PlatformInline[ReplayFile, Replay]):
    model = ReplayFile
    # Anyone with the address can open it, so only its host is shown.
    fields = (
        "number",
        "host",
        "video_id",
        "file_format",
        "stream_of",
        "started_at",
        "stopped_at",
        "duration_s",
        "size_bytes",
        "source",
        "first_seen_at",
        "missing_since",
        "gone_at",
    )
    readonly_fields = ("host",)
    ordering = ("number",)

    @admin.display(description=_("host"))
    def host(self, file: ReplayFile) -> str:
        return host_of(file.url)


class StepInline(ReadOnly, PlatformInline[ReplayEvent, Replay]):
    """All events; the replay's page shows fewer."""

    model = ReplayEvent
    fields = ("noted", "said", "source", "person")
    readonly_fields = ("noted", "said")
    ordering = ("at", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReplayEvent]:
        return super().get_queryset(request).select_related("person")

    @admin.display(description=_("at"))
    def noted(self, event: ReplayEvent) -> str:
        """To the second: events of one answer come close together."""
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("step"))
    def said(self, event: ReplayEvent) -> str:
        return event_text(event) or state_text(event.detail) or str(event)
