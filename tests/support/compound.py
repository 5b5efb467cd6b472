"""Older Office files (MS-CFB) of a few streams, made by hand: no library writes them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

SECTOR = 512
NUMBERS = SECTOR // 4  # in one sector
TABLES_IN_HEADER = 109
TABLES_IN_LIST = NUMBERS - 1
FREE, END, TABLE, LIST = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC


def compound_file(streams: Mapping[str, bytes], *, bytes_before: int = 0) -> bytes:
    """A compound file of these streams, each in sectors of its own, with so much data before all.

    Its sectors are: the lists of tables that the header has no room for, the tables of sectors, the
    data, the directory, the streams.
    """
    data_sectors = _sectors(bytes_before)
    directory_sectors = _sectors((len(streams) + 1) * 128)
    counts = [max(1, _sectors(len(content))) for content in streams.values()]
    tables, lists = _tables_for(data_sectors + directory_sectors + sum(counts))

    table = [LIST] * lists + [TABLE] * tables
    for count in (data_sectors, directory_sectors, *counts):
        table += _chain(len(table), count)
    directory_at = lists + tables + data_sectors
    directory = [_entry("Root Entry", 5, END, 0)]
    first = directory_at + directory_sectors
    for (name, content), count in zip(streams.items(), counts, strict=True):
        directory.append(_entry(name, 2, first, len(content)))
        first += count

    table_sectors = list(range(lists, lists + tables))
    return b"".join(
        [
            _header(table_sectors, lists, directory_at),
            _lists(table_sectors, lists),
            _numbers(table, tables * NUMBERS),
            bytes(data_sectors * SECTOR),
            b"".join(directory).ljust(directory_sectors * SECTOR, b"\0"),
            *_padded(streams.values(), counts),
        ]
    )


def _sectors(size_bytes: int) -> int:
    return -(-size_bytes // SECTOR)


def _tables_for(sectors: int) -> tuple[int, int]:
    """Return how many tables, and lists of them, so many other sectors need: they are sectors themselves."""
    tables = lists = 0
    while tables * NUMBERS < sectors + tables + lists:
        tables += 1
        lists = max(0, -(-(tables - TABLES_IN_HEADER) // TABLES_IN_LIST))
    return tables, lists


def _header(table_sectors: list[int], lists: int, directory_at: int) -> bytes:
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, len(table_sectors), directory_at, 0, 4096, END, 0, 0 if lists else END, lists),
    )
    return header + _numbers(table_sectors[:TABLES_IN_HEADER], TABLES_IN_HEADER)


def _lists(table_sectors: list[int], lists: int) -> bytes:
    made = b""
    for number in range(lists):
        at = TABLES_IN_HEADER + number * TABLES_IN_LIST
        following = number + 1 if number + 1 < lists else END
        made += _numbers(table_sectors[at : at + TABLES_IN_LIST], TABLES_IN_LIST)
        made += struct.pack("<I", following)
    return made


def _numbers(numbers: list[int], count: int) -> bytes:
    return struct.pack(f"<{count}I", *numbers, *[FREE] * (count - len(numbers)))


def _padded(contents: Iterable[bytes], counts: list[int]) -> list[bytes]:
    pairs = zip(contents, counts, strict=True)
    return [content.ljust(count * SECTOR, b"\0") for content, count in pairs]


def _chain(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), END] if count else []


def _entry(name: str, kind: int, first: int, size_bytes: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xIQQIQ",
        encoded,
        len(encoded) + 2,
        *(kind, 1, FREE, FREE, 1 if kind == 5 else FREE, 0, 0, 0, first, size_bytes),
    )
