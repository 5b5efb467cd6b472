from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ClassroomIdentity, ClassroomIdentityQuerySet
from accounts.services.profile_sync import try_again
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.readonly_admin import ReadOnly


class NicknameFilter(admin.SimpleListFilter):
    """Finds the people whose name the cloud refuses, who are in class under a neutral one."""

    title = _("nickname")
    parameter_name = "nickname"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("refused", gettext("refused by the cloud"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ClassroomIdentity]
    ) -> QuerySet[ClassroomIdentity]:
        return queryset.exclude(refused_nickname="") if self.value() == "refused" else queryset


@admin.register(ClassroomIdentity)
class ClassroomIdentityAdmin(ReadOnly, PlatformAdmin[ClassroomIdentity]):
    """Written by the workers alone; people look, and may ask for another try."""

    list_display = ("user", "state", "has_neutral_nickname", "sent_nickname", "reason")
    list_filter = ("state", NicknameFilter, "is_supervisor_in_cloud", "user__is_active")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name", "classroom_user_id")
    ordering = ("user__name_key", "user__username")
    actions = ("try_again",)
    # Shown by the names that other pages have for them.
    exclude = ("due_at", "unreachable_since", "last_error")
    readonly_fields = ("next_try", "no_answer_since", "error")
    list_per_page = 50

    def title_of(self, obj: ClassroomIdentity) -> str:
        return str(obj.user)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.display(description=_("neutral nickname"), boolean=True)
    def has_neutral_nickname(self, identity: ClassroomIdentity) -> bool:
        return bool(identity.refused_nickname)

    @admin.display(description=_("next try"))
    def next_try(self, identity: ClassroomIdentity) -> dt.datetime | str:
        return identity.due_at or self.get_empty_value_display()

    @admin.display(description=_("no answer since"))
    def no_answer_since(self, identity: ClassroomIdentity) -> dt.datetime | str:
        return identity.unreachable_since or self.get_empty_value_display()

    @admin.display(description=_("last error"))
    def error(self, identity: ClassroomIdentity) -> str:
        return identity.last_error or self.get_empty_value_display()

    @admin.action(description=_("Register or update now"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: ClassroomIdentityQuerySet) -> None:
        count = try_again(queryset)
        text = ngettext(
            "A worker takes care of %(count)s person now.",
            "A worker takes care of %(count)s people now.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
