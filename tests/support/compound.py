"""Older Office files (MS-CFB) of a few streams, made by hand: no library writes them."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR = 512
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams, each in sectors of its own."""
    directory = [_entry("Root Entry", 5, END, 0)]
    # Sector 0 is the table of sectors, sector 1 and perhaps 2 the directory.
    directory_sectors = (len(streams) + 1 + 3) // 4
    table = [TABLE, *_chain(1, directory_sectors)]
    data = b""
    for name, content in streams.items():
        first, count = len(table), max(1, -(-len(content) // SECTOR))
        directory.append(_entry(name, 2, first, len(content)))
        table += _chain(first, count)
        data += content.ljust(count * SECTOR, b"\0")
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, END, 0, END, 0, 0),
    )
    header += struct.pack("<108I", *[FREE] * 108)
    table_bytes = struct.pack("<128I", *table, *[FREE] * (128 - len(table)))
    return (
        header + table_bytes + b"".join(directory).ljust(directory_sectors * SECTOR, b"\0") + data
    )


def _chain(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), END]


def _entry(name: str, kind: int, first: int, size_bytes: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xIQQIQ",
        encoded,
        len(encoded) + 2,
        *(kind, 1, FREE, FREE, 1 if kind == 5 else FREE, 0, 0, 0, first, size_bytes),
    )
