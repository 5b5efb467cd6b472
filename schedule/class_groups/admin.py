"""Class groups in the administration: addresses of before, and a search for fields that name one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from edu_platform.lib.moved_admin import MovedAdmin
from schedule.models import ClassGroup


class ClassGroupAdmin(MovedAdmin[ClassGroup]):
    """Class groups have pages of their own; fields of the administration still find them by name."""

    list_page, new_page = "class_groups:class_groups", "class_groups:new"
    search_fields = ("name", "grade")
    ordering = ("name_key", "pk")

    def page_of(self, row: ClassGroup) -> str:
        return reverse("class_groups:class_group", args=[row.code])

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClassGroup], search_term: str
    ) -> tuple[QuerySet[ClassGroup], bool]:
        """Leave out last year's class groups where one is chosen."""
        class_groups, may_repeat = super().get_search_results(request, queryset, search_term)
        if "field_name" in request.GET:
            class_groups = class_groups.filter(archived_at=None)
        return class_groups, may_repeat
