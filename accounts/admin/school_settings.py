from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import SchoolSettings
from accounts.services.people import note_changed_nickname_pattern
from edu_platform.lib.admin_base import PlatformAdmin

# With any other the cloud would refuse every room.
RECORD_LAYOUTS = frozenset({0, 1, 2, 3, 4, 5, 9})


class SchoolSettingsForm(forms.ModelForm[SchoolSettings]):
    def clean_record_layout(self) -> int:
        layout: int = self.cleaned_data["record_layout"]
        if layout not in RECORD_LAYOUTS:
            raise forms.ValidationError(_("The cloud has no such layout."))
        return layout

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        on_stage = cleaned.get("max_mic_number", 0)
        resolution = cleaned.get("resolution", SchoolSettings.Resolution.STANDARD)
        is_standard_only = on_stage > SchoolSettings.HIGH_RESOLUTION_MAX_MICS
        if is_standard_only and resolution != SchoolSettings.Resolution.STANDARD:
            self.add_error(
                "resolution", _("With more than 6 on stage the cloud allows standard only.")
            )
        return cleaned


@admin.register(SchoolSettings)
class SchoolSettingsAdmin(PlatformAdmin[SchoolSettings]):
    """One row, so that the list leads straight to its form."""

    form = SchoolSettingsForm

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

    def save_model(
        self,
        request: HttpRequest,
        obj: SchoolSettings,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        if "nickname_pattern" in form.changed_data:
            note_changed_nickname_pattern()

    def response_post_save_change(
        self, request: HttpRequest, obj: SchoolSettings
    ) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:accounts_schoolsettings_change", args=[1]))
