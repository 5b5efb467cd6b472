"""A teacher who uploads courseware over a bad line, by tus, and does not give up."""

from __future__ import annotations

import base64
import hashlib
from typing import ClassVar
from urllib.parse import urlsplit

from deploy.soak import contents
from deploy.soak.actors.actor import TRIES, Actor
from deploy.soak.journal import Refused, Uncertain, UploadAcknowledged
from deploy.soak.school import Teacher
from deploy.soak.visitor import Answer, NoAnswer, Visitor

UPLOADS = "/courseware/uploads/"
CREATED, NO_CONTENT, OK = 201, 204, 200
# Refusals that pass by themselves: another sender, an old offset, too many uploads open.
PASSING = frozenset({409, 423, 429})
GONE = frozenset({404, 410})
TUS = {"Tus-Resumable": "1.0.0"}
PART_BYTES = 64 * 1024
# How often a part is cut short on its way.
CUT = 0.15


class Uploading(Actor):
    pause_s: ClassVar[float] = 5.0
    teacher: Teacher

    def act(self) -> None:
        number = self.counts["files"] + 1
        self.counts["files"] += 1
        if self.chance.random() < 0.25:
            name, content = f"{self.name} {number}.pdf", contents.pdf(f"{self.name} {number}")
        else:
            width, height = 4 * self.chance.randint(4, 60), self.chance.randint(16, 300)
            name = f"{self.name} {number}.bmp"
            content = contents.picture(self.chance, width=width, height=height)
        _Sending(self, name, content).run()


class _Sending:
    """One file on its way."""

    def __init__(self, actor: Uploading, name: str, content: bytes) -> None:
        self.actor = actor
        self.name = name
        self.content = content
        self.owner = actor.teacher.username
        self.visitor: Visitor = actor.teacher.visitors[self.owner]
        self.path = ""
        self.offset = 0

    def run(self) -> None:
        """Send until the end is answered, or there is no more patience."""
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
        """Go on from where the server is; say whether nothing more is to be done."""
        if not self.path:
            answer = self._ask("POST", UPLOADS, b"", self._about_the_file())
            if answer.status != CREATED:
                return self._is_refused(answer)
            self.path = urlsplit(answer.location).path
        answer = self._ask("HEAD", self.path, b"", {})
        if answer.status != OK:
            return self._is_refused(answer)
        self.offset = int(answer.headers["Upload-Offset"])
        while self.offset < len(self.content):
            answer = self._send_part()
            if answer.status != NO_CONTENT:
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
        if self.actor.chance.random() < CUT:
            self.actor.counts["cut"] += 1
            self.visitor.hang_up_midway("PATCH", self.path, part, headers | TUS)
        return self._ask("PATCH", self.path, part, headers)

    def _is_refused(self, answer: Answer) -> bool:
        """Whether that is the end of it; what passes is tried again."""
        if answer.status in GONE:
            self.path = ""
        if answer.status in PASSING | GONE:
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
        return self.visitor.ask(method, path, data=body, headers=headers | TUS)
