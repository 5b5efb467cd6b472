"""Lessons and courses in the administration: the list with its filters and actions."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Case, F, Model, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import signed_in
from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.admin_base import BoundedChangeList, PlatformAdmin
from edu_platform.lib.admin_filters import ChoiceFilter
from edu_platform.lib.admin_lookups import is_key
from schedule import access
from schedule.enums import ActionOrigin
from schedule.lessons.begun import has_begun
from schedule.lessons.delete import delete_draft
from schedule.lessons.forms import ToldForm
from schedule.lessons.pages import (
    LESSONS_LISTED,
    deletion_context,
    others_in_words,
    planners_page_of,
)
from schedule.lessons.state_work import (
    CANCEL,
    FAULTS,
    PUBLISH,
    RESTORE,
    Deed,
    begin_state_work,
)
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import (
    REASON_CHARS,
    ClassGroup,
    Course,
    Lesson,
    LessonQuerySet,
    PlanningAction,
    class_group_names,
)
from schedule.rooms.replacement import RoomStillOpen, open_another_room
from schedule.rooms.time_left import NoTimeLeft
from schedule.week_grid import DAYS_A_WEEK, monday_of, start_of_day
from schedule.work.kinds import CHANGED, is_long
from schedule.work.views import see_work

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=DAYS_A_WEEK)
BETWEEN_KEYS = "."


def today_first() -> tuple[Any, ...]:
    """Today's lessons and those to come, next first; then those before, latest first."""
    to_come = Q(starts_at__gte=start_of_day(timezone.localdate()))
    return (
        Case(When(to_come, then=0), default=1),
        Case(When(to_come, then=F("starts_at"))),
        "-starts_at",
        "-pk",
    )


class DayFilter(admin.SimpleListFilter):
    """The days that planners ask for most, in the school's time zone."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [
            ("today", str(_("Today"))),
            ("tomorrow", str(_("Tomorrow"))),
            ("this-week", str(_("This week"))),
            ("next-week", str(_("Next week"))),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> QuerySet[Lesson]:
        today = timezone.localdate()
        monday = monday_of(today)
        days = {
            "today": (today, today + DAY),
            "tomorrow": (today + DAY, today + 2 * DAY),
            "this-week": (monday, monday + WEEK),
            "next-week": (monday + WEEK, monday + 2 * WEEK),
        }.get(self.value() or "")
        if days is None or not isinstance(queryset, LessonQuerySet):
            return queryset
        first, end = days
        return queryset.within(starts_at=start_of_day(first), ends_at=start_of_day(end))


class TeacherFilter(ChoiceFilter):
    title = _("teacher")
    parameter_name = "teacher"
    lookup = "teacher"

    def rows(self) -> QuerySet[User]:
        """Those who may teach, and those who did and have left."""
        teaches = User.objects.with_role(Role.TEACHER).values("pk")
        taught = Lesson.objects.values("teacher")
        people = User.objects.filter(Q(pk__in=teaches) | Q(pk__in=taught))
        return people.only("pk", "username", "display_name").order_by("name_key", "username")


class ClassGroupFilter(ChoiceFilter):
    title = _("class group")
    parameter_name = "class_group"
    lookup = "class_groups"

    def rows(self) -> QuerySet[ClassGroup]:
        """This year's; names of earlier years repeat."""
        return ClassGroup.objects.filter(archived_at=None).order_by("name_key", "pk")


class CourseFilter(ChoiceFilter):
    title = _("course")
    parameter_name = "course"
    lookup = "course"

    def rows(self) -> QuerySet[Course]:
        return Course.objects.order_by("name_key", "pk")


FILTERS: tuple[Any, ...] = (
    DayFilter,
    TeacherFilter,
    ClassGroupFilter,
    CourseFilter,
    "state",
    "room_type",
)


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why? Everybody concerned reads this."), max_length=REASON_CHARS, required=False
    )


class LessonList(BoundedChangeList):
    def url_for_result(self, result: Model) -> str:
        return planners_page_of(cast(Lesson, result))


