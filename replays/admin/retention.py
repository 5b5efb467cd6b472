from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Q
from django.forms import ModelChoiceField
from django.http import HttpRequest

from edu_platform.lib.admin_base import PlatformAdmin
from replays.models import Retention
from schedule.models import ClassGroup


@admin.register(Retention)
class RetentionAdmin(PlatformAdmin[Retention]):
    """Without an entry, a class group's replays are kept until somebody deletes them."""

    list_display = ("class_group", "days")
    search_fields = ("class_group__name",)
    list_select_related = ("class_group",)
    ordering = ("class_group__name_key", "pk")
    list_per_page = 50

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the class groups of this year, and those that have an entry."""
        offered = Q(archived_at=None) | Q(replay_retention__isnull=False)
        kwargs["queryset"] = ClassGroup.objects.filter(offered).order_by("name_key", "pk")
        field: ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return field
