from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import LogoField
from accounts.models import SchoolSettings
from accounts.services.avatars import MAX_UPLOAD_BYTES
from edu_platform.lib.formatting import megabytes_text


class SchoolForm(forms.Form):
    """The school's name and logo."""

    school_name = forms.CharField(
        label=_("The school's name"),
        max_length=SchoolSettings._meta.get_field("school_name").max_length,  # noqa: SLF001 -- Django's name for it
    )
    logo = LogoField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs=LogoField.accepts),
        help_text=format_lazy(
            _("PNG or JPEG, at most {limit}."), limit=megabytes_text(MAX_UPLOAD_BYTES)
        ),
    )
    removes_logo = forms.BooleanField(label=_("Take the logo away"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, school: SchoolSettings) -> None:
        super().__init__(data, files, initial={"school_name": school.school_name})
        if not school.logo:
            del self.fields["removes_logo"]
