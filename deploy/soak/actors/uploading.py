"""A teacher who uploads courseware by tus over a connection that breaks."""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlsplit

from deploy.soak import contents
from deploy.soak.actors.actor import TRIES, TeacherActor
from deploy.soak.journal import Refused, Uncertain, UploadAcknowledged
from deploy.soak.visitor import Answer, NoAnswer, Visitor

UPLOADS = "/courseware/uploads/"
# Refusals that pass by themselves: another sender, an old offset, too many uploads open.
RETRIED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.LOCKED, HTTPStatus.TOO_MANY_REQUESTS})
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
TUS_HEADERS = {"Tus-Resumable": "1.0.0"}
PDF_SHARE = 0.25
PART_BYTES = 64 * 1024
# Parts whose connection breaks halfway.
CUT_SHARE = 0.15


class Uploader(TeacherActor):
    pause_s: ClassVar[float] = 5.0

    def act(self) -> None:
        number = self.counts["files"] + 1
        self.counts["files"] += 1
        if self.chance.random() < PDF_SHARE:
            name, content = f"{self.name} {number}.pdf", contents.pdf(f"{self.name} {number}")
        else:
            width, height = 4 * self.chance.randint(4, 60), self.chance.randint(16, 300)
            name = f"{self.name} {number}.bmp"
            content = contents.picture(self.chance, width=width, height=height)
        _Upload(self, name, content).run()


class _Upload:
    """One file that is being uploaded."""

    def __init__(self, actor: Uploader, name: str, content: bytes) -> None:
        self.actor = actor
        self.name = name
        self.content = content
        self.owner = actor.teacher.username
        self.visitor: Visitor = actor.teacher.visitors[self.owner]
        self.path = ""
        self.offset = 0

    def run(self) -> None:
        """Send until the last part is answered, or the tries are used up."""
        for _ in range(TRIES):
            try:
                if self._is_done():
                    return
            except NoAnswer:
                self.actor.counts["unanswered"] += 1
            self.actor.wait(1.0)
        about = {"file_name": self.name, "owner": self.owner}
        self.actor.journal.write(Uncertain(what=UploadAcknowledged.kind, about=about))

    def _is_done(self) -> bool:
        """Go on from the server's offset; return whether nothing more is to be done."""
        if not self.path:
            answer = self._ask("POST", UPLOADS, b"", self._about_the_file())
            if answer.status != HTTPStatus.CREATED:
                return self._is_refused(answer)
            self.path = urlsplit(answer.location).path
        answer = self._ask("HEAD", self.path, b"", {})
        if answer.status != HTTPStatus.OK:
            return self._is_refused(answer)
        self.offset = int(answer.headers["Upload-Offset"])
        while self.offset < len(self.content):
            answer = self._send_part()
            if answer.status != HTTPStatus.NO_CONTENT:
                return self._is_refused(answer)
            self.offset = int(answer.headers["Upload-Offset"])
        self._note_end(answer)
        return True

    def _send_part(self) -> Answer:
        part = self.content[self.offset : self.offset + PART_BYTES]
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(self.offset),
        }
        if self.actor.chance.random() < CUT_SHARE:
            self.actor.counts["cut"] += 1
            self.visitor.hang_up_midway("PATCH", self.path, part, headers | TUS_HEADERS)
        return self._ask("PATCH", self.path, part, headers)

    def _is_refused(self, answer: Answer) -> bool:
        """Tell whether a refusal is final; others are tried again."""
        if answer.status in GONE:
            self.path = ""
        if answer.status in RETRIED | GONE:
            self.actor.counts[f"put off {answer.status}"] += 1
            return False
        about = {"file_name": self.name, "owner": self.owner}
        self.actor.journal.write(
            Refused(what=UploadAcknowledged.kind, status=answer.status, about=about)
        )
        self.actor.counts[f"refused {answer.status}"] += 1
        return True

    def _note_end(self, answer: Answer) -> None:
        code = str(answer.headers.get("Content-Location", "")).rstrip("/").rpartition("/")[2]
        self.actor.counts["uploaded"] += 1
        self.actor.journal.write(
            UploadAcknowledged(
                courseware_code=code,
                file_name=self.name,
                sha256=hashlib.sha256(self.content).hexdigest(),
                size_bytes=len(self.content),
                owner=self.owner,
            )
        )

    def _about_the_file(self) -> dict[str, str]:
        name = base64.b64encode(self.name.encode()).decode()
        return {"Upload-Length": str(len(self.content)), "Upload-Metadata": f"filename {name}"}

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        return self.visitor.ask(method, path, data=body, headers=headers | TUS_HEADERS)
