"""Recognises files by their first bytes. Nothing is opened or unpacked.

Families are as fine as programs that play or convert files distinguish them.
"""

from __future__ import annotations

import re
import struct

HEAD_BYTES = 4096
TAR_MARK_AT = 257

# Offset, bytes, family; the first that fits is it.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    # Programs
    (0, b"\x7fELF", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),
    (0, b"\xfe\xed\xfa\xce", "program"),
    (0, b"\xfe\xed\xfa\xcf", "program"),
    (0, b"\xce\xfa\xed\xfe", "program"),
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"\0asm", "program"),
    (0, b"dex\n", "program"),
    (0, b"L\0\0\0\x01\x14\x02\0", "program"),  # a shortcut of Windows
    (0, b"#!", "script"),
    # Archives
    (0, b"Rar!\x1a\x07", "archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive"),
    (0, b"\x1f\x8b", "archive"),
    (0, b"BZh", "archive"),
    (0, b"\xfd7zXZ\0", "archive"),
    (0, b"\x28\xb5\x2f\xfd", "archive"),
    (0, b"MSCF", "archive"),
    (0, b"ITSF", "archive"),
    (2, b"-lh", "archive"),
    (TAR_MARK_AT, b"ustar", "archive"),
    (0x8001, b"CD001", "archive"),
    # Documents
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"PK\x07\x08", "zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"{\\rtf", "rtf"),
    (0, b"AT&TFORM", "djvu"),
    # Images
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"8BPS", "psd"),
    # Sound and film
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
    (0, b".RMF", "realmedia"),
    (0, b".ra\xfd", "realmedia"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (0, b"\0\0\x01\xb3", "mpeg"),
    (0, b"\0\0\0\x0cjP  ", "jpeg2000"),
    (0, b"ADIF", "aac"),
    (0, b"#!AMR", "amr"),
    (0, b"MThd", "midi"),
)
RIFF_FAMILIES = {b"WAVE": "wave", b"AVI ": "avi", b"WEBP": "webp"}
# The first box of a QuickTime file of before there were brands.
OLD_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
STILL_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
PAGE_START = re.compile(
    rb"<(!doctype\s+html|html|head|body|script|iframe|svg|!doctype\s+svg|\?php|%)", re.IGNORECASE
)
MARKUP_START = re.compile(rb"<(\?xml|!--|!doctype|[a-z]+[\s>:])", re.IGNORECASE)
# The same without names that may follow the length of a film's first box.
WIDE_START = re.compile(
    rb"<(\?xml|!--|!doctype|html|head|body|script|iframe|svg|\?php|%)", re.IGNORECASE
)
BLANKS = b" \t\n\v\f\r\0"
BOMS = b"\xef\xbb\xbf\xff\xfe"
PDF_MARK, PDF_MARK_WITHIN = b"%PDF-", 1024
# Letters of two or four bytes have zeros between them.
TAG = re.compile(rb"<\0{0,3}[!?/%a-z]", re.IGNORECASE)
PRINTER_START = b"\x1b%-12345X"
BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
TS_PACKET = 188
# Control characters that text does not contain: all but tab, line and page breaks, and escape.
CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b") | {127}


def recognise(head: bytes) -> str:
    """Name the family that the beginning of a file belongs to; empty when none is known."""
    if text := _text(head):
        return text
    if head[:2] == b"#!" and not head.startswith(b"#!AMR"):
        return "script"
    for offset, mark, family in SIGNATURES:
        if head[offset : offset + len(mark)] == mark:
            return family
    for look in (_program, _riff, _boxes, _image, _pdf, _sound, _film):
        if family := look(head):
            return family
    return ""


def _text(head: bytes) -> str:
    """`page`, `script` or `text` for what a browser or a shell would read; empty for other bytes."""
    plain = _plain(head)
    if PAGE_START.match(plain) or MARKUP_START.match(plain) or _is_wide_page(head):
        return "page"
    if not plain:
        return "" if head.strip(BLANKS + BOMS) else "text"
    is_marked = head.startswith(b"{\\rtf") or _pdf_mark(head) >= 0
    if is_marked or not _is_printable(plain):
        return ""
    if plain.startswith(b"#!"):
        return "" if plain.startswith(b"#!AMR") else "script"
    return "page" if PAGE_START.search(plain) else "text"


