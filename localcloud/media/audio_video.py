"""Turns videos into MP4 (H.264, AAC) and sounds into MP3 with ffmpeg; streams that fit are copied.

The program comes out of the wheel imageio-ffmpeg.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import imageio_ffmpeg

from localcloud.errors import TranscodeError
from localcloud.media import subprocesses

VIDEOS = frozenset(
    {"mp4", "3gp", "3pg", "mpg", "mpeg", "3g2", "avi", "flv", "wmv", "h264", "m4v", "mj2", "mov"}
    | {"ogg", "ogv", "rm", "qt", "vob", "webm", "f4v", "rmvb"}
)
SOUNDS = frozenset({"mp3", "wav", "wma", "aac", "flac", "m4a", "oga", "opus"})
VIDEO_NAME, SOUND_NAME = "media.mp4", "media.mp3"
LIMIT_S = 300.0
_PICTURE = re.compile(r"Stream #\S+.*?: Video: (\w+).*?, ([1-9]\d{0,4})x([1-9]\d{0,4})")
_SOUND = re.compile(r"Stream #\S+.*?: Audio: (\w+)")
_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"  # H.264 in its usual form has no odd sides


@dataclass(frozen=True, slots=True)
class Converted:
    """The file's name in its folder; width and height of a video."""

    name: str
    width: int = 0
    height: int = 0


def convert(source: Path, folder: Path, *, is_video: bool, stopping: Event) -> Converted:
    """Convert a file into the folder; a video gets a `cover.jpg` beside it.

    Raises:
        TranscodeError: the file is broken, took too long, or `stopping` was set.
    """
    seen = _run(["-i", str(source)], stopping).errors  # without an output it only lists the streams
    picture, sound = _PICTURE.search(seen), _SOUND.search(seen)
    if not is_video:
        if sound is None:
            raise _broken("声音")
        codec = ["copy"] if sound[1] == "mp3" else ["libmp3lame", "-b:a", "128k"]
        _make(source, folder / SOUND_NAME, ["-vn", "-c:a", *codec], stopping)
        return Converted(SOUND_NAME)
    if picture is None:
        raise _broken("画面")
    encoder = ["libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-vf", _EVEN]
    video = ["copy"] if picture[1] == "h264" else encoder
    audio = "copy" if sound is not None and sound[1] == "aac" else "aac"
    made = folder / VIDEO_NAME
    streams = ["-map", "0:v:0", "-map", "0:a:0?", "-c:v", *video, "-c:a", audio]
    _make(source, made, [*streams, "-movflags", "+faststart"], stopping)
    _make(made, folder / "cover.jpg", ["-frames:v", "1", "-update", "1"], stopping)
    return Converted(VIDEO_NAME, int(picture[2]), int(picture[3]))


def _make(source: Path, made: Path, options: list[str], stopping: Event) -> None:
    arguments = ["-y", "-xerror", "-i", str(source), *options, str(made)]
    finished = _run(["-loglevel", "error", *arguments], stopping)
    if finished.code != 0 or not made.is_file():
        sys.stderr.write(f"ffmpeg ended with {finished.code}: {finished.errors[-500:]}\n")
        raise TranscodeError("ConversionFailed", "音视频文件无法转码")


def _run(options: list[str], stopping: Event) -> subprocesses.Finished:
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined,no-untyped-call] # untyped
    # Only files: a play list in disguise could otherwise make it fetch addresses.
    common = ["-hide_banner", "-nostdin", "-threads", "1", "-protocol_whitelist", "file"]
    return subprocesses.run([program, *common, *options], limit_s=LIMIT_S, stopping=stopping)


def _broken(what: str) -> TranscodeError:
    return TranscodeError("FileBroken", f"文件已损坏，或者里面没有{what}")
