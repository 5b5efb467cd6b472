from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClassroomConfig(AppConfig):
    name = "classroom"
    verbose_name = _("Classroom cloud")

    def ready(self) -> None:
        from classroom import checks  # noqa: F401, PLC0415 -- registers them
