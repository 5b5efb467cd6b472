from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.school_settings_form import (
    SchoolSettingsForm,
    replaced_values,
    stored_faults,
)
from accounts.models import SchoolSettings
from accounts.services.people import note_changed_nickname_pattern
from edu_platform.lib.admin_base import PlatformAdmin

# Each setting stands in one of these; name and logo have a page of their own.
GROUPS = (
    (
        _("Before and after a class"),
        ("teacher_entry_min", "student_entry_min", "end_delay_min", "room_horizon_days"),
    ),
    (
        _("In class"),
        (
            *("max_mic_number", "lecture_mic_number", "resolution", "sub_type"),
            *("nickname_pattern", "shows_marquee"),
        ),
    ),
    (
        _("Recordings and replays"),
        ("record_layout", "students_may_download", "keeps_watch_records"),
    ),
    (
        _("Attendance"),
        ("late_after_min", "left_early_min", "absent_below_percent", "absences_told_at_hour"),
    ),
    (_("Courseware"), ("courseware_quota_person_mib", "courseware_quota_school_gib")),
    (
        _("What people see, and how they sign in"),
        ("teachers_see_all_timetables", "second_factor_is_compulsory"),
    ),
    (
        _("Families, by their links"),
        ("families_see_attendance", "families_see_notices", "families_may_watch"),
    ),
)


@admin.register(SchoolSettings)
class SchoolSettingsAdmin(PlatformAdmin[SchoolSettings]):
    """One row, so that the list leads straight to its form."""

    form = SchoolSettingsForm
    fieldsets = [(title, {"fields": fields}) for title, fields in GROUPS]

    def get_fieldsets(self, request: HttpRequest, obj: SchoolSettings | None = None) -> Any:
        """Lead to the pages of name and logo, and of keeping times, above the settings."""
        address = f"{reverse('start:start')}?step=school"
        ways = format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            *(address, gettext("The school's name and logo")),
            *(reverse("keeping_times"), gettext("Keeping times")),
        )
        school = (_("The school"), {"fields": (), "description": ways})
        return [school, *super().get_fieldsets(request, obj)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: SchoolSettings | None = None
    ) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:accounts_schoolsettings_change", args=[1]))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> SchoolSettings | None:
        """The row, or the defaults while nobody has saved anything."""
        return SchoolSettings.load() if object_id == "1" else None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; above it what came in by another way and would be refused here, or was replaced."""
        if request.method == "GET" and self.has_view_permission(request):
            school = SchoolSettings.load()
            texts = [gettext("To be corrected: %s") % fault for fault in stored_faults(school)]
            for text in (*texts, *replaced_values(school)):
                self.message_user(request, text, messages.WARNING)
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(
        self,
        request: HttpRequest,
        obj: SchoolSettings,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        obj.record_layout_before = None  # whoever saves has read of it
        super().save_model(request, obj, form, change)
        if "nickname_pattern" in form.changed_data:
            note_changed_nickname_pattern()

    def response_post_save_change(
        self, request: HttpRequest, obj: SchoolSettings
    ) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:accounts_schoolsettings_change", args=[1]))
