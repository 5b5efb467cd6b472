"""Transcodes of Office files: with LibreOffice where there is one, else with a program that plays its part."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from localcloud.media import fonts, office
from localcloud.media.fonts import Font
from tests.localcloud import coursefiles, courseware
from tests.localcloud.clients import Api, eventually
from tests.localcloud.converter import Converter
from tests.localcloud.courseware import create, done, ended, failure
from tests.localcloud.filesite import Site

MADE_BY = "Microsoft Macintosh PowerPoint"  # as python-pptx' template has it
WPS = "WPS_1712345678"


@pytest.fixture
def no_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_PROGRAMS", ("no-such-soffice",))


def test_slides_become_a_dynamic_page(
    api: Api, teacher: dict[str, Any], site: Site, converter: Converter
) -> None:
    document = done(api, create(api, teacher, site.put("诗经.pptx", coursefiles.slides())))

    result = document["TranscodeResult"]
    base = result.removesuffix("index.html")
    pictures = [requests.get(f"{base}{number}.jpg", timeout=10) for number in (1, 2, 3)]
    item = courseware.listed(api)[0]
    assert result.endswith("_tiw/h5/index.html")
    assert [each.status_code for each in pictures] == [200, 200, 404]
    assert pictures[0].content != pictures[1].content
    assert (document["Pages"], document["TranscodeInfo"]) == (2, MADE_BY)
    assert document["Preview"] == (
        f"{result.partition('/doc/')[0]}/temp/preview.html?isppt=1&url={result}&total=2"
    )
    assert (document["Resolution"], item["Width"], item["Height"]) == ("1280x960", 0, 0)
    assert requests.get(item["Cover"], timeout=10).content == pictures[0].content


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.docx", coursefiles.text),
        ("a.docs", coursefiles.text),
        ("a.xlsx", coursefiles.sheet),
        ("a.doc", lambda: b"whatever the old formats hold"),
        ("a.xls", lambda: b"whatever the old formats hold"),
    ],
)
@pytest.mark.usefixtures("converter")
def test_texts_and_sheets_become_pictures(
    api: Api, teacher: dict[str, Any], site: Site, name: str, make: Callable[[], bytes]
) -> None:
    document = done(api, create(api, teacher, site.put(name, make())))

    assert document["TranscodeResult"].endswith("_tiw/picture/")
    assert (document["Pages"], document["Preview"]) == (2, "")


def test_each_run_has_a_profile_of_its_own(
    api: Api, cloud: RunningCloud, teacher: dict[str, Any], site: Site, converter: Converter
) -> None:
    url = site.put("a.pptx", coursefiles.slides())
    for document_id in [create(api, teacher, url), create(api, teacher, url)]:
        done(api, document_id)

    first, second = (run.split() for run in converter.runs())
    media = cloud.cloud.config.media_path / "doc"
    assert first[:1] + first[2:5] == ["--headless", "--convert-to", "pdf", "--outdir"]
    assert first[1].startswith(f"-env:UserInstallation={media.as_uri()}/")
    assert first[1] != second[1]
    assert first[6].endswith(".making/source.pptx")
    assert list(media.glob("*.making")) == []


@pytest.mark.parametrize("line", ["sys.exit(1)", "pass"])
def test_program_that_makes_nothing_fails_the_transcode(
    api: Api, teacher: dict[str, Any], site: Site, converter: Converter, line: str
) -> None:
    converter.act(line)
    document_id = create(api, teacher, site.put("a.pptx", coursefiles.slides()))

    assert failure(api, document_id) == (2, "ConversionFailed", "LibreOffice 无法打开这个文件")


def test_program_that_hangs_is_ended(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    converter: Converter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(office, "LIMIT_S", 0.5)
    converter.act("import subprocess; subprocess.run(['sleep', '60'])")
    document_id = create(api, teacher, site.put("a.pptx", coursefiles.slides()))

    assert failure(api, document_id)[1] == "ConversionFailed"


@pytest.mark.usefixtures("no_converter")
def test_missing_converter_is_said(api: Api, teacher: dict[str, Any], site: Site) -> None:
    document_id = create(api, teacher, site.put("a.docx", coursefiles.text()))

    words = "本地课堂云没有安装 LibreOffice，无法转码 Office 文件"
    assert failure(api, document_id) == (2, "ConverterMissing", words)


@pytest.mark.usefixtures("converter")
@pytest.mark.parametrize(
    ("last_author", "transcode_type", "state"),
    [(WPS, 1, 2), (WPS, 3, 3), ("王老师", 1, 3), ("王老师", 3, 3)],
)
def test_slides_of_wps_need_the_spare_transcoder(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    last_author: str,
    transcode_type: int,
    state: int,
) -> None:
    url = site.put("a.pptx", coursefiles.slides(last_author=last_author))

    document = ended(api, create(api, teacher, url, TranscodeType=transcode_type))

    failed = ("WpsNotSupported", "WPS 制作的课件请改用备用转码")
    assert document["TranscodeState"] == state
    if state == 2:
        assert (document["TranscodeResult"], document["TranscodeInfo"]) == failed


@pytest.mark.usefixtures("converter")
def test_slides_whose_application_is_wps_count_too(
    api: Api, teacher: dict[str, Any], site: Site
) -> None:
    content = changed(coursefiles.slides(), "docProps/app.xml", MADE_BY, "WPS Presentation")

    assert failure(api, create(api, teacher, site.put("a.pptx", content)))[1] == "WpsNotSupported"


def changed(content: bytes, name: str, old: str, new: str) -> bytes:
    """Return a zip file with one of its texts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        for each in before.namelist():
            text = before.read(each)
            after.writestr(each, text.replace(old.encode(), new.encode()) if each == name else text)
    return made.getvalue()


