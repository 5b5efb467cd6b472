"""The content of a file counts: real files pass, all else is refused with what it was recognised as."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from courseware.exceptions import Broken, ContentRefused, Encrypted, WrongContent
from courseware.filetypes.content_checks import check_content
from courseware.filetypes.file_names import clean_name
from courseware.filetypes.formats import FORMATS
from tests.localcloud.coursefiles import make_films, pdf, sheet, slides, text
from tests.support.compound import compound_file

IMAGES = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0",
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0",
    "gif": b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0\x3b",
    "bmp": b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0",
}
# Suffix, and what ffmpeg is told to make it.
MEDIA = {
    "mp4": (),
    "m4v": ("-f", "mp4"),
    "mov": (),
    "qt": ("-f", "mov"),
    "3gp": ("-f", "mp4"),
    "f4v": ("-f", "mp4"),
    "avi": (),
    "flv": ("-ar", "44100"),
    "wmv": (),
    "mpg": ("-r", "25"),
    "mpeg": ("-r", "25"),
    "vob": ("-r", "25"),
    "webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    "ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "ogg": ("-vn", "-c:a", "libvorbis"),
    "h264": ("-an", "-f", "h264"),
    "mp3": ("-vn",),
    "wav": ("-vn",),
    "wma": ("-vn",),
    "aac": ("-vn",),
    "flac": ("-vn",),
    "m4a": ("-vn", "-f", "mp4"),
    "oga": ("-vn", "-c:a", "libvorbis", "-f", "ogg"),
    "opus": ("-vn",),
}
MADE: dict[str, Callable[[], bytes]] = {
    "pdf": pdf,
    "pptx": slides,
    "docx": text,
    "docs": text,
    "xlsx": sheet,
}
OLDER = [("doc", "WordDocument"), ("ppt", "PowerPoint Document"), ("xls", "Workbook")]
MIB = 1024 * 1024
# Where the header of a compound file says how many lists of tables follow its own.
LISTS_AT = 72
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def check(content: bytes, suffix: str) -> None:
    check_content(io.BytesIO(content), FORMATS[suffix])


def refusal(content: bytes, suffix: str) -> str:
    """The reason for which this content is refused under the suffix; `taken` when it is not."""
    try:
        check(content, suffix)
    except ContentRefused as err:
        return err.reason
    return "taken"


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(name, "内容")
    return file.getvalue()


def enlarged(content: bytes, directory_bytes: int) -> bytes:
    """The same archive with its numbers in the records for large ones, and others in the usual one."""
    at = content.rindex(b"PK\x05\x06")
    entries, size, start = struct.unpack_from("<HII", content, at + 10)
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, start
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    place = at + len(record) + len(locator)
    usual = struct.pack("<HHIIH", 1, 1, directory_bytes, place - directory_bytes, 0)
    return content[:at] + record + locator + content[at : at + 8] + usual


def behind(bytes_before: int, stream: str) -> bytes:
    """An older Office file whose directory lies behind so much data, with this stream in its second sector."""
    others = {f"Other {number}": b"" for number in range(4)}
    return compound_file(others | {stream: bytes(5000)}, bytes_before=bytes_before)


class Counting(io.BytesIO):
    """A file that counts how much of it is read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.taken += len(content)
        return content


def never(*_args: object, **_kwargs: object) -> None:
    raise AssertionError("it is read all the same")


