"""Packages of files, as an XLSX is one: what a broken one brings up."""

from __future__ import annotations

import lzma
import zipfile
import zlib

# Opening a package and reading its parts brings these up; a locked part a RuntimeError.
BROKEN_PACKAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
