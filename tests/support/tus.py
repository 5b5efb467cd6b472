"""A client of tus 1.0.0 that says exactly what a test wants said."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from accounts.models import User

UPLOADS = "/courseware/uploads/"
PART_TYPE = "application/offset+octet-stream"
CSRF_TOKEN = "a" * 32


def metadata(filename: str, **more: str) -> str:
    pairs = {"filename": filename} | more
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items()
    )


class Tus:
    """Speaks as this person, signed in, with the header against forged requests."""

    def __init__(self, user: User | None, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True)
        if user is not None:
            self.client.force_login(user)
        self.client.cookies["csrftoken"] = CSRF_TOKEN
        self.client.cookies["django_language"] = language

    def ask(
        self, method: str, path: str, body: bytes = b"", *, content_type: str = "", **said: Any
    ) -> HttpResponse:
        """Ask; `Upload_Offset="5"` is said as Upload-Offset, None takes a header away."""
        usual = {"Tus-Resumable": "1.0.0", "X-CSRFToken": CSRF_TOKEN}
        own = {name.replace("_", "-"): value for name, value in said.items()}
        headers = {name: value for name, value in (usual | own).items() if value is not None}
        # Django's client says nothing of a body that is empty.
        about: dict[str, Any] = {
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
        }
        answer: Any = self.client.generic(method, path, body, headers=headers, **about)
        response: HttpResponse = answer
        return response

    def begin(self, filename: str = "语文.h264", length: int = 10, **said: Any) -> HttpResponse:
        about = {"Upload_Length": str(length), "Upload_Metadata": metadata(filename)}
        return self.ask("POST", UPLOADS, **(about | said))

    def begun(self, filename: str = "语文.h264", length: int = 10) -> str:
        """Begin an upload; return the path at which it goes on."""
        return urlsplit(self.begin(filename, length)["Location"]).path

    def send(self, path: str, offset: int, body: bytes, **said: Any) -> HttpResponse:
        said = {"Upload_Offset": str(offset), "content_type": PART_TYPE} | said
        return self.ask("PATCH", path, body, **said)

    def offset(self, path: str) -> int:
        return int(self.ask("HEAD", path)["Upload-Offset"])
