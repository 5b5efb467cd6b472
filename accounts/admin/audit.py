from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit_words import details_in_words
from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.readonly_admin import ReadOnly

EVERYTHING = "all"
# Sign-ins are most of what is in the log, and hide the rest of it.
BUT_SIGN_INS = [kind for kind in AuditKind if kind is not AuditKind.SIGNED_IN]


class EventFilter(admin.SimpleListFilter):
    """Leaves sign-ins out, unless somebody asks for them: here, or by how people signed in."""

    title = _("event")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        kinds = [(kind.value, str(kind.label)) for kind in AuditKind]
        return [(EVERYTHING, gettext("All, with sign-ins")), *kinds]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        all_of_them, *others = super().choices(changelist)
        yield {**all_of_them, "display": gettext("All but sign-ins")}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry]:
        kind = self.value()
        if kind in AuditKind.values:
            return queryset.filter(kind=kind)
        if kind == EVERYTHING or any(name.startswith("method") for name in request.GET):
            return queryset
        return queryset.filter(kind__in=BUT_SIGN_INS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, PlatformAdmin[AuditEntry]):
    """The audit log: administrators read in it who did what, and can change nothing of it."""

    # What happened stands before how somebody came in: on narrow screens the last column is out of sight.
    list_display = ("at", "kind", "person", "actor", "what", "way")
    list_filter = (EventFilter, "method")
    list_select_related = ("person", "actor")
    date_hierarchy = "at"
    # That there is a search; what it finds is below.
    search_fields = ("person__username", "actor__username")
    search_help_text = _("Part of a username or a name, of who did it or whose account it is about")
    ordering = ("-at", "-pk")
    # Counting all entries takes as long as showing a page.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = ("at", "kind", "person", "actor", "method", "address", "object_text", "told")
    readonly_fields = ("told",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """By people, who are found first: a join would look through the whole log."""
        if not search_term:
            return queryset, False
        named = Q(username__icontains=search_term) | Q(display_name__icontains=search_term)
        people = User.objects.filter(named).values("pk")
        return queryset.filter(Q(person__in=people) | Q(actor__in=people)), False

    @admin.display(description=_("details"))
    def what(self, entry: AuditEntry) -> str:
        row = entry.object_text if entry.person is None else ""  # the person's column names them
        told = [row, details_in_words(entry)]
        return " · ".join(filter(None, told)) or "–"

    @admin.display(description=_("sign-in by"))
    def way(self, entry: AuditEntry) -> str:
        told = [entry.get_method_display() if entry.method else "", entry.address or ""]
        return " ".join(filter(None, told)) or "–"

    @admin.display(description=_("details"))
    def told(self, entry: AuditEntry) -> str:
        return details_in_words(entry) or "–"
