from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from accounts.audit_words import details_in_words
from accounts.enums import AuditKind
from accounts.models import AuditEntry


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        (
            AuditKind.ROLES_CHANGED,
            {"before": ["student"], "after": ["planner", "teacher"]},
            "Student → Teacher, Planner",
        ),
        (AuditKind.ROLES_CHANGED, {"kept": "teacher"}, "kept: Teacher"),
        (AuditKind.SUPERUSER_CHANGED, {"before": False, "after": True}, "no → yes"),
        (AuditKind.PERSON_CREATED, {"roles": ["student"]}, "Student"),
        (AuditKind.PERSON_CHANGED, {"fields": ["email", "avatar"]}, "email, picture"),
        (AuditKind.SIGN_INS_ENDED, {"count": 2}, "2 sign-ins"),
        (
            AuditKind.PEOPLE_IMPORTED,
            {"added": 1, "changed": 2, "unchanged": 3},
            "1 added, 2 changed, 3 unchanged",
        ),
        (
            AuditKind.EXTERNAL_ACCOUNT_LINKED,
            {"method": "cas", "issuer": "https://id.example", "subject": "7"},
            "CAS; https://id.example; 7",
        ),
        (
            AuditKind.ACTION_RUN,
            {"model": "courseware.courseware", "action": "delete_selected", "count": 3},
            "courseware: Delete selected courseware (3 rows)",
        ),
        (
            AuditKind.OBJECT_CHANGED,
            {"model": "schedule.course", "changes": [{"changed": {"fields": ["Name"]}}]},
            "course: Changed Name.",
        ),
        (
            AuditKind.INCIDENT_CHANGED,
            {"model": "accounts.incident", "changes": [{"changed": {"fields": ["What happened"]}}]},
            "Changed What happened.",
        ),
        (AuditKind.INCIDENT_NOTED, {"model": "accounts.incident", "changes": ""}, ""),
        (
            AuditKind.MEMBERS_CHANGED,
            {"model": "schedule.classgroup", "id": 1, "changes": "1a → 1b"},
            "1a → 1b",
        ),
        (
            AuditKind.PEOPLE_IMPORT_UNDONE,
            {"deleted": 1, "left": 2},
            "1 deleted, 2 left as they are",
        ),
        (AuditKind.OBJECT_DELETED, {"model": "of.nobody", "changes": ""}, "of.nobody"),
        (AuditKind.PASSWORD_CHANGED, {}, ""),
        (
            AuditKind.ROLES_CHANGED,
            {"before": ["of an earlier time"]},
            "before: ['of an earlier time']",
        ),
    ],
)
def test_details_are_told_in_words(kind: AuditKind, details: dict[str, Any], words: str):
    with translation.override("en"):
        assert details_in_words(AuditEntry(kind=kind, details=details)) == words
