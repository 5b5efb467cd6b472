from __future__ import annotations

import gc

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

# Django imports this before models and admin. What they make stays: to look through it for garbage again and
# again took an eighth of each process's start.
gc.disable()


class PlatformConfig(AppConfig):
    """Holds what needs every app: commands, checks, and the tasks by their names."""

    name = "edu_platform"
    verbose_name = _("Installation")

    def ready(self) -> None:
        # Models come first; checks, queues and signals register what they hold.
        from edu_platform import checks, queues, receivers, task_signals  # noqa: F401, PLC0415

        receivers.register()

        # Services send tasks by name, in web processes too.
        autodiscover_modules("tasks")

        # Nothing that is there by now is garbage, nor ever will be.
        gc.freeze()
        gc.enable()


class SchoolAdminConfig(AdminConfig):
    default_site = "edu_platform.admin_site.SchoolAdminSite"
