"""The filter of the administration's list of lessons for those that are not in order."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from schedule.models import Lesson
from schedule.not_in_order.unready_lessons import DRAFTS_BEFORE, drafts_between
from schedule.terms.conflict_list import TOLD_BEFORE, lessons_without_teacher


class TroubleFilter(admin.SimpleListFilter):
    """Those that somebody has to look after; the start pages count them."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        draft = gettext("a draft, within %(days)s days")
        without_teacher = gettext("without a teacher, within %(days)s days")
        return [
            ("draft", draft % {"days": DRAFTS_BEFORE.days}),
            ("without-teacher", without_teacher % {"days": TOLD_BEFORE.days}),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> QuerySet[Lesson]:
        at = timezone.now()
        match self.value():
            case "draft":
                found = drafts_between(at, at + DRAFTS_BEFORE)
            case "without-teacher":
                found = lessons_without_teacher(at, at + TOLD_BEFORE)
            case _:
                return queryset
        return queryset.filter(pk__in=found.values("pk"))
