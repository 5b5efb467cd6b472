from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import register_notice
from accounts.notices import NOTICES
from edu_platform.lib.admin_events import admin_events
from edu_platform.lib.keeping_times import chosen_readers, forgotten_listeners

ORDER = 10


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and school")

    def ready(self) -> None:
        from accounts import admin_log  # noqa: PLC0415 -- models are ready only now
        from accounts.services import keeping_times  # noqa: PLC0415 -- as above

        admin_events.register(admin_log.keep, order=ORDER)
        chosen_readers.register(keeping_times.chosen_days, order=ORDER)
        forgotten_listeners.register(keeping_times.note_forgotten, order=ORDER)
        for kind, words in NOTICES.items():
            register_notice(kind, words)
