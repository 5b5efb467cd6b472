from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReplaysConfig(AppConfig):
    name = "replays"
    verbose_name = _("Replays")

    def ready(self) -> None:
        from replays import checks, receivers  # noqa: F401, PLC0415 -- models are ready only now

        receivers.register()
