"""People, their roles, how the classroom cloud knows them, and the school's settings."""

from __future__ import annotations

from accounts.models.audit import AuditEntry
from accounts.models.discarded_identities import DiscardedIdentity
from accounts.models.erasures import ErasedCloudId, Erasure, ErasurePlace
from accounts.models.external_accounts import ExternalAccount, UsedTicket
from accounts.models.identities import ClassroomIdentity, ClassroomIdentityQuerySet
from accounts.models.incidents import Incident
from accounts.models.keeping_times import KeepingTime
from accounts.models.notices import Notice, NoticeQuerySet
from accounts.models.people import (
    HAS_NO_PASSWORD,
    RoleGrant,
    User,
    UserManager,
    UserQuerySet,
    display_names,
)
from accounts.models.requested_mails import RequestedMail
from accounts.models.school_settings import SchoolSettings
from accounts.models.sessions import Session
from accounts.random_codes import make_code, make_origin_id  # migrations name them as of here

__all__ = [
    "HAS_NO_PASSWORD",
    "AuditEntry",
    "ClassroomIdentity",
    "ClassroomIdentityQuerySet",
    "DiscardedIdentity",
    "ErasedCloudId",
    "Erasure",
    "ErasurePlace",
    "ExternalAccount",
    "Incident",
    "KeepingTime",
    "Notice",
    "NoticeQuerySet",
    "RequestedMail",
    "RoleGrant",
    "SchoolSettings",
    "Session",
    "UsedTicket",
    "User",
    "UserManager",
    "UserQuerySet",
    "display_names",
    "make_code",
    "make_origin_id",
]
