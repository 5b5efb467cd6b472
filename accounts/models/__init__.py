"""People, their roles, how the classroom cloud knows them, and the school's settings."""

from __future__ import annotations

from accounts.models.identities import ClassroomIdentity, ClassroomIdentityQuerySet
from accounts.models.notices import Notice, NoticeQuerySet
from accounts.models.people import (
    RoleGrant,
    User,
    UserManager,
    UserQuerySet,
    display_names,
)
from accounts.models.school_settings import SchoolSettings
from accounts.random_codes import make_code, make_origin_id  # migrations name them as of here

__all__ = [
    "ClassroomIdentity",
    "ClassroomIdentityQuerySet",
    "Notice",
    "NoticeQuerySet",
    "RoleGrant",
    "SchoolSettings",
    "User",
    "UserManager",
    "UserQuerySet",
    "display_names",
    "make_code",
    "make_origin_id",
]
