"""The headers of tus 1.0.0, read and written. The protocol: https://tus.io/protocols/resumable-upload

Core, and the extensions creation, expiration and termination. A length that comes later, data with
the creation, and checksums are not offered.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.translation import gettext as _

from courseware.filetypes.formats import FORMATS

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PART_TYPE = "application/offset+octet-stream"
MAX_SIZE_BYTES = max(form.limit_bytes for form in FORMATS.values())
NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


class Malformed(Exception):
    """A header that is missing, or makes no sense; the text says which."""


def number(headers: Mapping[str, str], name: str) -> int:
    """The number that this header holds.

    Raises:
        Malformed: it does not hold one.
    """
    text = headers.get(name, "").strip()
    if not NUMBER.fullmatch(text):
        raise Malformed(_("The header %(name)s must be a whole number.") % {"name": name})
    return int(text)


def filename(headers: Mapping[str, str]) -> str:
    """The name that `Upload-Metadata` gives: pairs of a key and a value in Base64.

    Raises:
        Malformed: it gives none that can be read.
    """
    value = _metadata(headers, "filename")
    try:
        name = _decoded(value or "")
    except ValueError as err:
        raise Malformed(_("The file's name in Upload-Metadata cannot be read.")) from err
    if not name.strip():
        raise Malformed(_("The header Upload-Metadata must name the file: filename, then Base64."))
    return name


def replaces(headers: Mapping[str, str]) -> str | None:
    """Return the code of the courseware that the file is to replace; None where it replaces none.

    Raises:
        Malformed: the code cannot be read.
    """
    value = _metadata(headers, "replaces")
    try:
        return None if value is None else _decoded(value).strip()
    except ValueError as err:
        raise Malformed(_("The code in Upload-Metadata cannot be read.")) from err


def _metadata(headers: Mapping[str, str], wanted: str) -> str | None:
    for pair in headers.get("Upload-Metadata", "").split(","):
        key, _space, value = pair.strip().partition(" ")
        if key == wanted:
            return value.strip()
    return None


def _decoded(value: str) -> str:
    # Both errors that there may be are a ValueError.
    return base64.b64decode(value, validate=True).decode()


def answer(status: int, **headers: str) -> HttpResponse:
    """An answer without a body; `Upload_Offset="5"` becomes the header Upload-Offset."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return _marked(response)


def refuse(status: int, sentence: str, *, retry_after_s: int = 0) -> HttpResponse:
    """A refusal in one sentence."""
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    if retry_after_s:
        response["Retry-After"] = str(retry_after_s)
    return _marked(response)


def _marked(response: HttpResponse) -> HttpResponse:
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    return response
