from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PlatformConfig(AppConfig):
    """Holds the commands that need every app."""

    name = "edu_platform"


class SchoolAdminConfig(AdminConfig):
    default_site = "edu_platform.admin.SchoolAdminSite"
