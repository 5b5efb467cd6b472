"""Where each recording is, and why, for those who look after the platform."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from classroom.readonly import ReadOnly
from replays.models import Replay, ReplayFile


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
    show_full_result_count = False
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
        # Counted for the rows of the page alone; a join would count the files of all replays.
        present = ReplayFile.objects.filter(replay=OuterRef("pk"), gone_at=None).order_by()
        count = Subquery(present.values("replay").annotate(count=Count("pk")).values("count"))
        return super().get_queryset(request).annotate(present_files=Coalesce(count, 0))

    @admin.display(description=_("files"))
    def file_count(self, replay: Replay) -> int:
        count: int = replay.present_files  # type: ignore[attr-defined] # counted by the query
        return count
