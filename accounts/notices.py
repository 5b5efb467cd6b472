"""Texts of the notices to those who run the platform, by kind."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from accounts.notice_kinds import NoticeWords

FAILED_CALLBACKS_NOTICE = "accounts.failed_callbacks"
WAITING_ACCOUNT_NOTICE = "accounts.waiting_account"

NOTICES = {
    FAILED_CALLBACKS_NOTICE: NoticeWords(
        sentence=pgettext_lazy(
            "staff",
            "Callbacks of the cloud that failed: %(count)s. The administration says why, and can run them again.",
        ),
        way=pgettext_lazy("staff", "To the callbacks"),
    ),
    WAITING_ACCOUNT_NOTICE: NoticeWords(
        sentence=pgettext_lazy(
            "staff",
            "%(name)s wants to sign in with an external account. Somebody here is called %(username)s already: is that the same person?",
        ),
        way=pgettext_lazy("staff", "To the external account"),
    ),
}