class TestRealFiles:
    @pytest.mark.parametrize("suffix", ["pdf", "pptx", "docx", "docs", "xlsx"])
    def test_documents_pass(self, suffix):
        assert refusal(MADE[suffix](), suffix) == "taken"

    @pytest.mark.parametrize("suffix", [*IMAGES, "jpeg"])
    def test_images_pass(self, suffix):
        assert refusal(IMAGES.get(suffix, IMAGES["jpg"]), suffix) == "taken"

    def test_films_and_sounds_pass(self, tmp_path: Path):
        paths = {suffix: tmp_path / f"made.{suffix}" for suffix in MEDIA}
        make_films({path: MEDIA[suffix] for suffix, path in paths.items()})

        found = {suffix: refusal(path.read_bytes(), suffix) for suffix, path in paths.items()}

        assert found == dict.fromkeys(MEDIA, "taken")

    @pytest.mark.parametrize(("suffix", "stream"), OLDER)
    def test_older_office_files_pass(self, suffix, stream):
        assert refusal(compound_file({stream: b"\xec\xa5" + bytes(5000)}), suffix) == "taken"

    @pytest.mark.parametrize("before", [8 * MIB, 24 * MIB])
    @pytest.mark.parametrize(("suffix", "stream"), OLDER)
    def test_older_office_files_with_their_directory_behind_much_data_pass(
        self, suffix, stream, before
    ):
        assert refusal(behind(before, stream), suffix) == "taken"

    @pytest.mark.parametrize("suffix", ["h264", "rm", "rmvb", "mj2", "3g2"])
    def test_formats_without_a_signature_pass_by_suffix(self, suffix):
        assert refusal(b"\x01\x02\x03\x04" * 50, suffix) == "taken"

    def test_file_is_left_at_its_start(self):
        file = io.BytesIO(pdf())

        check_content(file, FORMATS["pdf"])

        assert file.tell() == 0


class TestOthers:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (PAGE, "page"),
            (b"\xef\xbb\xbf\r\n <HTML>", "page"),
            (b"<!-- \x01 --><script>alert(1)</script>", "page"),
            (b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "\x01">]><svg>&a;</svg>', "page"),
            ("<script>".encode("utf-16"), "page"),
            ("<!-- -->%PDF-<script>".encode("utf-16"), "page"),
            ("\n<script>".encode("utf-16-le"), "page"),
            ("<?xml version='1.0'?><svg/>".encode("utf-16-be"), "page"),
            ("<html>".encode("utf-32"), "page"),
            (" <svg/>".encode("utf-32-be"), "page"),
            (b" \r\n" * 3000 + b"<script>", "text"),
            ((" \n" * 3000 + "<script>").encode("utf-16"), "text"),
            (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "page"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "page"),
            (b"<?php system($_GET['c']);", "page"),
            (b"#!/bin/sh\nrm -rf /\n", "script"),
            ("春眠不觉晓".encode("gb18030"), "text"),
            (b"MZ\x90\0\x03\0\0\0" + bytes(60), "program"),
            (b"\x7fELF\x02\x01\x01\0" + bytes(60), "program"),
            (b"Rar!\x1a\x07\x01\0" + bytes(60), "archive"),
            (b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(60), "archive"),
            (b"\x1f\x8b\x08\0" + bytes(60), "archive"),
            (bytes(257) + b"ustar\x0000" + bytes(60), "archive"),
            (bytes(0x8001) + b"CD001\x01" + bytes(60), "archive"),
        ],
        ids=lambda value: repr(value)[:60],
    )
    def test_what_runs_or_packs_is_refused_under_every_suffix(self, content, reason):
        refusals = {suffix: refusal(content, suffix) for suffix in FORMATS}

        assert refusals == dict.fromkeys(FORMATS, reason)

    def test_plain_archive_is_refused_under_every_suffix(self):
        content = archive("run.exe", "readme.txt")
        refusals = {suffix: refusal(content, suffix) for suffix in FORMATS}

        assert refusals == dict.fromkeys(FORMATS, "archive")

    @pytest.mark.parametrize(
        ("suffix", "of", "reason"),
        [
            ("pdf", "pptx", "archive"),
            ("docx", "pptx", "ppt"),
            ("xlsx", "docx", "word"),
            ("pptx", "xlsx", "xl"),
            ("doc", "docx", "archive"),
            ("pptx", "pdf", "pdf"),
            ("mp4", "pdf", "pdf"),
            ("h264", "pdf", "pdf"),
            ("mp3", "pdf", "pdf"),
        ],
    )
    def test_document_of_another_kind_is_named(self, suffix, of, reason):
        assert refusal(MADE[of](), suffix) == reason

    @pytest.mark.parametrize(
        ("suffix", "content", "reason"),
        [
            ("jpg", IMAGES["png"], "png"),
            ("png", IMAGES["jpg"], "jpeg"),
            ("gif", b"GIF89a<script>alert(1)</script>", "page"),
            ("gif", b"GIF89a\x01\0<script>alert(1)</script>", "unknown"),
            ("png", b"\x89PNG\0nothing", "unknown"),
            ("bmp", b"BM\x07\x08 nothing like a bitmap", "unknown"),
            ("mp4", b"\x01\x02\x03\x04" * 50, "unknown"),
            ("jpg", b"\0\0\0\x18ftypheic" + bytes(40), "heif"),
            ("mp3", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "wave"),
            ("wav", b"ID3\x04\0\0\0\0\0\0" + bytes(40), "mp3"),
            ("webm", b"\0\0\0\x18ftypisom" + bytes(40), "mp4"),
        ],
    )
    def test_other_bytes_are_refused(self, suffix, content, reason):
        assert refusal(content, suffix) == reason

    def test_older_office_file_of_another_kind_is_refused(self):
        assert refusal(compound_file({"Workbook": bytes(5000)}), "doc") == "ole"

    def test_older_office_file_of_another_kind_is_refused_behind_much_data(self):
        assert refusal(behind(8 * MIB, "Workbook"), "doc") == "ole"

    def test_sentence_says_what_it_is_and_what_to_do(self):
        with pytest.raises(WrongContent) as refused:
            check(IMAGES["png"], "jpg")

        assert refused.value.status == 415
        assert "PNG" in refused.value.sentence
        assert ".jpg" in refused.value.sentence


