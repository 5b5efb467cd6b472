"""Faults of attendance, and what looks like one and has its reason."""

from __future__ import annotations

from tests.deploy.soak.planted.case import LOST, UNEXPLAINED, Explained, Fault

OF_STUDENT = "person_id = (SELECT id FROM accounts_user WHERE username = 'student0')"
PERSON = "attendance_personattendance"

FAULTS = (
    Fault(
        "statistics of a class lost",
        lambda c: c.sql("UPDATE attendance_roomstatistics SET statistics_at = NULL"),
        LOST,
        "nobody knows who was in room",
    ),
    Fault(
        "lesson never counted",
        lambda c: c.sql("UPDATE attendance_lessonattendance SET stage = 'provisional'"),
        UNEXPLAINED,
        "is provisional, and all its classes are over: final",
    ),
    Fault(
        "seconds differ",
        lambda c: c.sql(f"UPDATE {PERSON} SET seconds = seconds - 1 WHERE {OF_STUDENT}"),
        UNEXPLAINED,
        "and the cloud saw them for",
    ),
    Fault(
        "seconds beyond the class",
        lambda c: c.sql(f"UPDATE {PERSON} SET seconds = 9999, has_own_times = false"),
        UNEXPLAINED,
        "was there for longer than the class",
    ),
    Fault(
        "state differs",
        lambda c: c.sql(f"UPDATE {PERSON} SET state = 'late' WHERE {OF_STUDENT}"),
        UNEXPLAINED,
        "counts as late, and is present by the rules",
    ),
    Fault(
        "student left out",
        lambda c: c.sql(f"DELETE FROM {PERSON} WHERE {OF_STUDENT}"),
        LOST,
        "student0 was led into the class, and is not in it",
    ),
)

EXPLAINED: Explained = (
    (
        "sum of a class whose events were gone",
        lambda c: c.sql(
            f"UPDATE {PERSON} SET seconds = 5, has_own_times = false "
            "WHERE person_id IN (SELECT id FROM accounts_user WHERE is_active)"
        ),
    ),
)
