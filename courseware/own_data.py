"""Say how people are shown what the tables of this app hold of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from courseware.models import CourseBinding, Courseware, Upload
from edu_platform.lib.own_data import OwnTable

OWN_DATA = [
    OwnTable(
        Courseware,
        "name filename kind size_bytes owner uploaded_by uploaded_at is_public state cloud_reason "
        "deleted_at file",
    ),
    OwnTable(
        CourseBinding,
        "courseware__name course__name release",
        called={"courseware__name": _("courseware"), "course__name": _("course")},
    ),
    OwnTable(Upload, "filename length_bytes offset_bytes created_at expires_at"),
]