class TestBeforePdf:
    @pytest.mark.parametrize(
        "start",
        [
            b"\xef\xbb\xbf",
            b"\r\n \t\n",
            b"\0" * 8,
            b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n",
            b"\0\x0blesson.pdf" + bytes(52) + b"PDF CARO" + bytes(55),  # an old Mac's
        ],
        ids=repr,
    )
    def test_what_printers_and_old_systems_write_passes(self, start):
        assert refusal(start + pdf(), "pdf") == "taken"

    @pytest.mark.parametrize("suffix", ["pdf", "h264", "mp3"])
    @pytest.mark.parametrize(
        ("start", "reason"),
        [
            (b"<html><script>alert(1)</script>", "page"),
            (b"<!-- -->", "page"),
            (b"<b\n", "page"),
            (b"hello <script>alert(1)</script>", "page"),
            (b"\x01\x02<script>alert(1)</script>", "page"),
            (b"\x1b%-12345X@PJL <script>alert(1)</script>\r\n", "page"),
            ("<script>".encode("utf-16-le"), "page"),
            ("文<svg>".encode("utf-32"), "page"),
            (b"\n#!/bin/sh\nexit\n", "script"),
            (b"#!/bin/sh\nexit\n", "script"),
            (b"echo off\r\n", "text"),
        ],
        ids=repr,
    )
    def test_what_others_would_read_is_refused(self, suffix, start, reason):
        assert refusal(start + pdf(), suffix) == reason

    def test_another_signature_goes_before_the_mark(self):
        assert refusal(IMAGES["jpg"] + b"<a %PDF-1.7", "jpg") == "taken"
        assert refusal(b"MZ\x90\0" + pdf(), "pdf") == "program"


class TestEncrypted:
    def test_pdf_with_a_password_is_recognised(self):
        with pytest.raises(Encrypted):
            check(pdf(password="秘密"), "pdf")

    def test_pdf_that_only_names_encryption_in_its_text_passes(self):
        content = pdf()
        marked = content.replace(b"endobj", b"% /Encrypt\nendobj", 1)

        assert refusal(marked, "pdf") == "taken"

    @pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx", "docs", "doc", "ppt", "xls"])
    def test_office_file_under_a_password_is_recognised(self, suffix):
        content = compound_file({"EncryptionInfo": bytes(300), "EncryptedPackage": bytes(5000)})

        assert refusal(content, suffix) == "encrypted"

    @pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx", "doc", "ppt", "xls"])
    def test_office_file_under_a_password_is_recognised_behind_much_data(self, suffix):
        assert refusal(behind(8 * MIB, "EncryptedPackage"), suffix) == "encrypted"

    def test_older_word_file_under_a_password_is_recognised(self):
        header = struct.pack("<HHHHHH", 0xA5EC, 0, 0, 0, 0, 0x0100)

        assert refusal(compound_file({"WordDocument": header + bytes(5000)}), "doc") == "encrypted"

    def test_older_workbook_under_a_password_is_recognised(self):
        records = struct.pack("<HH16x", 0x0809, 16) + struct.pack("<HH", 0x2F, 54) + bytes(5000)

        assert refusal(compound_file({"Workbook": records}), "xls") == "encrypted"


