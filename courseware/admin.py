"""Courseware and uploads in the administration: their state and why."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courseware.models import Binding, Courseware, CoursewareQuerySet, Upload
from courseware.services import transcoding
from courseware.services.readiness import needed_soon
from courseware.services.transcoding import NotFailed, NothingToTranscode
from edu_platform.lib.admin_base import PlatformAdmin, PlatformInline
from edu_platform.lib.formatting import size_text
from edu_platform.lib.readonly_admin import ReadOnly

FINISHED, OPEN, ABANDONED = "finished", "open", "abandoned"
UPLOAD_STATES = {
    FINISHED: _("Finished"),
    OPEN: _("Not finished yet"),
    ABANDONED: _("Abandoned; it is cleared away soon"),
}


class BindingInline(ReadOnly, PlatformInline[Binding, Courseware]):
    model = Binding
    fk_name = "courseware"
    fields = (
        "lesson",
        "position",
        "is_shown_at_once",
        "release",
        "bound_room",
        "trouble",
        "due_at",
        "attempts",
        "last_error",
    )
    ordering = ("-lesson__starts_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Binding]:
        return super().get_queryset(request).select_related("lesson", "bound_room")


class NeededFilter(admin.SimpleListFilter):
    """A filter for what somebody has to look after before class; the school's day counts it."""

    title = _("needed soon")
    parameter_name = "needed"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("soon", gettext("not ready, and in lessons within a day"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Courseware]
    ) -> QuerySet[Courseware]:
        if self.value() != "soon":
            return queryset
        return queryset.filter(pk__in=needed_soon(timezone.now()).values("pk"))


class StuckFilter(admin.SimpleListFilter):
    """A filter for what took too long and is still tried; the start pages count it."""

    title = _("stuck")
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", gettext("too long on its way, and still tried"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Courseware]
    ) -> QuerySet[Courseware]:
        is_asked = self.value() == "yes"
        return queryset.filter(pk__in=transcoding.stuck().values("pk")) if is_asked else queryset


@admin.register(Courseware)
class CoursewareAdmin(ReadOnly, PlatformAdmin[Courseware]):
    """No page shows an address of the cloud or of ours that opens a file to anybody who has it."""

    list_display = (
        "name",
        "owner",
        "size",
        "state",
        "percent",
        "failure",
        "state_since",
        "due_at",
        "uploaded_at",
    )
    list_filter = (
        NeededFilter,
        StuckFilter,
        "state",
        "failure",
        "kind",
        "is_public",
        "transcode_type",
        "uploaded_at",
        ("version_of", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "=code", "=document_id", "owner__username", "owner__display_name")
    ordering = ("-uploaded_at", "-pk")
    list_select_related = ("owner",)
    list_per_page = 50
    actions = ("ask_again", "transcode_again")
    inlines = (BindingInline,)
    fields = (
        "name",
        "code",
        "owner",
        "is_public",
        "tags",
        "kind",
        "suffix",
        "size",
        "filename",
        "uploaded_at",
        "uploaded_by",
        "version_of",
        "coming",
        "superseded_at",
        "transcode_type",
        "document_id",
        "state",
        "state_since",
        "percent",
        "failure",
        "cloud_reason",
        "pages",
        "submitted_at",
        "call_number",
        "asked_at",
        "asked_because",
        "due_at",
        "unreachable_since",
        "last_error",
        "deleted_at",
    )
    readonly_fields = ("size",)

    def has_run_permission(self, request: HttpRequest) -> bool:
        return super(ReadOnly, self).has_change_permission(request)

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, courseware: Courseware) -> str:
        return size_text(courseware.size_bytes)

    @admin.action(description=_("Ask again"), permissions=["run"])
    def ask_again(self, request: HttpRequest, queryset: CoursewareQuerySet) -> None:
        count = transcoding.ask_again(queryset, at=timezone.now())
        text = ngettext(
            "The cloud is asked about %(count)s file.",
            "The cloud is asked about %(count)s files.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Transcode again"), permissions=["run"])
    def transcode_again(self, request: HttpRequest, queryset: CoursewareQuerySet) -> None:
        at, begun, on_way, left = timezone.now(), 0, 0, 0
        for courseware in queryset:
            try:
                transcoding.transcode_again(courseware, at=at)
                begun += 1
            except NotFailed:
                on_way += 1
            except NothingToTranscode:
                left += 1
        text = ngettext(
            "%(count)s file is submitted to the cloud again.",
            "%(count)s files are submitted to the cloud again.",
            begun,
        )
        if begun:
            self.message_user(request, text % {"count": begun}, messages.SUCCESS)
        if on_way:
            text = ngettext(
                "%(count)s file was left as it is: it is on its way to the cloud, or being deleted.",
                "%(count)s files were left as they are: they are on their way to the cloud, or being deleted.",
                on_way,
            )
            self.message_user(request, text % {"count": on_way}, messages.WARNING)
        if left:
            text = ngettext(
                "%(count)s file was left as it is: it is shown without transcoding, and it is ready.",
                "%(count)s files were left as they are: they are shown without transcoding, and they are ready.",
                left,
            )
            self.message_user(request, text % {"count": left}, messages.WARNING)


class UploadStateFilter(admin.SimpleListFilter):
    """Finished, open or abandoned."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(state, str(words)) for state, words in UPLOAD_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> QuerySet[Upload]:
        is_over = Q(expires_at__lte=timezone.now())
        chosen = {
            FINISHED: Q(courseware__isnull=False),
            OPEN: Q(courseware=None) & ~is_over,
            ABANDONED: Q(courseware=None) & is_over,
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


@admin.register(Upload)
class UploadAdmin(ReadOnly, PlatformAdmin[Upload]):
    list_display = (
        "filename",
        "state",
        "owner",
        "received",
        "size",
        "created_at",
        "expires_at",
        "courseware",
    )
    list_filter = (UploadStateFilter, "created_at", "expires_at")
    search_fields = ("filename", "=code", "owner__username", "owner__display_name")
    ordering = ("-created_at", "-pk")
    list_select_related = ("owner", "courseware")
    list_per_page = 50
    fields = (
        "filename",
        "state",
        "code",
        "owner",
        "suffix",
        "size",
        "received",
        "created_at",
        "expires_at",
        "replaces",
        "courseware",
    )
    readonly_fields = ("state", "size", "received")

    @admin.display(description=_("size"), ordering="length_bytes")
    def size(self, upload: Upload) -> str:
        return size_text(upload.length_bytes)

    @admin.display(description=_("received so far"), ordering="offset_bytes")
    def received(self, upload: Upload) -> str:
        return size_text(upload.offset_bytes)

    @admin.display(description=_("state"))
    def state(self, upload: Upload) -> Promise:
        if upload.is_finished:
            return UPLOAD_STATES[FINISHED]
        return UPLOAD_STATES[OPEN if upload.is_open(at=timezone.now()) else ABANDONED]
