"""Courseware: each uploaded file is stored with its content, and is one document in the cloud."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from deploy.soak import journal
from deploy.soak.checker.evidence import Evidence, Row, digest_of, group
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained
from deploy.soak.checker.rooms import OPEN

NOT_NEEDED, IN_PROGRESS, FAILED, DONE = range(4)
PLAIN = 0
# States of courseware by that of its document. What took too long counts as failed, and is still asked for.
STATES = {
    NOT_NEEDED: {"ready"},
    IN_PROGRESS: {"transcoding", "failed"},
    FAILED: {"failed"},
    DONE: {"ready"},
}
# The address from which the cloud fetches a file contains the courseware's code and the number of the call.
FETCHED_NAME = re.compile(r"/([^/]+)-([0-9]+)\.[^/.]+$")
COURSEWARE = (
    "SELECT c.*, u.username AS owner FROM courseware_courseware c "
    "LEFT JOIN accounts_user u ON u.id = c.owner_id "
    "WHERE c.deleted_at IS NULL AND c.superseded_at IS NULL"
)
BINDINGS = (
    "SELECT b.bound_document_id, b.removed_at, r.room_id AS bound_room_number, c.name, c.document_id, c.state, "
    "l.state AS lesson_state, l.ends_at AS lesson_ends_at, "
    "(SELECT current.room_id FROM schedule_room current "
    "  WHERE current.lesson_id = l.id AND current.is_current) AS room_number "
    "FROM courseware_binding b JOIN courseware_courseware c ON c.id = b.courseware_id "
    "JOIN schedule_lesson l ON l.id = b.lesson_id LEFT JOIN schedule_room r ON r.id = b.bound_room_id"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    rows = evidence.tables.rows(COURSEWARE)
    yield from _promises(evidence, rows)
    for row in rows:
        yield from _file(evidence, row)
    yield from _orphans(evidence, rows)
    yield from _documents(evidence, rows)
    yield from _bindings(evidence)


# --- What people were promised ------------------------------------------------------------------


def _promises(evidence: Evidence, rows: list[Row]) -> Iterator[Finding]:
    by_code = {row["code"]: row for row in rows}
    by_name = group((row["name"], row) for row in rows)
    acknowledged = evidence.facts_of(journal.UploadAcknowledged)
    for upload in acknowledged:
        row = by_code.get(upload.courseware_code)
        if row is None:
            yield lost(f"upload “{upload.file_name}” is not there ({upload.courseware_code})")
        else:
            yield from _differences(upload, row)
    uncertain = evidence.facts_of(journal.Uncertain)
    expected = {upload.file_name for upload in acknowledged}
    expected |= {str(fact.about["file_name"]) for fact in uncertain if _is_upload(fact)}
    for name, same in by_name.items():
        made = [row for row in same if evidence.is_from_run(row["uploaded_at"])]
        if len(made) > 1:
            yield doubled(f"upload “{name}” is there {len(made)} times")
        if made and name not in expected:
            yield unexplained(f"courseware “{name}” is there, and nobody was told that it is")


def _is_upload(fact: journal.Uncertain) -> bool:
    return fact.what == journal.UploadAcknowledged.kind


def _differences(upload: journal.UploadAcknowledged, row: Row) -> Iterator[Finding]:
    wanted = {
        "name": upload.file_name,
        "sha256": upload.sha256,
        "size_bytes": upload.size_bytes,
        "owner": upload.owner,
    }
    for name, value in wanted.items():
        if row[name] != value:
            yield lost(f"upload “{upload.file_name}” had {name} {value}, and has {row[name]}")


# --- The files ----------------------------------------------------------------------------------


def _file(evidence: Evidence, row: Row) -> Iterator[Finding]:
    path = evidence.media_root / row["file"]
    if not path.is_file():
        yield lost(f"the file of courseware “{row['name']}” is not on the disk: {row['file']}")
    elif (path.stat().st_size, digest_of(path)) != (row["size_bytes"], row["sha256"]):
        yield lost(f"the file of courseware “{row['name']}” is damaged: {row['file']}")


def _orphans(evidence: Evidence, rows: list[Row]) -> Iterator[Finding]:
    """Files without a row: only a process that was killed, or an upload that was cut, leaves one behind."""
    if evidence.facts_of(journal.FaultPassed) or any(
        map(_is_upload, evidence.facts_of(journal.Uncertain))
    ):
        return
    deleting = evidence.tables.rows("SELECT file FROM courseware_courseware")
    known = {evidence.media_root / row["file"] for row in deleting}
    for path in sorted((evidence.media_root / "courseware").rglob("*")):
        if path.is_file() and path not in known:
            yield unexplained(f"file {path.relative_to(evidence.media_root)} is no courseware")


# --- The documents in the cloud -----------------------------------------------------------------


def _documents(evidence: Evidence, rows: list[Row]) -> Iterator[Finding]:
    documents = {each["DocumentId"]: each for each in evidence.cloud["documents"]}
    for row in rows:
        yield from _document(row, documents.get(row["document_id"]))
    ours = {
        row["document_id"]
        for row in evidence.tables.rows("SELECT document_id FROM courseware_courseware")
    }
    ours |= {
        row["document_id"]
        for row in evidence.tables.rows("SELECT document_id FROM courseware_discardeddocument")
    }
    looked_for = {
        row["url"] for row in evidence.tables.rows("SELECT url FROM courseware_submission")
    }
    names = {row["code"]: row["name"] for row in rows}
    for document_id, document in documents.items():
        if document_id in ours or document["DocumentUrl"] in looked_for:
            continue
        found = FETCHED_NAME.search(urlsplit(document["DocumentUrl"]).path)
        if found and found[1] in names:
            yield doubled(
                f"courseware “{names[found[1]]}” has document {document_id} in the cloud as well"
            )
        else:
            yield unexplained(f"document {document_id} of the cloud is not known here")


def _document(row: Row, document: Mapping[str, Any] | None) -> Iterator[Finding]:
    label = f"courseware “{row['name']}”"
    if document is None:
        if row["state"] != "failed":
            yield lost(
                f"{label} is {row['state']}, and no document in the cloud ({row['document_id'] or 'none'})"
            )
        return
    state = document["TranscodeState"]
    if row["state"] not in STATES[state] or (
        state == NOT_NEEDED and row["transcode_type"] != PLAIN
    ):
        yield unexplained(f"{label} is {row['state']}, and its document has state {state}")
    if document["DocumentSize"] != row["size_bytes"]:
        yield unexplained(
            f"{label} has {row['size_bytes']} bytes, and {document['DocumentSize']} in the cloud"
        )
    if row["state"] == "ready" and row["result_url"] != document["TranscodeResult"]:
        yield unexplained(
            f"{label} is shown at {row['result_url']}, not at {document['TranscodeResult']}"
        )


def _bindings(evidence: Evidence) -> Iterator[Finding]:
    """Check that the rooms of coming lessons have the documents that they should, and no others."""
    in_rooms = {
        (room["RoomId"], each["DocumentId"])
        for room in evidence.cloud_rooms.values()
        if room["Status"] in OPEN
        for each in room["Documents"]
    }
    wanted, bound = set(), set()
    for row in evidence.tables.rows(BINDINGS):
        bound.add((row["bound_room_number"], row["bound_document_id"]))
        is_kept = row["removed_at"] is None and row["lesson_state"] == "published"
        room = evidence.cloud_rooms.get(row["room_number"])
        is_open = room is not None and room["Status"] in OPEN
        if is_kept and is_open and row["lesson_ends_at"] > evidence.now and row["state"] == "ready":
            wanted.add((row["room_number"], row["document_id"]))
    for room_id, document_id in sorted(wanted - in_rooms):
        yield lost(f"room {room_id} is to show document {document_id}, and does not have it")
    for room_id, document_id in sorted(in_rooms - bound):
        yield unexplained(
            f"room {room_id} has document {document_id}, and nobody here put it there"
        )
