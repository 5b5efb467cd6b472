from __future__ import annotations

import datetime as dt

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import signed_in
from edu_platform.lib.admin_base import PlatformAdmin, PlatformInline
from edu_platform.lib.formatting import NOTHING, size_text
from edu_platform.lib.hosts import host_of
from edu_platform.lib.readonly_admin import ReadOnly
from replays import wording
from replays.export_work import answer_export
from replays.exports import (
    TooManyExports,
    TooManyRows,
    too_many_exports_text,
    too_many_text,
)
from replays.models import Replay, ReplayEvent, ReplayFile, ReplayPurge
from replays.search.filters import RESISTING_AFTER
from replays.search.search_box import matching
from replays.selectors.list_offers import teacher_choices
from replays.services.refresh import ASKED_AT_ONCE, ask_several
from replays.services.trash import (
    IN_TRASH_FOR,
    TRASHED_AT_ONCE,
    NothingToDelete,
    restore_replays,
    trash_replays,
)
from replays.wording.history import event_text, state_text
from replays.wording.trash import at_most_text, nothing_to_delete_text, trashed_text


class ReplayFileInline(ReadOnly, PlatformInline[ReplayFile, Replay]):
    model = ReplayFile
    # Anyone with the address can open it, so only its host is shown.
    fields = (
        "number",
        "host",
        "video_id",
        "file_format",
        "stream_of",
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
        return host_of(file.url)


class StepInline(ReadOnly, PlatformInline[ReplayEvent, Replay]):
    """All events; the replay's page shows fewer."""

    model = ReplayEvent
    fields = ("noted", "said", "source", "person")
    readonly_fields = ("noted", "said")
    ordering = ("at", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReplayEvent]:
        return super().get_queryset(request).select_related("person")

    @admin.display(description=_("at"))
    def noted(self, event: ReplayEvent) -> str:
        """To the second: events of one answer come close together."""
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("step"))
    def said(self, event: ReplayEvent) -> str:
        return event_text(event) or state_text(event.detail) or str(event)


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
            ("overdue", gettext("the cloud has not deleted it for a day")),
            ("gone", gettext("deleted in the cloud")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Replay]) -> QuerySet[Replay]:
        is_in = Q(deleted_at__isnull=False, purged_at=None)
        wanted = {
            "no": Q(deleted_at=None),
            "yes": is_in & Q(purge__has_begun=False),
            "resisting": is_in & Q(purge__has_begun=True),
            "overdue": Q(purge__in=ReplayPurge.objects.resisting(timezone.now() - RESISTING_AFTER)),
            "gone": Q(purged_at__isnull=False),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(Replay)
class ReplayAdmin(ReadOnly, PlatformAdmin[Replay]):
    """No page shows an address of the cloud."""

    list_display = (
        "title",
        "planned_start",
        "room_number",
        "teacher",
        "state",
        "reason",
        "due_at",
        "purge_at",
        "file_count",
        "size",
    )
    list_filter = ("state", "reason", BinFilter, "listed_at", TeacherFilter)
    # That there is a search; what it finds is below.
    search_fields = ("title", "=room_number", "=code")
    search_help_text = _("Part of a title, a room number, or a code")
    list_select_related = ("teacher", "purge")
    # The latest change first; upcoming classes were planned long ago.
    ordering = ("-state_since", "-pk")
    list_per_page = 50
    show_full_result_count = False
    actions = ("ask_now", "move_to_trash", "bring_back", "export_xlsx", "export_csv")
    inlines = (ReplayFileInline, StepInline)
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
        "size",
        "state",
        "reason",
        "state_since",
        "found_at",
        "found_by",
        "asked_at",
        "asks",
        "due_at",
        "unreachable_since",
        "last_error",
        "deleted_at",
        "deleted_by",
        "purge_at",
        "purge_tries",
        "purge_error",
        "purged_at",
        "views",
        "downloads",
    )
    readonly_fields = ("size", "purge_at", "purge_tries", "purge_error")

    def has_run_permission(self, request: HttpRequest) -> bool:
        return super(ReadOnly, self).has_change_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replay]:
        # Counted for the rows of the page alone; a join would count the files of all replays.
        present = ReplayFile.objects.filter(replay=OuterRef("pk"), gone_at=None).order_by()
        count = Subquery(present.values("replay").annotate(count=Count("pk")).values("count"))
        return super().get_queryset(request).annotate(present_files=Coalesce(count, 0))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Replay], search_term: str
    ) -> tuple[QuerySet[Replay], bool]:
        """By the index that the list of replays has for titles: a plain search reads all of them."""
        text = " ".join(search_term.split())
        return (queryset.filter(matching(text) | Q(code=text)) if text else queryset), False

    @admin.display(description=_("files"))
    def file_count(self, replay: Replay) -> int:
        count: int = replay.present_files  # type: ignore[attr-defined] # counted by the query
        return count

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, replay: Replay) -> str:
        return NOTHING if replay.size_bytes is None else size_text(replay.size_bytes)

    @admin.display(description=_("to be deleted in the cloud at"), ordering="purge__due_at")
    def purge_at(self, replay: Replay) -> dt.datetime | str:
        due_at = replay.planned_purge.due_at if replay.planned_purge else None
        # A page of one row takes no empty value from the decorator, unlike the list.
        return due_at or self.get_empty_value_display()

    @admin.display(description=_("tries to delete"))
    def purge_tries(self, replay: Replay) -> int:
        return replay.planned_purge.attempts if replay.planned_purge else 0

    @admin.display(description=_("why it was not deleted"))
    def purge_error(self, replay: Replay) -> str:
        why = replay.planned_purge.last_error if replay.planned_purge else ""
        return why or self.get_empty_value_display()

    @admin.action(description=_("Check now"), permissions=["run"])
    def ask_now(self, request: HttpRequest, queryset: QuerySet[Replay]) -> None:
        """Within the time that a person waits; answers are summed up by kind."""
        count = queryset.count()
        asked = queryset.defer("title_folded", "title_grams")[:ASKED_AT_ONCE]
        answers = ask_several(asked, person=signed_in(request))
        for kind, told in wording.answer_counts(answers).items():
            self.message_user(request, told, wording.answer_level(kind))
        if left := count - len(answers):
            self.message_user(request, wording.left_text(answers, left), messages.WARNING)

    @admin.action(description=_("Move to trash"), permissions=["run"])
    def move_to_trash(self, request: HttpRequest, queryset: QuerySet[Replay]) -> None:
        chosen = list(queryset[: TRASHED_AT_ONCE + 1])
        if len(chosen) > TRASHED_AT_ONCE:
            self.message_user(request, at_most_text(TRASHED_AT_ONCE), messages.ERROR)
            return
        try:
            count = trash_replays(chosen, person=signed_in(request), at=timezone.now())
        except NothingToDelete as err:
            self.message_user(request, nothing_to_delete_text(err.replay), messages.ERROR)
            return
        level = messages.SUCCESS if count else messages.INFO
        self.message_user(request, trashed_text(count, days=IN_TRASH_FOR.days), level)

    @admin.action(description=_("Restore from the trash"), permissions=["run"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Replay]) -> None:
        """Restore the replays that can be; those that the cloud was told to delete do not keep the others."""
        in_trash = queryset.filter(deleted_at__isnull=False)
        count = in_trash.count()
        elsewhere, left = queryset.count() - count, max(count - TRASHED_AT_ONCE, 0)
        chosen = list(in_trash.defer("title_folded", "title_grams")[:TRASHED_AT_ONCE])
        restored = restore_replays(chosen, person=signed_in(request), at=timezone.now())
        text = ngettext(
            "%(count)s replay was restored.",
            "%(count)s replays were restored.",
            restored.count,
        )
        self.message_user(request, text % {"count": restored.count}, messages.SUCCESS)
        if late := restored.too_late:
            text = ngettext(
                "%(count)s cannot be restored: it is being deleted in the cloud.",
                "%(count)s cannot be restored: they are being deleted in the cloud.",
                late,
            )
            self.message_user(request, text % {"count": late}, messages.WARNING)
        self._tell_what_stayed(request, elsewhere=elsewhere, left=left)

    def _tell_what_stayed(self, request: HttpRequest, *, elsewhere: int, left: int) -> None:
        """Report what was not in the trash, and what was too many at once."""
        if elsewhere:
            text = ngettext(
                "%(count)s was left out: it is not in the trash.",
                "%(count)s were left out: they are not in the trash.",
                elsewhere,
            )
            self.message_user(request, text % {"count": elsewhere}, messages.WARNING)
        if left:
            text = ngettext(
                "%(count)s is still in the trash: at most %(most)s are restored at once.",
                "%(count)s are still in the trash: at most %(most)s are restored at once.",
                left,
            )
            words = {"count": left, "most": TRASHED_AT_ONCE}
            self.message_user(request, text % words, messages.WARNING)

    @admin.action(description=_("Export as XLSX"), permissions=["run"])
    def export_xlsx(
        self, request: HttpRequest, queryset: QuerySet[Replay]
    ) -> HttpResponseBase | None:
        """All selected rows, also on other pages."""
        return self._export(request, queryset, is_csv=False)

    @admin.action(description=_("Export as CSV"), permissions=["run"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[Replay]
    ) -> HttpResponseBase | None:
        return self._export(request, queryset, is_csv=True)

    def _export(
        self, request: HttpRequest, queryset: QuerySet[Replay], *, is_csv: bool
    ) -> HttpResponseBase | None:
        try:
            return answer_export(request, queryset, is_csv=is_csv, at=timezone.now())
        except TooManyRows as err:
            self.message_user(request, too_many_text(err.count), messages.ERROR)
        except TooManyExports:
            self.message_user(request, too_many_exports_text(), messages.ERROR)
        return None
