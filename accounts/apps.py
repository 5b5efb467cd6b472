from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import register_notice
from accounts.notices import NOTICES
from edu_platform.lib.admin_events import admin_events

ORDER = 10


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and school")

    def ready(self) -> None:
        from accounts import admin_log  # noqa: PLC0415 -- models are ready only now

        admin_events.register(admin_log.keep, order=ORDER)
        for kind, words in NOTICES.items():
            register_notice(kind, words)
