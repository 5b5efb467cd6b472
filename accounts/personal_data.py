"""Say what the tables of this app hold of people, and what becomes of it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from accounts.models import (
    AuditEntry,
    ClassroomIdentity,
    DiscardedIdentity,
    ErasedCloudId,
    Erasure,
    ErasurePlace,
    ExternalAccount,
    Incident,
    KeepingTime,
    Notice,
    RequestedMail,
    RoleGrant,
    SchoolSettings,
    Session,
    UsedTicket,
    User,
)
from accounts.services import audit, notices
from accounts.sign_in import password_mails
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    Keeping,
    Line,
    NoNames,
    Purpose,
    Receiver,
)

SIGNED_IN_FOR = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)

PURPOSES = {
    Purpose.ACCOUNT: [User, RoleGrant, ExternalAccount],
    Purpose.SECURITY: [Session, AuditEntry],
    Purpose.CLASSES: [ClassroomIdentity, DiscardedIdentity],
    Purpose.NOTICES: [Notice, RequestedMail],
    Purpose.RIGHTS: [Erasure, Incident],
}
PERSONAL_DATA: list[Line] = [
    Held(
        User,
        "username",
        Export.AS_IT_IS,
        Erased.VALUE,
        Keeping.UNTIL_ERASED,
        known_by="username",
    ),
    Held(
        User,
        "display_name",
        Export.AS_IT_IS,
        Erased.VALUE,
        Keeping.UNTIL_ERASED,
        known_by="display_name",
        receivers=(
            Receiver.STAFF,
            Receiver.TEACHERS,
            Receiver.CLASS,
            Receiver.CLOUD,
            Receiver.MAIL,
        ),
    ),
    Held(
        User,
        "email",
        Export.AS_IT_IS,
        Erased.VALUE,
        Keeping.UNTIL_ERASED,
        known_by="email",
        receivers=(Receiver.STAFF, Receiver.MAIL),
    ),
    Held(
        User,
        "sign_in_name name_key name_pinyin",
        Export.FOLLOWS,
        Erased.FOLLOWS,
        Keeping.UNTIL_ERASED,
        known_by="sign_in_name",
    ),
    Held(
        User,
        "avatar",
        Export.AS_FILE,
        Erased.VALUE,
        Keeping.UNTIL_CHANGED,
        known_by="avatar",
        receivers=(Receiver.STAFF, Receiver.TEACHERS, Receiver.CLASS, Receiver.CLOUD),
    ),
    Held(User, "password", Export.SECRET, Erased.VALUE, Keeping.UNTIL_CHANGED, receivers=()),
    Held(User, "groups user_permissions", Export.OF_OTHERS, Erased.ROW, Keeping.UNTIL_ERASED),
    NoNames(User, "code notice_mail_language replays_view courseware_view"),
    Held(RoleGrant, "user", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_DELETED),
    Held(
        ExternalAccount,
        "user issuer subject username display_name",
        Export.AS_IT_IS,
        Erased.ROW,
        Keeping.UNTIL_DELETED,
        known_by="subject username display_name",
    ),
    # An id that the other system makes up for each ticket.
    NoNames(UsedTicket, "issuer ticket_id"),
    # The cloud has the person deleted first.
    Held(ClassroomIdentity, "user", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_ERASED),
    Held(
        ClassroomIdentity,
        "origin_id classroom_user_id earlier_user_ids sent_nickname sent_avatar",
        Export.AS_IT_IS,
        Erased.ROW,
        Keeping.UNTIL_ERASED,
        known_by="origin_id classroom_user_id earlier_user_ids sent_nickname sent_avatar",
        receivers=(Receiver.STAFF, Receiver.CLASS, Receiver.CLOUD),
    ),
    Held(
        ClassroomIdentity,
        "refused_nickname reason",
        Export.AS_IT_IS,
        Erased.ROW,
        Keeping.UNTIL_CHANGED,
        known_by="refused_nickname",
        receivers=(Receiver.STAFF, Receiver.CLOUD),
    ),
    # Nobody here any more, and by a random id alone.
    NoNames(DiscardedIdentity, "origin_id classroom_user_id"),
    Held(
        Session,
        "user address user_agent external_id",
        Export.AS_IT_IS,
        Erased.ROW,
        SIGNED_IN_FOR,
        known_by="address external_id",
        receivers=(),
    ),
    Held(
        Session,
        "session_key session_data auth_hash",
        Export.SECRET,
        Erased.ROW,
        SIGNED_IN_FOR,
        receivers=(),
    ),
    NoNames(Session, "code"),
    Held(
        Notice,
        "user arguments address",
        Export.IN_WORDS,
        Erased.ROW,
        notices.KEPT_FOR,
        receivers=(Receiver.MAIL,),
    ),
    NoNames(Notice, "code kind cause"),
    Held(
        RequestedMail,
        "user",
        Export.AS_IT_IS,
        Erased.ROW,
        password_mails.WANTED_FOR,
        receivers=(Receiver.MAIL,),
    ),
    NoNames(RequestedMail, "language"),
    # The entry stays with its keys, without the names in it and the address from which it was done.
    Held(AuditEntry, "actor person", Export.IN_WORDS, Erased.KEY, audit.KEPT_FOR),
    Held(AuditEntry, "object_text details", Export.IN_WORDS, Erased.NAMES, audit.KEPT_FOR),
    Held(
        AuditEntry,
        "address",
        Export.AS_IT_IS,
        Erased.VALUE,
        audit.KEPT_FOR,
        found_by="actor",
        known_by="address",
    ),
    NoNames(KeepingTime, "kind"),
    Held(Incident, "noted_by", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_ERASED),
    Held(Incident, "what mended telling", Export.OF_OTHERS, Erased.BY_HAND, Keeping.UNTIL_ERASED),
    NoNames(Incident, "code kinds"),
    # The request to erase somebody: its words and the names that are looked for go when it is done.
    Held(
        Erasure,
        "person asked_by confirmed_by",
        Export.OF_OTHERS,
        Erased.KEY,
        Keeping.UNTIL_DELETED,
    ),
    Held(Erasure, "reason strings", Export.OF_OTHERS, Erased.BY_AGE, Keeping.UNTIL_DONE),
    NoNames(Erasure, "prints username_print counts applications_left"),
    NoNames(ErasurePlace, "model row column"),
    NoNames(ErasedCloudId, "digest"),
    NoNames(SchoolSettings, "school_name logo nickname_pattern"),
]
