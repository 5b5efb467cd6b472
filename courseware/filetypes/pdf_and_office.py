"""Checks that PDF and Office files are complete and not encrypted, reading as little as possible.

Sources: ISO 32000 (PDF), ECMA-376 part 2 (the ZIP of newer Office files), MS-CFB, MS-DOC and MS-XLS
(older ones). Reads are bounded, whatever a file's size or the size it claims.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from courseware.exceptions import Broken, Encrypted

KIB = 1024
TAIL_BYTES = 64 * KIB
XREF_BYTES = 64 * KIB
MATCHES_AT_MOST = 16
ENCRYPT = re.compile(rb"/Encrypt(?![A-Za-z])")
START_XREF = re.compile(rb"startxref\s+(\d{1,12})\s")

END_RECORD_BYTES = 22
END_RECORD_MAX = END_RECORD_BYTES + 0xFFFF
END_RECORD = b"PK\x05\x06"
# ZIP64 records: no Office file within our size limits needs them.
LARGE_LOCATOR, LARGE_LOCATOR_BYTES = b"PK\x06\x07", 20
ENTRY_RECORD = b"PK\x01\x02"
ENTRIES_AT_MOST = 20_000
DIRECTORY_AT_MOST = 4 * KIB * KIB
# Office knows these two alone, and of the others a little data can be unpacked only into very much.
PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
CONTENT_TYPES = "[Content_Types].xml"
CONTENT_TYPES_AT_MOST = 2 * KIB * KIB

END_OF_CHAIN = 0xFFFFFFFA  # and what lies above it
SECTORS_AT_MOST = 1024
WORD_IS_ENCRYPTED = 0x0100
FILE_PASS = 0x2F
RECORDS_AT_MOST = 16
# What a password turns a newer Office file into.
ENCRYPTED_STREAMS = frozenset({"EncryptedPackage", "EncryptionInfo", "EncryptedSummary"})


def check_pdf(file: BinaryIO) -> None:
    """Check that a PDF is whole and needs no password.

    Raises:
        Broken: its end is missing.
        Encrypted: its trailer names an encryption.
    """
    size = file.seek(0, io.SEEK_END)
    head = _read(file, 0, XREF_BYTES)
    tail_at = max(0, size - TAIL_BYTES)
    tail = _read(file, tail_at, TAIL_BYTES)
    starts = START_XREF.findall(tail + b"\n")
    if not starts:
        raise Broken
    for dictionary in _trailers(file, head, tail, int(starts[-1])):
        if ENCRYPT.search(dictionary):
            raise Encrypted


def _trailers(file: BinaryIO, head: bytes, tail: bytes, start: int) -> Iterator[bytes]:
    """The dictionaries that may name an encryption: at the end, and where the PDF itself points to.

    One made for quick viewing has its first trailer near its beginning.
    """
    for part in (head, tail):
        for found in _last_matches(rb"trailer", part):
            yield part[found.end() :].partition(b"startxref")[0]
    yield _read(file, start, XREF_BYTES).partition(b"stream")[0].partition(b"startxref")[0]
    for found in _last_matches(rb"/XRef\b", head):
        begin = head.rfind(b" obj", 0, found.start())
        yield head[max(begin, 0) : found.end() + 4 * KIB].partition(b"stream")[0]


def _last_matches(pattern: bytes, part: bytes) -> Iterable[re.Match[bytes]]:
    """The last few: each costs a read of much of the file, and only a malicious file has very many."""
    return deque(re.finditer(pattern, part), maxlen=MATCHES_AT_MOST)


def office_parts(file: BinaryIO) -> frozenset[str]:
    """The folders and files at the top of a ZIP, when it is one that Office wrote.

    Empty for any other ZIP. Nothing is unpacked but a part of the list of contents.

    Raises:
        Broken: it is no whole ZIP, or one that no Office writes.
        OSError: the file cannot be read just now, which says nothing of it.
    """
    _check_directory(file)
    try:
        names = _names_in(file)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as err:
        if isinstance(err.__context__, OSError):
            raise err.__context__ from None
        raise Broken from err
    except (EOFError, ValueError, RuntimeError, struct.error, zlib.error) as err:
        raise Broken from err
    return frozenset(name.split("/", 1)[0].lower() for name in names)


def _names_in(file: BinaryIO) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if not PACKINGS.issuperset(entry.compress_type for entry in entries):
            raise Broken
        if any(entry.header_offset >= archive.start_dir for entry in entries):
            raise Broken
        names = archive.namelist()
        if CONTENT_TYPES not in names:
            return []
        with archive.open(CONTENT_TYPES) as listed:
            listed.read(CONTENT_TYPES_AT_MOST)
        return names


def _check_directory(file: BinaryIO) -> None:
    """Check the size of a ZIP's directory before the library reads it all on trust.

    The record is looked for where the library does: it is the last one. The directory has to end
    where the record begins, and the archive to begin where the file does.
    """
    size = file.seek(0, io.SEEK_END)
    tail_at = max(0, size - END_RECORD_MAX)
    tail = _read(file, tail_at, END_RECORD_MAX)
    at = tail.rfind(END_RECORD)
    if at < 0 or len(tail) - at < END_RECORD_BYTES:
        raise Broken
    entries, directory_bytes, start = struct.unpack_from("<HII", tail, at + 10)
    if entries > ENTRIES_AT_MOST or directory_bytes > DIRECTORY_AT_MOST:
        raise Broken
    if start + directory_bytes != tail_at + at:
        raise Broken
    # It is read up to its end, whatever the record says of its entries.
    directory = _read(file, start, directory_bytes)
    if directory.count(ENTRY_RECORD) > ENTRIES_AT_MOST:
        raise Broken
    before = _read(file, max(0, tail_at + at - LARGE_LOCATOR_BYTES), LARGE_LOCATOR_BYTES)
    if before.startswith(LARGE_LOCATOR):
        raise Broken


class CompoundFile:
    """The streams of an older Office file, or of a newer one under a password: names and first sectors.

    `is_complete` is false when there may be more of them, since a table that leads on is not to be found.

    Raises:
        Broken: its own tables do not fit together.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head = _read(file, 0, 512)
        if len(head) < 512:
            raise Broken
        shift = struct.unpack_from("<H", head, 30)[0]
        if shift not in {9, 12}:
            raise Broken
        self._sector_bytes = 1 << shift
        self._numbers = self._sector_bytes // 4
        directory = struct.unpack_from("<I", head, 48)[0]
        first_list, lists = struct.unpack_from("<II", head, 68)
        self._header_tables: tuple[int, ...] = struct.unpack_from("<109I", head, 76)
        self._lists: list[int] = [first_list if lists else END_OF_CHAIN]
        self._lists_at_most = min(lists, SECTORS_AT_MOST)
        self.is_complete = True
        self.streams = dict(self._entries(directory))
        if not self.streams:
            raise Broken

    def start_of(self, name: str) -> bytes:
        """The first bytes of a stream that is too large for the shared small sectors."""
        sector = self.streams[name]
        return self._sector(sector) if sector < END_OF_CHAIN else b""

    def _entries(self, sector: int) -> Iterator[tuple[str, int]]:
        for _count in range(SECTORS_AT_MOST):
            if sector >= END_OF_CHAIN:
                return
            data = self._sector(sector)
            if len(data) < self._sector_bytes:
                raise Broken
            for at in range(0, len(data), 128):
                name_bytes, kind = struct.unpack_from("<HB", data, at + 64)
                if kind in {1, 2, 5} and 2 <= name_bytes <= 64:
                    name = data[at : at + name_bytes - 2].decode("utf-16-le", "replace")
                    yield name, struct.unpack_from("<I", data, at + 116)[0]
            sector = self._next(sector)

    def _next(self, sector: int) -> int:
        index, place = divmod(sector, self._numbers)
        table = self._table(index)
        if table >= END_OF_CHAIN:
            self.is_complete = False
            return END_OF_CHAIN
        following = self._number(table, place)
        if following is None:
            raise Broken
        return following

    def _table(self, index: int) -> int:
        """Return where one of the tables of sectors lies.

        The header has room for the first 109, which is enough for about 7 MB; lists name the others.
        """
        if index < len(self._header_tables):
            return self._header_tables[index]
        # The last number of a list tells where the next list is.
        list_index, place = divmod(index - len(self._header_tables), self._numbers - 1)
        found = self._number(self._list(list_index), place)
        return END_OF_CHAIN if found is None else found

    def _list(self, index: int) -> int:
        while len(self._lists) <= index:
            following = self._number(self._lists[-1], self._numbers - 1)
            if following is None or following in self._lists:
                return END_OF_CHAIN
            if len(self._lists) >= self._lists_at_most:
                return END_OF_CHAIN
            self._lists.append(following)
        return self._lists[index]

    def _number(self, sector: int, place: int) -> int | None:
        """One of the numbers in a sector; none when it lies outside the file."""
        if sector >= END_OF_CHAIN:
            return None
        data = _read(self._file, (sector + 1) * self._sector_bytes + 4 * place, 4)
        return int.from_bytes(data, "little") if len(data) == 4 else None

    def _sector(self, number: int) -> bytes:
        return _read(self._file, (number + 1) * self._sector_bytes, self._sector_bytes)


def check_compound_file(compound: CompoundFile) -> None:
    """Check that an older Office file needs no password.

    Raises:
        Encrypted: it does, as a whole or in its text.
    """
    streams = compound.streams
    if not ENCRYPTED_STREAMS.isdisjoint(streams):
        raise Encrypted
    if "WordDocument" in streams:
        start = compound.start_of("WordDocument")
        if len(start) >= 12 and struct.unpack_from("<H", start, 10)[0] & WORD_IS_ENCRYPTED:
            raise Encrypted
    for name in ("Workbook", "Book"):
        if name in streams and _needs_password(compound.start_of(name)):
            raise Encrypted


def _needs_password(workbook: bytes) -> bool:
    """Tell whether one of the first records of a workbook says that what follows is encrypted."""
    at = 0
    for _count in range(RECORDS_AT_MOST):
        if at + 4 > len(workbook):
            return False
        kind, length = struct.unpack_from("<HH", workbook, at)
        if kind == FILE_PASS:
            return True
        at += 4 + length
    return False


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)
