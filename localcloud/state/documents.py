"""Documents (courseware), the outcome of their transcodes, and where their files are.

State (TranscodeState): 0 nothing to transcode, 1 running, 2 failed, 3 done. A document of TranscodeType 0 is
never fetched: its state is 0 and its result empty, and the class shows its DocumentUrl itself. Assumed,
because the cloud's pages are silent: its progress stays 0; a failed transcode keeps the progress at which it
failed; DocumentSize is that of CreateDocument, or else the size of the file that was fetched; only dynamic
courseware has a Preview.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import scripted_outcomes, transcode_settings

NOT_NEEDED, IN_PROGRESS, FAILED, DONE = 0, 1, 2, 3
PLAIN, PAGES, MEDIA, SPARE = 0, 1, 2, 3  # values of TranscodeType
PRIVATE, PUBLIC = 0, 1  # values of Permission
PICTURES, SLIDES, COVER = "picture/", "h5/index.html", "cover.jpg"
PREVIEW_PATH = "/temp/preview.html"  # of the page that frames dynamic courseware
MOST_WHILE_WAITING = 90
_ALPHABET = string.digits + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Document:
    """One document; `fields` are those of CreateDocument, with its defaults.

    `result` is a path below the folder of its task, or the code of a failure. `width` and `height` are pixels of
    the first page or the video.
    """

    number: int
    document_id: str
    task_id: str
    fields: dict[str, Any]
    state: int
    progress: int
    result: str
    info: str
    pages: int
    width: int
    height: int
    size_bytes: int
    created_s: float
    due_s: float
    updated_s: int

    @property
    def is_dynamic(self) -> bool:
        return self.state == DONE and self.result == SLIDES

    @property
    def is_static(self) -> bool:
        return self.state == DONE and self.result == PICTURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a transcode: `info` is the application that made the file, or the message of a failure."""

    state: int
    result: str
    info: str = ""
    pages: int = 0
    width: int = 0
    height: int = 0
    size_bytes: int = 0


def folder_of(cloud: Cloud, task_id: str) -> Path:
    """Return the folder of a task's results; it appears when all of them are made."""
    return cloud.config.media_path / "doc" / f"{task_id}_tiw"


def work_folder_of(cloud: Cloud, task_id: str) -> Path:
    return cloud.config.media_path / "doc" / f"{task_id}.making"


def url_path(document: Document, name: str) -> str:
    """Return the path in the address of one of its files."""
    return f"/doc/{document.task_id}_tiw/{name}"


def result_of(cloud: Cloud, document: Document) -> str:
    """Return TranscodeResult: an address, the code of a failure, or nothing."""
    if document.state == DONE:
        return cloud.base_url + url_path(document, document.result)
    return document.result


def preview_of(cloud: Cloud, document: Document) -> str:
    if not document.is_dynamic:
        return ""
    url, pages = result_of(cloud, document), document.pages  # the cloud does not encode the address
    return f"{cloud.base_url}{PREVIEW_PATH}?isppt=1&url={url}&total={pages}"


def cover_of(cloud: Cloud, document: Document) -> str:
    if not (folder_of(cloud, document.task_id) / COVER).is_file():
        return ""
    return cloud.base_url + url_path(document, COVER)


def progress_of(cloud: Cloud, document: Document) -> int:
    """Return the percent done; a delay set by control shows as slow progress."""
    if document.state != IN_PROGRESS or not document.due_s:
        return document.progress
    waited_s = cloud.time_s() - document.created_s
    share = min(waited_s / max(document.due_s - document.created_s, 1), 1)
    left = MOST_WHILE_WAITING - document.progress
    return max(document.progress, int(document.progress + share * left))


