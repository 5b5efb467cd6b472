"""Packages of files, as an XLSX is one: what a broken one brings up."""

from __future__ import annotations

import lzma
import zipfile
import zlib

# Of opening a package and reading its parts; a locked part brings up a RuntimeError.
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
