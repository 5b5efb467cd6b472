from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.formatting import listed
from edu_platform.lib.readonly_admin import ReadOnly
from schedule.models import Room
from schedule.rooms.refusals import labels_of
from schedule.rooms.troubles import troubled_rooms


class TroubleFilter(admin.SimpleListFilter):
    """Those that somebody has to look after; the start pages count them."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            ("failing", gettext("to come, and not made or changed in the cloud")),
            ("account", gettext("to come, and the account is used up")),
            ("unrecorded", gettext("to come, and recording refused")),
            ("incomplete", gettext("to come, and a part of a change refused")),
            ("unsignalled", gettext("to come, and signalling recording refused")),
            ("silent", gettext("the cloud does not tell of it")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        troubled = troubled_rooms(self.value() or "", at=timezone.now())
        return queryset if troubled is None else queryset.filter(pk__in=troubled.values("pk"))


@admin.register(Room)
class RoomAdmin(ReadOnly, PlatformAdmin[Room]):
    """The cloud's rooms as the workers know them; read-only."""

    list_display = (
        "room_id",
        "lesson",
        "generation",
        "reason",
        "is_current",
        "cloud_status",
        "last_error",
    )
    list_filter = (TroubleFilter, "cloud_status", "is_current", "reason", "must_change_in_cloud")
    list_select_related = ("lesson",)
    search_fields = ("=room_id", "lesson__title", "=lesson__code")
    ordering = ("-pk",)
    list_per_page = 50
    fields = (
        "room_id",
        "lesson",
        "generation",
        "reason",
        "is_current",
        "cloud_status",
        "real_started_at",
        "real_ended_at",
        "asked_at",
        "source",
        "gone_at",
        "unanswered_since",
        "refused_name",
        "signalling_refused",
        "left_out",
        "must_change_in_cloud",
        "must_leave_cloud",
        "tries",
        "failed_at",
        "last_error",
        "next_try",
    )
    readonly_fields = ("left_out", "unanswered_since", "tries", "next_try")

    @admin.display(description=_("no answer since"))
    def unanswered_since(self, room: Room) -> dt.datetime | str:
        return room.unanswered_since or self.get_empty_value_display()

    @admin.display(description=_("refused parts"))
    def left_out(self, room: Room) -> str:
        return listed(labels_of(room.left_out_fields)) or self.get_empty_value_display()

    @admin.display(description=_("tries"))
    def tries(self, room: Room) -> int:
        return room.attempts

    @admin.display(description=_("next try"))
    def next_try(self, room: Room) -> dt.datetime | str:
        return room.due_at or self.get_empty_value_display()
