"""Downloads a courseware file from its DocumentUrl, as the cloud does: without credentials.

Assumed: no redirects are followed, and LIMIT_S is the time limit (the sister product whiteboard has the
same). A failed connection is tried again, in case the platform is just starting.
"""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import requests

from localcloud.errors import TranscodeError

MAX_BYTES = 600 * 1024 * 1024
TIMEOUT_S = (5.0, 30.0)  # to connect, between two pieces
LIMIT_S = 120.0
RETRY_S = (1.0, 2.0)
CHUNK_BYTES = 256 * 1024


def fetch(url: str, path: Path, *, stopping: Event) -> int:
    """Fetch a file and return its size in bytes.

    Raises:
        TranscodeError: it cannot be fetched, is empty or too large.
    """
    with requests.Session() as session:
        session.trust_env = False  # no proxy between us and the platform
        try:
            _check_size(session, url, stopping)
            size_bytes = _load(session, url, path, stopping)
        except (OSError, ValueError) as error:  # requests' own errors are OSErrors
            raise _failed(type(error).__name__) from error
    if size_bytes == 0:
        raise TranscodeError("FileEmpty", "课件文件是空的")
    return size_bytes


def _check_size(session: requests.Session, url: str, stopping: Event) -> None:
    """Ask for the size first. A refusal is ignored: an address may be signed for GET alone."""
    for wait_s in (*RETRY_S, None):
        try:
            head = session.head(url, timeout=TIMEOUT_S, allow_redirects=False)
            break
        except requests.ConnectionError:
            if wait_s is None or stopping.wait(wait_s):
                raise
    size = head.headers.get("Content-Length", "")
    if head.status_code == requests.codes.ok and size.isdecimal() and int(size) > MAX_BYTES:
        raise _too_large()


def _load(session: requests.Session, url: str, path: Path, stopping: Event) -> int:
    until_s, size_bytes = time.monotonic() + LIMIT_S, 0
    with session.get(url, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as response:
        if response.status_code != requests.codes.ok:
            raise _failed(f"HTTP {response.status_code}")
        if stopping.is_set():  # the next start may be writing the same file already
            raise _failed("太慢")
        with path.open("wb") as file:
            for chunk in response.iter_content(CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > MAX_BYTES:
                    raise _too_large()
                if stopping.is_set() or time.monotonic() > until_s:
                    raise _failed("太慢")
                file.write(chunk)
    return size_bytes


def _failed(why: str) -> TranscodeError:
    return TranscodeError("DownloadFailed", f"无法下载课件文件（{why}）")


def _too_large() -> TranscodeError:
    return TranscodeError("FileTooLarge", "课件文件过大")
