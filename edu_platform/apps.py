from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class SchoolAdminConfig(AdminConfig):
    default_site = "edu_platform.admin.SchoolAdminSite"
