"""Downloads that a stop interrupts."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from localcloud.errors import TranscodeError
from localcloud.media import download
from tests.localcloud.filesite import Site


def test_stop_before_the_file_comes_leaves_the_file_to_the_next_start(
    site: Site, tmp_path: Path
) -> None:
    stopping, path = threading.Event(), tmp_path / "source.pdf"
    path.write_bytes(b"written by the next start")
    site.hold = stopping.set

    with pytest.raises(TranscodeError):
        download.fetch(site.put("a.pdf", b"file"), path, stopping=stopping)

    assert path.read_bytes() == b"written by the next start"