def bare_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "no Office file")
    return made.getvalue()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"encrypted", "FileEncrypted"),
        (lambda: b"no zip file", "FileBroken"),
        (lambda: coursefiles.slides()[:5000], "FileBroken"),
        (bare_zip, "FileBroken"),
    ],
)
def test_slides_that_cannot_be_read_never_reach_the_converter(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    converter: Converter,
    make: Callable[[], bytes],
    code: str,
) -> None:
    document_id = create(api, teacher, site.put("a.pptx", make()))

    assert failure(api, document_id)[1] == code
    assert converter.runs() == []


@pytest.mark.usefixtures("converter")
def test_missing_chinese_font_is_logged_once(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fonts, "best_font", lambda: Font("/latin.ttf", is_chinese=False))
    office._warn_without_font.cache_clear()
    url = site.put("a.docx", coursefiles.text())

    for _ in range(2):
        done(api, create(api, teacher, url))

    office._warn_without_font.cache_clear()
    warnings = [line for line in capfd.readouterr().err.splitlines() if "Chinese" in line]
    assert warnings == ["no font with Chinese letters: courseware will show boxes for them"]


def test_stop_ends_the_converter_and_what_it_started(
    start_cloud: Callable[[], RunningCloud],
    site: Site,
    converter: Converter,
    tmp_path: Path,
) -> None:
    number = tmp_path / "child"
    converter.act(
        "import subprocess; child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(number)!r}).write_text(str(child.pid)); child.wait()"
    )
    cloud = start_cloud()
    api = Api(cloud.base_url)
    create(api, api.register(), site.put("a.pptx", coursefiles.slides()))
    eventually(lambda: number.is_file() and number.read_text(), bool)

    cloud.stop()

    gone = eventually(lambda: is_gone(int(number.read_text())), bool, within_s=5)
    assert gone


def is_gone(process_id: int) -> bool:
    """Tell whether a process has ended, though nobody may have collected it yet."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.parametrize(
    ("name", "make", "place", "pages"),
    [
        ("a.pptx", lambda: coursefiles.slides(3), "h5/index.html", 3),
        ("a.docx", coursefiles.text, "picture/", 2),
        ("a.xlsx", coursefiles.sheet, "picture/", 1),
    ],
)
def test_libreoffice_converts(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    name: str,
    make: Callable[[], bytes],
    place: str,
    pages: int,
) -> None:
    document_id = create(api, teacher, site.put(name, make()))
    eventually(
        lambda: courseware.describe(api, document_id)["TranscodeState"],
        lambda state: state != 1,
        within_s=90,
    )

    document = done(api, document_id)

    assert document["TranscodeResult"].endswith(f"_tiw/{place}")
    assert document["Pages"] == pages
