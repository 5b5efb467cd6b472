"""Say what the tables of packages and of the installation hold of people, and what becomes of it."""

from __future__ import annotations

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from axes.models import AccessAttempt, AccessBase, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session

from accounts.sign_in.lockout_limits import LOCKED_FOR
from edu_platform.lib.due import DueWork
from edu_platform.lib.leases import Leased
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Keeping,
    Line,
    NoNames,
    Purpose,
)
from edu_platform.models import Backup

PURPOSES = {
    Purpose.SECURITY: [
        LogEntry,
        Authenticator,
        AccessAttempt,
        AccessFailureLog,
        AccessLog,
    ],
    Purpose.ACCOUNT: [EmailAddress, EmailConfirmation, SocialAccount, SocialToken],
}
PERSONAL_DATA: list[Line] = [
    # What went wrong, in the words of the database, a mail server or the cloud: these may quote a row.
    Held(DueWork, "last_error", Export.OF_OTHERS, Erased.BY_AGE, Keeping.UNTIL_CHANGED),
    NoNames(Leased, "lease_token"),
    Held(LogEntry, "user", Export.IN_WORDS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(
        LogEntry,
        "object_repr change_message",
        Export.IN_WORDS,
        Erased.NAMES,
        Keeping.UNTIL_DELETED,
    ),
    NoNames(LogEntry, "object_id"),
    NoNames(Group, "name"),
    NoNames(Permission, "name codename"),
    NoNames(ContentType, "app_label model"),
    NoNames(Backup, "folder"),
    # Sessions have a table of ours; this one stays empty.
    NoNames(Session, "session_key session_data"),
    # The second factor.
    Held(Authenticator, "user", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_DELETED),
    Held(Authenticator, "data", Export.SECRET, Erased.ROW, Keeping.UNTIL_DELETED, receivers=()),
    # Wrong passwords. What was typed as a name may be a password, and need not be anybody's name.
    Held(
        AccessBase,
        "username",
        Export.AS_IT_IS,
        Erased.ROW,
        LOCKED_FOR,
        same_as="username sign_in_name",
        receivers=(),
    ),
    Held(
        AccessBase,
        "ip_address user_agent",
        Export.AS_IT_IS,
        Erased.ROW,
        LOCKED_FOR,
        receivers=(),
    ),
    NoNames(AccessBase, "http_accept path_info"),
    Held(AccessAttempt, "get_data post_data", Export.SECRET, Erased.ROW, LOCKED_FOR, receivers=()),
    Held(AccessLog, "session_hash", Export.SECRET, Erased.ROW, LOCKED_FOR, receivers=()),
    # Tables of allauth into which this platform writes nothing.
    Held(
        EmailAddress,
        "user email",
        Export.AS_IT_IS,
        Erased.ROW,
        Keeping.UNTIL_ERASED,
        known_by="email",
        receivers=(),
    ),
    Held(
        EmailConfirmation,
        "key",
        Export.SECRET,
        Erased.ROW,
        Keeping.UNTIL_ERASED,
        found_by="email_address__user",
        receivers=(),
    ),
    Held(
        SocialAccount,
        "user provider uid extra_data",
        Export.AS_IT_IS,
        Erased.ROW,
        Keeping.UNTIL_ERASED,
        known_by="uid",
        receivers=(),
    ),
    Held(
        SocialToken,
        "token token_secret",
        Export.SECRET,
        Erased.ROW,
        Keeping.UNTIL_ERASED,
        found_by="account__user",
        receivers=(),
    ),
    NoNames(SocialApp, "provider provider_id name client_id secret key settings"),
]
