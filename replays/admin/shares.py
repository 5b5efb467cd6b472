from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.readonly_admin import ReadOnly
from replays.enums import LinkState
from replays.models import Share, ShareQuerySet
from replays.services.shares import revoke_all


class ShareStateFilter(admin.SimpleListFilter):
    """As on the page of a replay, but without checking whether students may still share."""

    title = _("state")
    parameter_name = "link"
    of_students = "of_students"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Share]
    ) -> list[tuple[str, str]]:
        valid, *others = (
            (state.value, str(state.label))
            for state in LinkState
            if state is not LinkState.NOT_ALLOWED
        )
        return [valid, (self.of_students, gettext("Valid while its student may share")), *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Share]) -> QuerySet[Share]:
        wanted, at = self.value(), timezone.now()
        if wanted == self.of_students:
            links = Share.objects.valid(at=at).filter(made_as_student=True)
        elif wanted == LinkState.VALID:
            links = Share.objects.valid(at=at).filter(made_as_student=False)
        elif wanted in LinkState.values:
            links = Share.objects.in_state(LinkState(wanted), at=at)
        else:
            return queryset
        return queryset.filter(pk__in=links.values("pk"))


@admin.register(Share)
class ShareAdmin(ReadOnly, PlatformAdmin[Share]):
    """Links are made on a replay's page; their addresses are not stored."""

    list_display = (
        "replay",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
        "asks_for_password",
        "may_download",
        "views",
        "downloads",
        "last_used_at",
    )
    list_filter = (ShareStateFilter, "may_download", "made_as_student", "created_at")
    search_fields = (
        "replay__title",
        "=replay__code",
        "created_by__username",
        "created_by__display_name",
    )
    list_select_related = ("replay", "created_by")
    ordering = ("-created_at", "-pk")
    list_per_page = 50
    show_full_result_count = False
    actions = ("revoke",)
    fields = (*list_display, "made_as_student")
    readonly_fields = ("asks_for_password",)

    def title_of(self, obj: Share) -> str:
        return str(obj.replay)

    def has_run_permission(self, request: HttpRequest) -> bool:
        return super(ReadOnly, self).has_change_permission(request)

    @admin.display(description=_("asks for a password"), boolean=True)
    def asks_for_password(self, link: Share) -> bool:
        return link.has_password

    @admin.action(description=_("Revoke"), permissions=["run"])
    def revoke(self, request: HttpRequest, queryset: ShareQuerySet) -> None:
        count = revoke_all(queryset, at=timezone.now())
        if not count:
            text = gettext("Nothing was revoked: all of these links were revoked before.")
            self.message_user(request, text, messages.WARNING)
            return
        text = ngettext(
            "%(count)s link was revoked and no longer works.",
            "%(count)s links were revoked and no longer work.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