class TestBroken:
    @pytest.mark.parametrize(("suffix", "make"), [("pdf", pdf), ("pptx", slides), ("docx", text)])
    def test_file_that_was_cut_off_is_recognised(self, suffix, make):
        content = make()

        with pytest.raises(Broken):
            check(content[: len(content) // 2], suffix)

    def test_list_of_contents_that_is_damaged_is_recognised(self):
        content = bytearray(text())
        at = content.index(b"[Content_Types].xml") + 40
        content[at : at + 200] = bytes(200)

        assert refusal(bytes(content), "docx") == "broken"

    def test_archive_that_claims_a_huge_directory_is_not_read(self):
        content = bytearray(text())
        at = content.rindex(b"PK\x05\x06")
        struct.pack_into("<HHI", content, at + 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF)

        assert refusal(bytes(content), "docx") == "broken"

    @pytest.mark.parametrize("directory_bytes", [0, 46])
    def test_archive_of_many_entries_in_records_for_large_ones_is_not_read(
        self, monkeypatch, directory_bytes
    ):
        content = enlarged(text(), directory_bytes)
        monkeypatch.setattr("courseware.filetypes.pdf_and_office.zipfile.ZipFile", never)

        assert refusal(content, "docx") == "broken"

    def test_archive_with_more_entries_than_it_says_is_not_read(self, monkeypatch):
        monkeypatch.setattr("courseware.filetypes.pdf_and_office.ENTRIES_AT_MOST", 20)
        content = archive("[Content_Types].xml", *(f"word/{number}" for number in range(20)))
        at = content.rindex(b"PK\x05\x06")
        said = content[: at + 8] + struct.pack("<HH", 1, 1) + content[at + 12 :]
        monkeypatch.setattr("courseware.filetypes.pdf_and_office.zipfile.ZipFile", never)

        assert refusal(said, "docx") == "broken"

    @pytest.mark.parametrize(
        ("before", "after", "reason"),
        [
            (b"", b"", "taken"),
            (b"", b"\r\n", "taken"),
            (b"", b"PK\x05\x06", "broken"),
            (b"", b"PK\x05\x06" + bytes(18), "broken"),
            (b"PK\x03\x04" + bytes(40), b"", "broken"),
        ],
    )
    def test_archive_is_one_from_its_start_to_its_last_record(self, before, after, reason):
        assert refusal(before + text() + after, "docx") == reason

    @pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_packing_that_no_office_writes_is_not_unpacked(self, packing, monkeypatch):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", packing) as packed:
            packed.writestr("[Content_Types].xml", bytes(1_000_000))
            packed.writestr("word/document.xml", "")
        monkeypatch.setattr(zipfile.ZipFile, "open", never)

        assert refusal(file.getvalue(), "docx") == "broken"

    def test_entry_that_lies_beyond_all_files_is_recognised(self):
        content = bytearray(archive("[Content_Types].xml", "word/document.xml"))
        at = content.index(b"PK\x01\x02")
        name_bytes = struct.unpack_from("<H", content, at + 28)[0]
        far = struct.pack("<HHQ", 1, 8, 2**64 - 2)
        struct.pack_into("<H", content, at + 30, len(far))
        struct.pack_into("<I", content, at + 42, 0xFFFFFFFF)
        content[at + 46 + name_bytes : at + 46 + name_bytes] = far
        end = content.rindex(b"PK\x05\x06")
        struct.pack_into("<I", content, end + 12, end - at)

        assert refusal(bytes(content), "docx") == "broken"

    @pytest.mark.parametrize("calls", range(2, 9))
    def test_storage_that_does_not_answer_says_nothing_of_the_file(self, calls):
        class Failing(io.BytesIO):
            left = calls

            def read(self, size: int | None = -1, /) -> bytes:
                self.left -= 1
                if self.left < 0:
                    raise OSError("the storage is away")
                return super().read(size)

        with pytest.raises(OSError, match="the storage is away"):
            check_content(Failing(text()), FORMATS["docx"])

    def test_compound_file_whose_directory_goes_in_circles_ends(self):
        content = bytearray(compound_file({"WordDocument": bytes(5000)}))
        struct.pack_into("<I", content, 512 + 4, 1)  # the directory's sector follows itself

        assert refusal(bytes(content), "doc") == "taken"

    @pytest.mark.parametrize("following", [0, 0x00FFFFFF])
    def test_compound_file_whose_lists_of_tables_lead_nowhere_ends(self, following):
        """They go in circles, or out of the file: then its suffix is believed."""
        content = bytearray(behind(24 * MIB, "PowerPoint Document"))
        struct.pack_into("<I", content, LISTS_AT, 0xFFFFFFFF)
        struct.pack_into("<I", content, 512 + 508, following)
        file = Counting(content)

        check_content(file, FORMATS["ppt"])

        assert file.taken < 100_000

    def test_compound_file_that_names_too_few_tables_passes_by_suffix(self):
        content = bytearray(behind(8 * MIB, "PowerPoint Document"))
        struct.pack_into("<II", content, LISTS_AT - 4, 0xFFFFFFFE, 0)

        assert refusal(bytes(content), "ppt") == "taken"

    def test_compound_file_of_a_header_alone_is_recognised(self):
        assert refusal(compound_file({"WordDocument": b""})[:512], "doc") == "broken"

    def test_little_is_read_of_a_large_file(self):
        content = pdf()
        large = Counting(content.replace(b"startxref", bytes(20_000_000) + b"\nstartxref", 1))

        check_content(large, FORMATS["pdf"])

        assert large.taken < 1_000_000

    def test_little_is_read_of_an_older_office_file(self):
        large = Counting(behind(24 * MIB, "PowerPoint Document"))

        check_content(large, FORMATS["ppt"])

        assert large.taken < 100_000

    def test_bomb_is_not_unpacked(self, monkeypatch):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr("[Content_Types].xml", bytes(30_000_000))
            packed.writestr("word/document.xml", "")
        read: list[int] = []
        original = zipfile.ZipExtFile.read

        def count(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
            content = original(self, n)
            read.append(len(content))
            return content

        monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
        check(file.getvalue(), "docx")

        assert sum(read) <= 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("filename", "cleaned"),
    [
        ("第一课.pdf", "第一课.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\课件\\第一课.PDF", "第一课.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("a\r\nb\t c.pdf", "a b c.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2067第一课\u2069.pdf", "第一课.pdf"),
        ("a\ud800b.pdf", "ab.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("  .. x .. .pdf", "x.pdf"),
        ("课" * 300 + ".pdf", "课" * 196 + ".pdf"),
        ("课" * 300, "课" * 200),
        ("..", ""),
        ("", ""),
        ("/", ""),
    ],
    ids=repr,
)
def test_name_is_made_harmless(filename, cleaned):
    assert clean_name(filename) == cleaned


def test_name_of_nothing_but_invisible_letters_gets_one():
    assert clean_name("\u200b\u202e. .pdf").endswith(".pdf")
    assert len(clean_name("\u200b\u202e. .pdf")) > len(".pdf")


def test_fillers_count_as_nothing():
    assert clean_name("\u3164诗\u115f\u1160\uffa0.pdf") == "诗.pdf"
    assert clean_name("\u3164\u3164") == ""


@pytest.mark.parametrize("trap", [b"trailer ", b"trailer\n<<", b"/XRef ", b"1 0 obj /XRef "])
def test_pdf_full_of_what_is_looked_for_costs_little(trap: bytes):
    fill = trap * (64 * 1024 // len(trap))
    content = b"%PDF-1.7\n" + fill * 2 + b"\nstartxref\n20\n%%EOF\n"
    started = time.process_time()

    check_content(io.BytesIO(content), FORMATS["pdf"])

    assert time.process_time() - started < 0.25


def test_password_is_seen_behind_many_trailers():
    content = (
        b"%PDF-1.7\n"
        + b"trailer << >>\n" * 1000
        + b"trailer << /Encrypt 5 0 R >>\nstartxref\n9\n%%EOF\n"
    )

    with pytest.raises(Encrypted):
        check_content(io.BytesIO(content), FORMATS["pdf"])
