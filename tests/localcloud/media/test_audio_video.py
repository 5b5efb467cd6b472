"""Transcodes of videos and sounds, and how their files are served."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
import requests

from tests.localcloud import coursefiles, courseware
from tests.localcloud.clients import Api
from tests.localcloud.courseware import create, done, failure
from tests.localcloud.filesite import Site


def streams(path: Path) -> list[tuple[str, str]]:
    """Play a file to its end and return kind and codec of its streams."""
    arguments = ["-hide_banner", "-nostdin", "-xerror", "-i", str(path), "-f", "null", "-"]
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined] # untyped
    played = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    before_output = played.stderr.partition("Output #0")[0]
    return re.findall(r"Stream #0:\S+: (Video|Audio): (\w+)", before_output)


H264_AAC = [("Video", "h264"), ("Audio", "aac")]


@pytest.mark.parametrize(
    ("name", "options", "made"),
    [
        ("a.mp4", ["-c:v", "libx264", "-c:a", "aac"], H264_AAC),
        ("a.mpg", ["-c:v", "mpeg2video", "-r", "25"], H264_AAC),
        ("a.avi", ["-c:v", "mpeg4", "-vf", "scale=161:121"], H264_AAC),
        ("a.mov", ["-c:v", "libx264", "-an"], [("Video", "h264")]),
    ],
)
def test_video_becomes_mp4(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    tmp_path: Path,
    name: str,
    options: list[str],
    made: list[tuple[str, str]],
) -> None:
    url = site.put(name, coursefiles.film(tmp_path / name, *options))

    document = done(api, create(api, teacher, url, TranscodeType=2))

    (tmp_path / "made.mp4").write_bytes(
        requests.get(document["TranscodeResult"], timeout=10).content
    )
    cover = requests.get(courseware.listed(api)[0]["Cover"], timeout=10)
    assert document["TranscodeResult"].endswith("_tiw/media.mp4")
    assert streams(tmp_path / "made.mp4") == made
    assert (document["Pages"], document["Preview"]) == (0, "")
    assert document["Resolution"] == ("161x121" if name == "a.avi" else "160x120")
    assert cover.content[:3] == bytes.fromhex("ffd8ff")


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mp3", []), ("a.wav", []), ("a.m4a", ["-c:a", "aac"]), ("a.ogg", ["-c:a", "libvorbis"])],
)
def test_sound_becomes_mp3(
    api: Api, teacher: dict[str, Any], site: Site, tmp_path: Path, name: str, options: list[str]
) -> None:
    content = coursefiles.film(tmp_path / name, "-vn", *options)
    suffix = "oga" if name == "a.ogg" else ""  # the table counts .ogg among the videos
    url = site.put(name, content)

    document = done(api, create(api, teacher, url, TranscodeType=2, DocumentType=suffix))

    answer = requests.get(document["TranscodeResult"], timeout=10)
    (tmp_path / "made.mp3").write_bytes(answer.content)
    assert document["TranscodeResult"].endswith("_tiw/media.mp3")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert streams(tmp_path / "made.mp3") == [("Audio", "mp3")]
    assert (document["Resolution"], courseware.listed(api)[0]["Cover"]) == ("", "")


def test_stream_that_fits_is_copied(
    api: Api, teacher: dict[str, Any], site: Site, tmp_path: Path
) -> None:
    content = coursefiles.film(tmp_path / "a.mp3", "-vn", "-b:a", "32k")

    document = done(api, create(api, teacher, site.put("a.mp3", content), TranscodeType=2))

    made = requests.get(document["TranscodeResult"], timeout=10).content
    assert made[-400:] == content[-400:]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.mp4", "文件已损坏，或者里面没有画面"),
        ("a.mp3", "文件已损坏，或者里面没有声音"),
    ],
)
@pytest.mark.parametrize("content", [b"no media", b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n"])
def test_file_that_plays_nothing_fails_with_words(
    api: Api, teacher: dict[str, Any], site: Site, name: str, words: str, content: bytes
) -> None:
    document_id = create(api, teacher, site.put(name, content), TranscodeType=2)

    assert failure(api, document_id) == (2, "FileBroken", words)


def test_cut_video_fails(api: Api, teacher: dict[str, Any], site: Site, tmp_path: Path) -> None:
    whole = coursefiles.film(tmp_path / "a.mp4", "-movflags", "+faststart")
    document_id = create(api, teacher, site.put("a.mp4", whole[:-2000]), TranscodeType=2)

    assert failure(api, document_id) == (2, "ConversionFailed", "音视频文件无法转码")


def test_media_is_served_in_ranges(
    api: Api, teacher: dict[str, Any], site: Site, tmp_path: Path
) -> None:
    url = site.put("a.mp4", coursefiles.film(tmp_path / "a.mp4"))
    result = done(api, create(api, teacher, url, TranscodeType=2))["TranscodeResult"]
    whole = requests.get(result, timeout=10)

    part = requests.get(result, headers={"Range": "bytes=10-19"}, timeout=10)

    assert (whole.headers["Content-Type"], whole.headers["Accept-Ranges"]) == ("video/mp4", "bytes")
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
