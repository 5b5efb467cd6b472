"""The history of the timetable in the administration: looked at, searched and filtered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.readonly_admin import ReadOnly
from schedule.enums import ActionOrigin, ChangeKind
from schedule.history.reading import who_in_words, whole_kinds_in_words
from schedule.history.words import differences, lesson_text, period_text
from schedule.models import Lesson, LessonChange, PlanningAction


def _people_named(term: str) -> QuerySet[User, Any]:
    named = Q(username__icontains=term) | Q(display_name__icontains=term)
    return User.objects.filter(named).values("pk")


class KindFilter(admin.SimpleListFilter):
    """Filters by what happened, whatever else happened with it."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(kind.value, str(kind.label)) for kind in ChangeKind]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[LessonChange]
    ) -> QuerySet[LessonChange]:
        if self.value() not in ChangeKind.values:
            return queryset
        # Both databases write a list of words as JSON in the same way, and only one looks into it.
        written = queryset.annotate(kinds_text=Cast("kinds", TextField()))
        return written.filter(kinds_text__contains=f'"{self.value()}"')


@admin.register(LessonChange)
class LessonChangeAdmin(ReadOnly, PlatformAdmin[LessonChange]):
    """Lists what was done to each lesson."""

    list_display = ("moment", "lesson_link", "what", "why", "who")
    list_display_links = ("moment",)
    list_filter = (KindFilter, "action__origin")
    list_select_related = ("action__by", "lesson")
    date_hierarchy = "action__at"
    # That there is a search; what it finds is below.
    search_fields = ("lesson_code",)
    search_help_text = _(
        "Part of a title, of a course, or of the name of who teaches the lesson or changed it;"
        " or the lesson's code"
    )
    ordering = ("-pk",)
    # Counting all changes takes as long as showing a page.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = ("moment", "lesson_link", "lesson_code", "what", "why", "who", "is_told", "others")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LessonChange], search_term: str
    ) -> tuple[QuerySet[LessonChange], bool]:
        """By lessons and people, who are found first: a join would look through the whole history."""
        term = search_term.strip()
        if not term:
            return queryset, False
        people = _people_named(term)
        named = Q(title__icontains=term) | Q(course__name__icontains=term) | Q(teacher__in=people)
        return (
            queryset.filter(
                Q(lesson_code=term)
                | Q(action__code=term)
                | Q(lesson__in=Lesson.objects.filter(named).values("pk"))
                | Q(action__by__in=people)
            ),
            False,
        )

    @admin.display(description=_("time"))
    def moment(self, change: LessonChange) -> dt.datetime:
        return change.action.at

    @admin.display(description=_("lesson"))
    def lesson_link(self, change: LessonChange) -> SafeString | str:
        """As it is since the change, or as it was when it was deleted."""
        snapshot = change.became or change.was
        if snapshot is None:
            return change.lesson_code
        text = f"{lesson_text(snapshot)} {period_text(snapshot.starts_at, snapshot.ends_at)}"
        if change.lesson is None:
            return text
        address = reverse("schedule:lesson", args=[change.lesson_code])
        return format_html('<a href="{}">{}</a>', address, text)

    @admin.display(description=_("what"))
    def what(self, change: LessonChange) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((line,) for line in _lines_of(change)))

    @admin.display(description=_("why"))
    def why(self, change: LessonChange) -> str:
        return change.action.reason or NOTHING

    @admin.display(description=_("by"))
    def who(self, change: LessonChange) -> str:
        return _who(change.action)

    @admin.display(description=_("people are told"), boolean=True)
    def is_told(self, change: LessonChange) -> bool:
        return change.action.is_told

    @admin.display(description=_("done with it"))
    def others(self, change: LessonChange) -> SafeString:
        return _link_to_changes(change.action, change.action.changes.count())


@admin.register(PlanningAction)
class PlanningActionAdmin(ReadOnly, PlatformAdmin[PlanningAction]):
    """Lists what somebody did at once: to one lesson, or to a thousand."""

    list_display = ("at", "who", "reason", "is_told", "lessons", "undo")
    list_filter = ("origin", "is_told")
    list_select_related = ("by", "undone_by")
    date_hierarchy = "at"
    search_fields = ("reason",)  # and what is below
    search_help_text = _("Part of the reason, or of the name of who did it")
    ordering = ("-pk",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = ("at", "who", "reason", "is_told", "lessons", "undo")
    readonly_fields = ("who", "lessons", "undo")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanningAction]:
        of_action = LessonChange.objects.filter(action=OuterRef("pk")).order_by()
        count = of_action.values("action").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(lesson_count=Coalesce(Subquery(count), 0))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PlanningAction], search_term: str
    ) -> tuple[QuerySet[PlanningAction], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        matches = Q(reason__icontains=term) | Q(by__in=_people_named(term))
        return queryset.filter(matches), False

    @admin.display(description=_("by"))
    def who(self, action: PlanningAction) -> str:
        return _who(action)

    @admin.display(description=_("lessons"))
    def lessons(self, action: PlanningAction) -> SafeString:
        count = action.lesson_count  # type: ignore[attr-defined] # annotated above
        return _link_to_changes(action, count)

    @admin.display(description=pgettext_lazy("column", "undo"))
    def undo(self, action: PlanningAction) -> SafeString | str:
        """Offer this for imports alone: the others are taken back lesson by lesson."""
        if action.origin != ActionOrigin.IMPORT:
            return NOTHING
        if action.undoing is not None:
            address = reverse("schedule:timetable_change", args=[action.undoing.code])
            return format_html('<a href="{}">{}</a>', address, gettext("Undone"))
        address = reverse("schedule:import_undo", args=[action.code])
        return format_html('<a href="{}">{}</a>', address, gettext("Undo…"))


def _lines_of(change: LessonChange) -> Iterator[str]:
    yield from whole_kinds_in_words(change.kinds)
    for difference in differences(change.was, change.became):
        yield difference.text


def _who(action: PlanningAction) -> str:
    return who_in_words(None if action.by is None else action.by.display_name, action.origin)


def _link_to_changes(action: PlanningAction, count: int) -> SafeString:
    text = ngettext("%(count)s lesson", "%(count)s lessons", count) % {"count": count}
    address = reverse("admin:schedule_lessonchange_changelist")
    return format_html(
        '<a href="{}?{}">{}</a>', address, urlencode({SEARCH_VAR: action.code}), text
    )
