"""Look for texts where a stranger would: in a dump of the database, in all files, and in the local cloud's state.

A process of its own with nothing but Python's library: `python -I -S outside_look.py < request.json`. The request has
`texts` by name, `bytes` (in hexadecimal) by name, the words of a `dump` command, `files` (files and folders), and the
`cloud`'s state file with the tables of it that are left out. The answer has the places of each text that was found.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import sqlite3
import subprocess
import sys
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
HEX = re.compile(rb"\\+x((?:[0-9a-f]{2}){4,})")
# Sessions, and other signed values.
BASE64 = re.compile(rb"[A-Za-z0-9_+/-]{32,}")
COPY = re.compile(r"COPY (?:\w+\.)?\"?(\w+)\"? ")
# So deep do contents stand in one another: a packed text in a workbook in a column of bytes.
DEPTH = 4
PLACE_CHARS = 2000


def sources(request: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    if request.get("dump"):
        yield from dumped(request["dump"])
    for name in request.get("files", ()):
        yield from files(Path(name))
    if request.get("cloud"):
        yield from cloud_rows(request["cloud"], set(request.get("cloud_left_out", ())))


def dumped(words: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the lines of a dump, each with its table."""
    dump = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
    table = "the dump"
    for line in dump.splitlines():
        if match := COPY.match(line.decode(errors="replace")):
            table = match[1]
        yield table, line


def files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names of all files and folders, and the contents of files, those in packed files line by line."""
    for path in [root, *sorted(root.rglob("*"))]:
        yield f"name of {path}", path.name.encode()
        if path.is_file():
            content = path.read_bytes()
            for line in content.splitlines() if is_text(content) else [content]:
                yield str(path), line


def cloud_rows(state: str, left_out: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the rows of all tables of the cloud's state but those that are left out."""
    database = sqlite3.connect(f"file:{state}?mode=ro", uri=True)
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        if table not in left_out:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield f"cloud's {table}", "\t".join(map(str, row)).encode()
    database.close()


def is_text(content: bytes) -> bool:
    return b"\0" not in content[:1000]


def contents(content: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """Yield the content, and what stands in it packed or written in hexadecimal or base64."""
    yield content
    if depth == 0:
        return
    for inner in (*unpacked(content), *written_in_ascii(content)):
        yield from contents(inner, depth - 1)


def unpacked(content: bytes) -> Iterator[bytes]:
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)
    elif content[:1] == b"\x78":
        try:
            yield zlib.decompress(content)
        except zlib.error:
            return


def written_in_ascii(content: bytes) -> Iterator[bytes]:
    for match in HEX.finditer(content):
        yield bytes.fromhex(match[1].decode())
    for match in BASE64.finditer(content):
        word = match[0].translate(bytes.maketrans(b"-_", b"+/"))
        try:
            yield base64.b64decode(word + b"=" * (-len(word) % 4))
        except binascii.Error:
            continue


def readings(content: bytes) -> set[str]:
    """Return the content as text, in each way in which a name may be written in it, in small letters."""
    read = {content.decode(errors="replace")}
    if not content.isascii():
        read.add(content.decode("gb18030", errors="replace"))
    read |= {ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text) for text in read}
    # A dump writes every backslash twice; addresses have signs for other letters.
    read |= {text.replace("\\\\", "\\") for text in read}
    read |= {urllib.parse.unquote(text) for text in read if "%" in text}
    read |= {html.unescape(text) for text in read if "&" in text}
    return {text.casefold() for text in read}


def look(request: dict[str, Any]) -> dict[str, list[str]]:
    texts = {name: text.casefold() for name, text in request.get("texts", {}).items()}
    pieces = {name: bytes.fromhex(piece) for name, piece in request.get("bytes", {}).items()}
    places: dict[str, list[str]] = {}
    for place, source in sources(request):
        for content in contents(source):
            read = readings(content)
            names = [name for name, text in texts.items() if any(text in part for part in read)]
            names += [name for name, piece in pieces.items() if piece in content]
            for name in names:
                excerpt = source.decode(errors="replace")[:PLACE_CHARS]
                places.setdefault(name, []).append(f"{place}: {excerpt}")
    return places


if __name__ == "__main__":
    json.dump(look(json.load(sys.stdin)), sys.stdout)
