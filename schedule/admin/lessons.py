from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import signed_in
from edu_platform.lib.admin_base import PlatformAdmin
from schedule import access
from schedule.admin.lesson_filters import (
    ClassGroupFilter,
    CourseFilter,
    DayFilter,
    TeacherFilter,
    TroubleFilter,
    today_first,
)
from schedule.admin.lesson_form import LessonForm
from schedule.admin.lesson_import_page import LessonImportPage
from schedule.enums import ActionOrigin
from schedule.forms import LessonImportForm
from schedule.hooks import lesson_links
from schedule.imports.importers import LESSONS
from schedule.models import Lesson, PlanningAction
from schedule.planning.forms import ToldForm
from schedule.planning.pages import deletion_context
from schedule.planning.rules import overlap_in_words
from schedule.services import lessons
from schedule.services.lesson_deletion import delete_draft
from schedule.services.lessons import (
    LessonFrozen,
    LessonIsDraft,
    LessonOver,
    LessonOverlaps,
)
from schedule.services.room_plans import NoTimeLeft
from schedule.services.room_replacement import RoomStillOpen, open_another_room

PLANNED_FIELDS = LessonForm.Meta.fields


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why? Everybody concerned reads this."), max_length=200, required=False
    )


@admin.register(Lesson)
class LessonAdmin(PlatformAdmin[Lesson]):
    """Lessons are cancelled; a page of their own deletes those that have not begun, drafts this one too."""

    form = LessonForm
    list_display = ("starts_at", "ends_at", "course", "title", "teacher", "group_names", "state")
    list_display_links = ("starts_at", "title")
    list_filter = (
        DayFilter,
        TeacherFilter,
        ClassGroupFilter,
        CourseFilter,
        "state",
        TroubleFilter,
        "room_type",
    )
    list_select_related = ("course", "teacher")
    search_fields = (
        "title",
        "course__name",
        "teacher__username",
        "teacher__display_name",
        "class_groups__name",
    )
    date_hierarchy = "starts_at"
    list_per_page = 50
    autocomplete_fields = ("course", "teacher", "assistants", "class_groups")
    readonly_fields = ("state", "cancel_reason", "code")
    actions = ("publish", "cancel", "restore", "delete", "open_room_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        return super().get_queryset(request).prefetch_related("class_groups")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return today_first()

    def get_urls(self) -> list[URLPattern]:
        page = LessonImportPage(
            model_admin=self,
            importer=LESSONS,
            address="import/",
            url_name="schedule_lesson_import",
            title=_("Import lessons"),
            permission="schedule.add_lesson",
            form_class=LessonImportForm,
        )
        return [*page.urls(), *super().get_urls()]

    def view_on_site(self, obj: Lesson) -> str:
        """The lesson's own page, where what else belongs to it is looked after."""
        return reverse("schedule:lesson", args=[obj.code])

    def get_fieldsets(self, request: HttpRequest, obj: Lesson | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": (*PLANNED_FIELDS, "is_draft")})]
        return [(None, {"fields": (*PLANNED_FIELDS, *self.readonly_fields)})]

    def has_delete_permission(self, request: HttpRequest, obj: Lesson | None = None) -> bool:
        return obj is not None and obj.is_draft and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Lesson) -> None:
        delete_draft(obj, action=_action_of(request))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[Any]]:
        """List only the draft: the rest is bookkeeping that nobody edits."""
        return [str(lesson) for lesson in objs], {str(self.opts.verbose_name): len(objs)}, set(), []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LessonOverlaps as err:
            # Somebody was quicker between the check and the write; nothing was written.
            self.message_user(request, overlap_in_words(err), messages.ERROR)
        except LessonFrozen:
            self.message_user(request, gettext("The class has begun."), messages.ERROR)
        return HttpResponseRedirect(request.path)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The usual page, with the links to where else the lesson is looked after."""
        lesson = self.get_object(request, object_id)
        links = {"lesson_links": lesson_links(lesson) if lesson else []}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **links})

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done to the lesson by every way: Django's own log knows of this page alone."""
        lesson = self.get_object(request, object_id)
        if lesson is None or not self.has_view_permission(request, lesson):
            return super().history_view(request, object_id, extra_context)
        query = urlencode({SEARCH_VAR: lesson.code})
        return HttpResponseRedirect(f"{reverse('admin:schedule_lessonchange_changelist')}?{query}")

    def response_add(
        self, request: HttpRequest, obj: Lesson, post_url_continue: str | None = None
    ) -> HttpResponse:
        for link in lesson_links(obj):
            text = format_html('{} <a href="{}">{}</a>', link.offer, link.address, link.label)
            self.message_user(request, text, messages.INFO)
        return super().response_add(request, obj, post_url_continue)

    def save_model(self, request: HttpRequest, obj: Lesson, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        obj.pk = form.save_lesson(by=signed_in(request)).pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """The service wrote assistants and class groups along with the lesson."""

    @admin.display(description=_("class groups"))
    def group_names(self, lesson: Lesson) -> str:
        return "、".join(group.name for group in lesson.class_groups.all())

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        action = _action_of(request)
        for lesson in queryset:
            lessons.publish_lesson(lesson, action=action)
        self.message_user(request, gettext("Published."), messages.SUCCESS)

    @admin.action(description=_("Cancel…"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> HttpResponse | None:
        form = CancelForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            self._cancel_all(request, queryset, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Cancel lessons"),
            "opts": self.opts,
            "form": form,
            "lessons": queryset,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/schedule/lesson/cancel.html", context)

    def _cancel_all(self, request: HttpRequest, queryset: QuerySet[Lesson], reason: str) -> None:
        action = _action_of(request, reason)
        for lesson in queryset:
            try:
                lessons.cancel_lesson(lesson, reason=reason, at=timezone.now(), action=action)
            except LessonOver:
                self._refuse(request, lesson, gettext("it is over"))
            except LessonIsDraft:
                self._refuse(request, lesson, gettext("it is a draft, which can be deleted"))
            else:
                self.log_change(request, lesson, gettext("Cancelled: %s") % reason)
        self.message_user(
            request, gettext("Lessons that could be cancelled have been."), messages.SUCCESS
        )

    @admin.action(description=_("Undo cancellation"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        action = _action_of(request)
        for lesson in queryset:
            try:
                lessons.restore_lesson(lesson, action=action)
            except LessonOverlaps as err:
                self._refuse(request, lesson, overlap_in_words(err))
        self.message_user(
            request, gettext("Cancellations that could be undone have been."), messages.SUCCESS
        )

    @admin.action(description=_("Delete…"), permissions=["change"])
    def delete(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> HttpResponse:
        """The page of the timetable that asks before several are deleted."""
        codes = list(queryset.values_list("code", flat=True))
        found = access.get_lessons_to_plan(signed_in(request), codes)
        return TemplateResponse(
            request, "schedule/lessons_delete.html", deletion_context(found, ToldForm())
        )

    @admin.action(description=_("Open another room"), permissions=["change"])
    def open_room_again(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        for lesson in queryset:
            try:
                open_another_room(lesson, at=timezone.now(), may_leave_running=True)
            except NoTimeLeft:
                self._refuse(request, lesson, gettext("it is over"))
            except RoomStillOpen:
                self._refuse(request, lesson, gettext("its class has not begun and can be entered"))
        text = gettext("Lessons whose class had begun or ended get another room.")
        self.message_user(request, text, messages.SUCCESS)

    def _refuse(self, request: HttpRequest, lesson: Lesson, reason: str) -> None:
        self.message_user(request, f"{lesson}: {reason}", messages.ERROR)


def _action_of(request: HttpRequest, reason: str = "") -> PlanningAction:
    return PlanningAction(by=signed_in(request), origin=ActionOrigin.PAGE, reason=reason)
