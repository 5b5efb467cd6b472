"""The inbox of the cloud's callbacks, for looking and for running events again."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from classroom.enums import EventState
from classroom.envelope import INT64_DIGITS
from classroom.models import HAS_FAILED, CallbackEvent, CallbackEventQuerySet
from classroom.selectors import UNTAKEN_AFTER, untaken_callbacks
from classroom.services.inbox import run_again
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.database import INT64
from edu_platform.lib.readonly_admin import ReadOnly

LINE_BREAK = SafeString(" <br>")
ADDRESS = re.compile(r'(https?://[^/"\s]*/)[^"\s]+')


class TroubleFilter(admin.SimpleListFilter):
    """Events that an administrator has to look at; the start pages count them."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [
            ("failed", gettext("failed or given up")),
            ("untaken", gettext("no worker takes it up")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[CallbackEvent]
    ) -> QuerySet[CallbackEvent]:
        match self.value():
            case "failed":
                return queryset.filter(HAS_FAILED)
            case "untaken":
                untaken = untaken_callbacks(timezone.now() - UNTAKEN_AFTER)
                return queryset.filter(pk__in=untaken.values("pk"))
            case _:
                return queryset


@admin.register(CallbackEvent)
class CallbackEventAdmin(ReadOnly, PlatformAdmin[CallbackEvent]):
    """Written by the cloud and the workers alone; people look, and may have an event run again."""

    list_display = ("received", "event_type", "about", "became", "trouble")
    list_filter = (TroubleFilter, "state", "outcome", "kind", "received_at")
    search_fields = ("room_id", "document_id", "event_type")
    ordering = ("-pk",)
    actions = ("run_again",)
    list_per_page = 50
    show_full_result_count = False
    fields = (
        "event_type",
        "kind",
        "room_id",
        "document_id",
        "state",
        "outcome",
        "received_at",
        "told_at",
        "begun_at",
        "attempts",
        "due_at",
        "leased_until",
        "closed_at",
        "last_error",
        "readable_data",
    )
    readonly_fields = ("told_at", "readable_data")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.run_one_again)
        name = "classroom_callbackevent_run_again"
        return [path("<int:event_id>/run-again/", view, name=name), *super().get_urls()]

    def has_run_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> CallbackEventQuerySet:
        # A page of the list would otherwise fetch megabytes that it does not show.
        return CallbackEvent.objects.defer("data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CallbackEvent], search_term: str
    ) -> tuple[QuerySet[CallbackEvent], bool]:
        """Digits mean a room and find it by its index; anything else a document, or a part of the type."""
        term = search_term.strip()
        if term.isascii() and term.isdigit():
            number = int(term) if len(term) <= INT64_DIGITS else INT64.stop
            return (queryset.filter(room_id=number) if number in INT64 else queryset.none()), False
        is_found = Q(document_id=term) | Q(event_type__icontains=term)
        return (queryset.filter(is_found) if term else queryset), False

    @admin.display(description=_("time told by the cloud"))
    def told_at(self, event: CallbackEvent) -> str:
        try:
            told_at = dt.datetime.fromtimestamp(event.timestamp_s, tz=dt.UTC)
            return localize(timezone.localtime(told_at))
        except (OverflowError, OSError, ValueError):
            return str(event.timestamp_s)

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, event: CallbackEvent) -> str:
        """To the second: the events of one class come close together."""
        return f"{timezone.localtime(event.received_at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("about"), ordering="room_id")
    def about(self, event: CallbackEvent) -> str:
        return str(event.room_id or event.document_id or self.get_empty_value_display())

    @admin.display(description=_("state"), ordering="state")
    def became(self, event: CallbackEvent) -> str:
        words = [event.get_state_display(), event.get_outcome_display()]
        return " · ".join(filter(None, words))

    @admin.display(description=_("trouble"))
    def trouble(self, event: CallbackEvent) -> SafeString | str:
        """Return what went wrong, how often, and when it is tried again."""
        if not event.last_error:
            return self.get_empty_value_display()
        tries = ngettext("%(count)s try", "%(count)s tries", event.attempts)
        words = [tries % {"count": event.attempts}]
        if event.state == EventState.WAITING and event.due_at is not None:
            again = f"{timezone.localtime(event.due_at):%Y-%m-%d %H:%M:%S}"
            words.append(gettext("again at %(time)s") % {"time": again})
        told = ((" · ".join(words),), (event.last_error,))
        return format_html_join(LINE_BREAK, "{}", told)

    @admin.display(description=_("data"))
    def readable_data(self, event: CallbackEvent) -> SafeString:
        return format_html("<pre>{}</pre>", _readable(event.data))

    @admin.action(description=_("Run again"), permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: CallbackEventQuerySet) -> None:
        count = run_again(queryset, at=timezone.now())
        text = ngettext(
            "A worker takes up %(count)s event again.",
            "A worker takes up %(count)s events again.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        own = {"may_run": self.has_run_permission(request)}
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def run_one_again(self, request: HttpRequest, event_id: int) -> HttpResponse:
        if not self.has_run_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        event = get_object_or_404(CallbackEvent.objects.defer("data"), pk=event_id)
        if run_again(CallbackEvent.objects.filter(pk=event.pk), at=timezone.now()):
            text, level = gettext("A worker takes this event up again."), messages.SUCCESS
        else:
            text, level = gettext("A worker is handling this event just now."), messages.WARNING
        self.message_user(request, text, level)
        return redirect("admin:classroom_callbackevent_change", event.pk)


def _readable(data: str) -> str:
    """The data with its lines and its letters; what no page can hold stays escaped.

    Addresses are reduced to their host: anyone with a recording's address can open it.
    """
    text = json.dumps(json.loads(data), ensure_ascii=False, indent=2)
    text = ADDRESS.sub(r"\1…", text)
    return text.encode("utf-8", "backslashreplace").decode()