class LessonAdmin(PlatformAdmin[Lesson]):
    """A list with actions. Lessons are made and changed on planners' pages, and one of these asks before several are deleted."""

    list_display = ("starts_at", "ends_at", "course", "title", "teacher", "group_names", "state")
    list_display_links = ("starts_at", "title")
    list_filter = FILTERS
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
    # It is in the address of the lesson's page, and so rooms may be searched by it.
    readonly_fields = ("code",)
    # Pages of the timetable do not lead back to the list.
    preserve_filters = False
    actions = ("publish", "cancel", "restore", "delete", "open_room_again")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LessonList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        return super().get_queryset(request).prefetch_related("class_groups")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return today_first()

    def has_delete_permission(self, request: HttpRequest, obj: Lesson | None = None) -> bool:
        # An import may have told of a room in which a draft was held.
        if obj is None or not obj.is_draft or has_begun(obj):
            return False
        return super().has_delete_permission(request, obj)

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
        """The planners' page: it alone makes and changes lessons."""
        address = self._planners_page(request, object_id)
        if address is not None:
            return HttpResponseRedirect(address)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _planners_page(self, request: HttpRequest, object_id: str | None) -> str | None:
        """Return its address; None for who may not plan, and for a lesson that is not there."""
        if object_id is None:
            may_add = self.has_add_permission(request)
            return reverse("schedule:lesson_new") if may_add else None
        lesson = self.get_object(request, unquote(object_id))
        if lesson is None or not self.has_change_permission(request, lesson):
            return None
        return planners_page_of(lesson)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was done to the lesson by every way: Django's own log knows of this page alone."""
        lesson = self.get_object(request, object_id)
        if lesson is None or not self.has_view_permission(request, lesson):
            return super().history_view(request, object_id, extra_context)
        query = urlencode({SEARCH_VAR: lesson.code})
        return HttpResponseRedirect(f"{reverse('admin:schedule_lessonchange_changelist')}?{query}")

    @admin.display(description=_("class groups"))
    def group_names(self, lesson: Lesson) -> str:
        return class_group_names(lesson.class_groups.all())

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> HttpResponse | None:
        return self._do(request, PUBLISH, _keys_of(queryset))

    @admin.action(description=_("Cancel…"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> HttpResponse | None:
        form = CancelForm(request.POST if "confirmed" in request.POST else None)
        lesson_ids = _chosen_of_many(request) or _keys_of(queryset)
        if form.is_valid():
            return self._do(request, CANCEL, lesson_ids, form.cleaned_data["reason"])
        is_many = is_long(len(lesson_ids))
        if is_many:
            queryset = self.get_queryset(request).filter(pk__in=lesson_ids[:LESSONS_LISTED])
        lessons = list(queryset)
        others = len(lesson_ids) - len(lessons)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Cancel lessons"),
            "opts": self.opts,
            "form": form,
            "listed": lessons,
            "others": others_in_words(others) if others > 0 else "",
            "checked": lesson_ids[:1] if is_many else lesson_ids,
            # A form of thousands of fields would be refused.
            "chosen": BETWEEN_KEYS.join(map(str, lesson_ids)) if is_many else "",
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/schedule/lesson/cancel.html", context)

    @admin.action(description=_("Undo cancellation"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> HttpResponse | None:
        return self._do(request, RESTORE, _keys_of(queryset))

    def _do(
        self, request: HttpRequest, deed: Deed, lesson_ids: list[int], reason: str = ""
    ) -> HttpResponse | None:
        """Do it to these lessons, or leave them to a worker where they are many; what was done stands in their history."""
        action = _action_of(request, reason)
        if is_long(len(lesson_ids)):
            by = signed_in(request)
            work = begin_state_work(deed, by=by, lesson_ids=lesson_ids, action=action)
            return see_work(request, work)
        try:
            left = deed.do(lesson_ids, action=action)
        except ChangedMeanwhile:
            self.message_user(request, str(FAULTS[CHANGED]), messages.ERROR)
            return None
        for lesson, why in left:
            self._refuse(request, lesson, why)
        self.message_user(request, str(deed.done), messages.SUCCESS)
        return None

    @admin.action(description=_("Delete…"), permissions=["change"])
    def delete(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> HttpResponse:
        """The page of the timetable that asks before several are deleted."""
        codes = list(queryset.values_list("code", flat=True))
        lessons = access.get_lessons_to_plan(signed_in(request), codes)
        return TemplateResponse(
            request, "schedule/lessons_delete.html", deletion_context(lessons, ToldForm())
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

    def _refuse(self, request: HttpRequest, lesson: object, reason: str) -> None:
        self.message_user(request, f"{lesson}: {reason}", messages.ERROR)


def _action_of(request: HttpRequest, reason: str = "") -> PlanningAction:
    return PlanningAction(by=signed_in(request), origin=ActionOrigin.PAGE, reason=reason)


def _keys_of(queryset: QuerySet[Lesson]) -> list[int]:
    return list(queryset.values_list("pk", flat=True))


def _chosen_of_many(request: HttpRequest) -> list[int]:
    """Return the keys of those that the page which asks was shown for; what can be no key is nobody's."""
    keys = request.POST.get("chosen", "").split(BETWEEN_KEYS)
    return [int(key) for key in keys if is_key(Lesson, key)]
