"""Say how people are shown what the tables of this app hold of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.audit_words import details_in_words
from accounts.models import (
    AuditEntry,
    ClassroomIdentity,
    ExternalAccount,
    Incident,
    Notice,
    RequestedMail,
    RoleGrant,
    Session,
    User,
)
from accounts.notice_kinds import sentence_of
from edu_platform.lib.own_data import OwnTable


def _notices(person: User, notices: Sequence[Notice]) -> list[str]:
    return [sentence_of(notice.kind, notice.arguments) for notice in notices]


def _entries(person: User, entries: Sequence[AuditEntry]) -> list[str]:
    """Put into words what was done to the person; what they did to others may name these."""
    return [details_in_words(entry) if entry.person_id == person.pk else "" for entry in entries]


OWN_DATA = [
    OwnTable(
        User,
        "username display_name email avatar is_active is_superuser created_at last_login "
        "must_change_password notice_mail_language",
        title=_("Account"),
    ),
    OwnTable(RoleGrant, "role source withdrawn_at"),
    OwnTable(ExternalAccount, "method issuer subject username display_name created_at"),
    OwnTable(
        ClassroomIdentity,
        "sent_nickname sent_avatar is_supervisor_in_cloud origin_id classroom_user_id "
        "earlier_user_ids registered_at state refused_nickname reason",
        called={"earlier_user_ids": _("earlier numbers in the classroom service")},
        title=_("What the classroom service was told of you"),
    ),
    OwnTable(Session, "signed_in_at method address user_agent external_id expire_date"),
    OwnTable(Notice, "created_at read_at mailed_at", in_words=_notices),
    OwnTable(RequestedMail, "created_at purpose"),
    OwnTable(AuditEntry, "at kind method address", in_words=_entries),
    OwnTable(Incident, "noted_at noticed_on", title=_("Incidents that you noted")),
]