def _plain(head: bytes) -> bytes:
    """The beginning as a program sees it that reads text: without a BOM, and without blanks."""
    if head[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        return head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # A BOM; an MPEG frame may begin with the same two bytes, so all has to be text.
    order = "utf-16-le" if head[:1] == b"\xff" else "utf-16-be"
    plain = head[2 : 2 + len(head[2:]) // 2 * 2].decode(order, "replace").encode().lstrip()
    return plain if _is_printable(plain) else b""


def _is_wide_page(head: bytes) -> bool:
    """Tell whether it is markup in letters of two or four bytes, in either byte order and with a BOM or not."""
    if b"\0" not in head:
        return False
    narrow = head.lstrip(BOMS + b"\0").replace(b"\0", b"")
    return WIDE_START.match(narrow.lstrip()) is not None


def _is_printable(data: bytes) -> bool:
    """Tell whether all of it is text in UTF-8 or in GB18030; a character may be cut off at the end."""
    if not CONTROLS.isdisjoint(data):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError as err:
            if err.start < len(data) - 4:
                continue
        return True
    return False


def _program(head: bytes) -> str:
    return "program" if head[:2] == b"MZ" else ""


def _riff(head: bytes) -> str:
    if head[:4] not in {b"RIFF", b"RF64"}:
        return ""
    return RIFF_FAMILIES.get(head[8:12], "riff")


def _boxes(head: bytes) -> str:
    """MP4 and its kin: boxes of a size and a name."""
    name = head[4:8]
    if name == b"ftyp":
        return "heif" if head[8:12] in STILL_BRANDS else "mp4"
    return "mp4" if name in OLD_QUICKTIME_BOXES else ""


def _image(head: bytes) -> str:
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return _gif(head)
    is_bmp = head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) >= 18
    if is_bmp and struct.unpack_from("<I", head, 14)[0] in BMP_HEADERS:
        return "bmp"
    return ""


def _gif(head: bytes) -> str:
    """A GIF continues with its colour table and a known block: `GIF89a<script>` does not."""
    if len(head) < 14:
        return ""
    width, height, flags = struct.unpack_from("<HHB", head, 6)
    colours = 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
    is_block = head[13 + colours : 14 + colours] in {b"\x21", b"\x2c", b"\x3b"}
    return "gif" if width and height and is_block else ""


def _pdf_mark(head: bytes) -> int:
    """Find the mark of a PDF, in the first kilobyte as readers look for it; -1 for nowhere."""
    return head.find(PDF_MARK, 0, PDF_MARK_WITHIN)


def _pdf(head: bytes) -> str:
    mark_at = _pdf_mark(head)
    return "" if mark_at < 0 else _before_pdf(head[:mark_at]) or "pdf"


def _before_pdf(start: bytes) -> str:
    """Recognise what stands before a PDF's mark; empty for blanks, and for what printers and old systems write.

    What does not read the file as a PDF begins at its start, and never sees the mark.
    """
    if TAG.search(start):
        return "page"
    first = start.strip(BLANKS + BOMS)
    if first.startswith(b"#!"):
        return "script"
    is_binary = not CONTROLS.isdisjoint(first)
    return "" if not first or is_binary or first.startswith(PRINTER_START) else "text"


def _sound(head: bytes) -> str:
    if head[:3] == b"ID3":
        return "mp3"
    if len(head) < 4 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    return "mp3" if _is_mpeg_frame(head[1], head[2]) else ""


def _is_mpeg_frame(second: int, third: int) -> bool:
    has_sync, version, layer = second & 0xE0 == 0xE0, second >> 3 & 3, second >> 1 & 3
    return bool(
        has_sync
        and version != 1
        and layer != 0
        and third >> 4 not in {0, 15}
        and third >> 2 & 3 != 3
    )


def _film(head: bytes) -> str:
    is_stream = head[:1] == b"G" and head[TS_PACKET : TS_PACKET + 1] == b"G"
    if is_stream and head[2 * TS_PACKET : 2 * TS_PACKET + 1] in {b"G", b""}:
        return "mpeg"
    # A raw stream of H.264: a start code, then a parameter set, a delimiter, or a picture.
    start = 4 if head[:4] == b"\0\0\0\x01" else 3 if head[:3] == b"\0\0\x01" else 0
    if start and len(head) > start:
        unit = head[start]
        if unit < 0x80 and unit & 0x1F in {1, 5, 6, 7, 8, 9}:
            return "h264"
    return ""
