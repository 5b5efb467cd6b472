from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScheduleConfig(AppConfig):
    name = "schedule"
    verbose_name = _("Timetable")

    def ready(self) -> None:
        from schedule import receivers  # noqa: PLC0415 -- models are ready only now

        receivers.register()
