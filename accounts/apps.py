from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import register_notice
from accounts.notices import NOTICES


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and school")

    def ready(self) -> None:
        for kind, words in NOTICES.items():
            register_notice(kind, words)
