"""Texts of the notices to those who run the platform, by kind."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import NoticeWords

FAILED_CALLBACKS_NOTICE = "accounts.failed_callbacks"

NOTICES = {
    FAILED_CALLBACKS_NOTICE: NoticeWords(
        sentence=_(
            "Callbacks of the cloud that failed: %(count)s. The administration says why, and can run them again."
        ),
        way=_("To the callbacks"),
    ),
}
