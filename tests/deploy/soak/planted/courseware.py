"""Faults of courseware, and what looks like one and has its reason."""

from __future__ import annotations

from typing import Any

from deploy.soak import journal
from tests.deploy.soak.planted.case import (
    DOUBLED,
    LOST,
    NEW_CODE,
    UNEXPLAINED,
    Case,
    Explained,
    Fault,
    perhaps,
)


def _was_uploaded_perhaps(case: Case) -> None:
    case.forget(journal.UploadAcknowledged)
    case.tell(perhaps(journal.UploadAcknowledged, {"file_name": "分数.png"}))


def _leave_file_behind(case: Case) -> None:
    file = case.own_disk()
    file.with_name("left").write_bytes(b"left")


def _die_with_a_file(case: Case) -> None:
    _leave_file_behind(case)
    case.tell(
        journal.FaultPassed(
            name="kill web", began_at=journal.current_time(), ended_at=journal.current_time()
        )
    )


def _double_document(case: Case, **changes: Any) -> None:
    (document,) = case.evidence.cloud["documents"]
    case.evidence.cloud["documents"].append({**document, "DocumentId": "twin", **changes})


def _discard_document(case: Case) -> None:
    _double_document(case)
    case.sql(
        "INSERT INTO courseware_discardeddocument (document_id, due_at, attempts, last_error, lease_token) "
        "VALUES ('twin', now() + interval '1 minute', 0, '', '')"
    )


def _look_for_document(case: Case) -> None:
    url = f"http://127.0.0.1/courseware/fetch/x/{case.school.courseware.code}-9.png"
    _double_document(case, DocumentUrl=url)
    case.sql(
        "INSERT INTO courseware_submission (number, url, owner_user_id, called_at, due_at) "
        "VALUES (9, %s, '', now(), now() + interval '1 minute')",
        url,
    )


FAULTS = (
    Fault(
        "upload lost",
        lambda c: c.sql("UPDATE courseware_courseware SET code = %s", NEW_CODE),
        LOST,
        "upload “分数.png” is not there",
    ),
    Fault(
        "upload with other content",
        lambda c: c.sql("UPDATE courseware_courseware SET sha256 = 'x'"),
        LOST,
        "had sha256",
    ),
    Fault(
        "upload doubled",
        lambda c: c.copy_row(
            "courseware_courseware",
            "true",
            f"""'{{"code": "{NEW_CODE}", "fetch_token": "x", "document_id": "x"}}'""",
        ),
        DOUBLED,
        "is there 2 times",
    ),
    Fault(
        "upload that nobody made",
        lambda c: c.forget(journal.UploadAcknowledged),
        UNEXPLAINED,
        "nobody was told that it is",
    ),
    Fault("file damaged", lambda c: c.own_disk().write_bytes(b"damaged"), LOST, "is damaged"),
    Fault("file missing", lambda c: c.own_disk().unlink(), LOST, "is not on the disk"),
    Fault("file left behind", _leave_file_behind, UNEXPLAINED, "is no courseware"),
    Fault(
        "document lost",
        lambda c: c.evidence.cloud["documents"].clear(),
        LOST,
        "no document in the cloud",
    ),
    Fault("document doubled", _double_document, DOUBLED, "has document twin in the cloud as well"),
    Fault(
        "document unknown here",
        lambda c: _double_document(c, DocumentUrl="http://x/x"),
        UNEXPLAINED,
        "document twin of the cloud is not known",
    ),
    Fault(
        "state of courseware differs",
        lambda c: c.sql("UPDATE courseware_courseware SET state = 'transcoding'"),
        UNEXPLAINED,
        "its document has state 0",
    ),
    Fault(
        "size of a document differs",
        lambda c: c.evidence.cloud["documents"][0].update(DocumentSize=1),
        UNEXPLAINED,
        "and 1 in the cloud",
    ),
    Fault(
        "courseware not in its class",
        lambda c: c.to_come["Documents"].clear(),
        LOST,
        "is to show document",
    ),
    Fault(
        "courseware in another class",
        lambda c: c.to_come["Documents"].append({"DocumentId": "x"}),
        UNEXPLAINED,
        "nobody here put it there",
    ),
)
EXPLAINED: Explained = (
    ("upload without an answer", _was_uploaded_perhaps),
    ("file of a process that was killed", _die_with_a_file),
    ("document still to be deleted", _discard_document),
    ("document still looked for", _look_for_document),
)
