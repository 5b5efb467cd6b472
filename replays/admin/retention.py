from __future__ import annotations

from django.contrib import admin

from edu_platform.lib.admin_base import PlatformAdmin
from replays.models import Retention


@admin.register(Retention)
class RetentionAdmin(PlatformAdmin[Retention]):
    """Without an entry, a class group's replays are kept until somebody deletes them."""

    list_display = ("class_group", "days")
    search_fields = ("class_group__name",)
    autocomplete_fields = ("class_group",)
    list_select_related = ("class_group",)
    ordering = ("class_group__name_key", "pk")
    list_per_page = 50