def add(cloud: Cloud, fields: dict[str, Any]) -> Document:
    """Add a document and queue its event. The caller holds a transaction, here and below."""
    scripted = scripted_outcomes.for_name(cloud, fields["DocumentName"])
    delay_s = transcode_settings.load(cloud).delay_s if scripted is None else scripted.delay_s
    now_s = cloud.time_s()
    # Without a delay the clock does not matter, so that setting it back cannot delay a transcode.
    due_s = now_s + delay_s if delay_s else 0
    document_id = _random(12)
    state = NOT_NEEDED if fields["TranscodeType"] == PLAIN else IN_PROGRESS
    cloud.db.execute(
        "INSERT INTO documents VALUES (NULL, ?, ?, ?, ?, ?, '', '', 0, 0, 0, ?, ?, ?, ?)",
        (
            document_id,
            _random(20),
            json.dumps(fields),
            state,
            0 if scripted is None or state == NOT_NEEDED else scripted.percent,
            fields["DocumentSize"],
            now_s,
            due_s,
            int(now_s),
        ),
    )
    document = get(cloud, document_id)
    _queue_event(cloud, events.DOCUMENT_CREATE, document)
    cloud.wake()
    return document


def find(cloud: Cloud, document_id: str) -> Document | None:
    query = "SELECT * FROM documents WHERE document_id = ?"
    row = cloud.db.execute(query, (document_id,)).fetchone()
    return None if row is None else _document(row)


def get(cloud: Cloud, document_id: str) -> Document:
    """Return the document.

    Raises:
        CloudError: ResourceNotFound.Document.
    """
    document = find(cloud, document_id)
    if document is None:
        raise CloudError("ResourceNotFound.Document", "The document does not exist.")
    return document


def all_documents(cloud: Cloud) -> list[Document]:
    """Return all documents, oldest first."""
    rows = cloud.db.execute("SELECT * FROM documents ORDER BY number").fetchall()
    return [_document(row) for row in rows]


def waiting(cloud: Cloud) -> list[Document]:
    """Return the documents that are due for their transcode, the longest due first."""
    query = "SELECT * FROM documents WHERE state = 1 AND due_s <= ? ORDER BY due_s, number"
    rows = cloud.db.execute(query, (cloud.time_s(),)).fetchall()
    return [_document(row) for row in rows]


def raise_progress(cloud: Cloud, document: Document, percent: int) -> None:
    """Raise the progress; it never falls, though a restart begins a transcode again."""
    query = "UPDATE documents SET progress = ? WHERE number = ? AND state = ? AND progress < ?"
    cloud.db.execute(query, (percent, document.number, IN_PROGRESS, percent))


def close(cloud: Cloud, document: Document, outcome: Outcome) -> bool:
    """Save the outcome and queue its event; return whether the document still exists."""
    changed = cloud.db.execute(
        "UPDATE documents SET state = ?, progress = max(progress, ?), result = ?, info = ?, "
        "pages = ?, width = ?, height = ?, size_bytes = CASE size_bytes WHEN 0 THEN ? ELSE size_bytes END, updated_s = ? "
        "WHERE number = ? AND document_id = ? AND state = ?",
        (
            outcome.state,
            100 if outcome.state == DONE else progress_of(cloud, document),
            outcome.result,
            outcome.info,
            outcome.pages,
            outcome.width,
            outcome.height,
            outcome.size_bytes,
            cloud.now_s(),
            document.number,
            document.document_id,
            IN_PROGRESS,
        ),
    )
    if not changed.rowcount:
        return False
    _queue_event(cloud, events.DOCUMENT_TRANSCODE_FINISH, get(cloud, document.document_id))
    cloud.wake()
    return True


def delete(cloud: Cloud, document: Document) -> None:
    """Delete a document with its files and its bindings, and queue its event."""
    for table in ("documents", "bindings"):
        cloud.db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document.document_id,))
    shutil.rmtree(folder_of(cloud, document.task_id), ignore_errors=True)
    _queue_event(cloud, events.DOCUMENT_DELETE, document)


def _queue_event(cloud: Cloud, event_type: str, document: Document) -> None:
    data = {
        "DocumentId": document.document_id,
        "DocumentName": document.fields["DocumentName"],
        "Owner": document.fields["Owner"],
        "TranscodeType": document.fields["TranscodeType"],
        "TranscodeState": document.state,
        "TranscodeProgress": progress_of(cloud, document),
        "TranscodeResult": result_of(cloud, document),
        "TranscodeInfo": document.info,
        "Pages": document.pages,
    }
    events.queue_document(cloud, event_type, document.number, data)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _document(row: sqlite3.Row) -> Document:
    return Document(**{**dict(row), "fields": json.loads(row["fields"])})
