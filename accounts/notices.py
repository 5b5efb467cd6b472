"""Texts of the notices about accounts, and to those who run the platform, by kind."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Role
from accounts.notice_kinds import NoticeWords

FAILED_CALLBACKS_NOTICE = "accounts.failed_callbacks"
WAITING_ACCOUNT_NOTICE = "accounts.waiting_account"
RETURNING_ACCOUNT_NOTICE = "accounts.returning_account"
WITHDRAWN_ROLE_NOTICE = "accounts.withdrawn_role"
ERASURE_ASKED_NOTICE = "accounts.erasure_asked"
SECOND_FACTOR_ADDED_NOTICE = "accounts.second_factor_added"
SECOND_FACTOR_REMOVED_NOTICE = "accounts.second_factor_removed"
RECOVERY_CODES_MADE_NOTICE = "accounts.recovery_codes_made"

_TO_SECOND_FACTOR = _("To the second factor")

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
    RETURNING_ACCOUNT_NOTICE: NoticeWords(
        sentence=pgettext_lazy(
            "staff",
            "%(name)s wants to sign in with an external account. Somebody who was called %(username)s here is erased: is this a new person?",
        ),
        way=pgettext_lazy("staff", "To the external account"),
    ),
    WITHDRAWN_ROLE_NOTICE: NoticeWords(
        sentence=pgettext_lazy(
            "staff",
            "%(name)s comes in with an account that no longer has the role %(role)s, but is planned in lessons to come. Keep the role here, or take it away.",
        ),
        way=pgettext_lazy("staff", "To the people whose roles are no longer given"),
        in_words=lambda kept: {**kept, "role": Role(str(kept["role"])).label},
    ),
    # It names nobody, so that nothing of it has to go with the person.
    ERASURE_ASKED_NOTICE: NoticeWords(
        sentence=pgettext_lazy(
            "staff",
            "An administrator has asked for a person to be erased. It begins once another one confirms it.",
        ),
        way=pgettext_lazy("staff", "To the request"),
    ),
    SECOND_FACTOR_ADDED_NOTICE: NoticeWords(
        sentence=_(
            "A second factor was set up for your account. If it was not you, tell the school at once."
        ),
        way=_TO_SECOND_FACTOR,
    ),
    SECOND_FACTOR_REMOVED_NOTICE: NoticeWords(
        sentence=_(
            "The second factor of your account was removed. If you did not want that, tell the school at once."
        ),
        way=_TO_SECOND_FACTOR,
    ),
    RECOVERY_CODES_MADE_NOTICE: NoticeWords(
        sentence=_(
            "New recovery codes were made for your account, and the old ones no longer work. If it was not you, tell the school at once."
        ),
        way=_TO_SECOND_FACTOR,
    ),
}
