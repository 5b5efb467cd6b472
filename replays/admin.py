"""Where each recording is, and why, for those who look after the platform."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from replays.models import Replay, ReplayFile


class ReadOnly:
    """Written by the workers alone; people look."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReplayFileInline(ReadOnly, admin.TabularInline[ReplayFile, Replay]):
    model = ReplayFile
    # The address is open to whoever has it, so its host has to do.
    fields = (
        "number",
        "host",
        "video_id",
        "file_format",
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
        return urlsplit(file.url).netloc.rpartition("@")[2]


@admin.register(Replay)
class ReplayAdmin(ReadOnly, admin.ModelAdmin[Replay]):
    list_display = (
        "title",
        "room_number",
        "state",
        "reason",
        "state_since",
        "next_ask_at",
        "file_count",
    )
    list_filter = ("state", "reason")
    search_fields = ("title", "=room_number", "=code")
    # What happened last comes first; what is still to come was planned long ago.
    ordering = ("-state_since", "-pk")
    list_per_page = 50
    inlines = (ReplayFileInline,)
    fields = (
        "title",
        "code",
        "lesson",
        "room",
        "room_number",
        "room_type",
        "teacher",
        "planned_start",
        "planned_end",
        "made_at",
        "state",
        "reason",
        "state_since",
        "found_at",
        "found_by",
        "asked_at",
        "asks",
        "next_ask_at",
        "unanswered_since",
        "last_error",
        "views",
        "downloads",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replay]:
        present = Count("files", filter=Q(files__gone_at=None))
        return super().get_queryset(request).annotate(present_files=present)

    @admin.display(description=_("files"))
    def file_count(self, replay: Replay) -> int:
        count: int = replay.present_files  # type: ignore[attr-defined] # counted by the query
        return count
