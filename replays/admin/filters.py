"""Filters of the list of replays in the administration, beside those of columns."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from replays.models import Replay
from replays.selectors.lists import teacher_choices


class TeacherFilter(admin.SimpleListFilter):
    """Those who taught a replay: the filter of the column would offer each student as well."""

    title = _("teacher")
    parameter_name = "teacher"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Replay]
    ) -> list[tuple[str, str]]:
        return teacher_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Replay]) -> QuerySet[Replay]:
        username = self.value()
        return queryset.filter(teacher__username=username) if username else queryset


class BinFilter(admin.SimpleListFilter):
    title = _("trash")
    parameter_name = "bin"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Replay]
    ) -> list[tuple[str, str]]:
        return [
            ("no", gettext("not in the trash")),
            ("yes", gettext("in the trash")),
            ("resisting", gettext("the cloud has not deleted it yet")),
            ("gone", gettext("deleted in the cloud")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Replay]) -> QuerySet[Replay]:
        is_in = Q(deleted_at__isnull=False, purged_at=None)
        wanted = {
            "no": Q(deleted_at=None),
            "yes": is_in & Q(purge__has_begun=False),
            "resisting": is_in & Q(purge__has_begun=True),
            "gone": Q(purged_at__isnull=False),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))
