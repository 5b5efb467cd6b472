"""Makes a small real video: H.264 and AAC in MP4, with a clock, a quiet tone, and the class's name in the picture.

The program comes out of the wheel imageio-ffmpeg. Text is drawn when a font is found: with Chinese letters, if
there is one; the title always stands in the file's metadata.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Event

import imageio_ffmpeg

from localcloud.pages import BEIJING

SHORTEST_S, LONGEST_S = 3, 20
LIMIT_S = 30.0  # of one run; it takes a fraction of a second
DRAWN_LETTERS = 18
_CHINESE_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
)
_OTHER_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/System/Library/Fonts/Helvetica.ttc",
)


class FilmingError(Exception):
    """No file came out, and why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the picture says."""

    title: str
    room_id: int
    start_s: int


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, and whether it has Chinese letters."""

    path: str
    is_chinese: bool


def film(path: Path, *, duration_s: int, stamp: Stamp, stopping: Event) -> int:
    """Make the file and return its size in bytes; it is there whole or not at all.

    It lasts as long as the class did, within SHORTEST_S and LONGEST_S seconds.

    Raises:
        FilmingError: the program is missing, failed, took too long, or was ended by `stopping`.
    """
    length_s = min(max(duration_s, SHORTEST_S), LONGEST_S)
    unfinished = path.with_suffix(".part")
    text = path.with_suffix(".txt")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        drawing = _drawing(text, stamp)
        try:
            _run(_arguments(unfinished, length_s, stamp, drawing), stopping)
        except FilmingError:
            if drawing == "null" or stopping.is_set():
                raise
            _run(_arguments(unfinished, length_s, stamp, "null"), stopping)
        unfinished.replace(path)
        return path.stat().st_size
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: the wheel has no program
        raise FilmingError(str(error)) from error
    finally:
        with suppress(OSError):
            text.unlink(missing_ok=True)
            unfinished.unlink(missing_ok=True)


def _arguments(path: Path, length_s: int, stamp: Stamp, drawing: str) -> list[str]:
    picture = f"color=color=0x0b6e5f:size=640x360:rate=10:duration={length_s}"
    sound = f"sine=frequency=440:sample_rate=44100:duration={length_s}"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    video = ["-vf", drawing, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    audio = ["-af", "volume=0.05", "-c:a", "aac", "-b:a", "32k", "-ac", "1"]
    # `faststart` puts the index in front, so that a browser plays before it has the whole file.
    file = ["-movflags", "+faststart", "-metadata", f"title={_plain(stamp.title)}", "-f", "mp4"]
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined,no-untyped-call] # untyped
    quiet = ["-nostdin", "-loglevel", "error", "-threads", "1", "-y"]
    return [program, *quiet, *inputs, *video, *audio, *file, str(path)]


def _run(arguments: Sequence[str], stopping: Event) -> None:
    until_s = time.monotonic() + LIMIT_S
    # A session of its own: Ctrl-C in a terminal reaches only us, and we end it.
    with subprocess.Popen(  # noqa: S603 -- a fixed program, no shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        while True:
            try:
                _, errors = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if stopping.is_set() or time.monotonic() > until_s:
                    process.kill()
    if process.returncode != 0:
        raise FilmingError(f"exit code {process.returncode}: {errors.strip()[-500:]}")


def _drawing(text: Path, stamp: Stamp) -> str:
    """Return the filter that draws the stamp, whose text it puts into a file, and a running clock."""
    font = _font()
    if font is None:
        return "null"
    at = datetime.fromtimestamp(stamp.start_s, BEIJING).strftime("%Y-%m-%d %H:%M")
    lines = [str(stamp.room_id), at]
    if font.is_chinese:
        lines = [_plain(stamp.title)[:DRAWN_LETTERS], f"课堂号 {stamp.room_id}", at]
    text.write_text("\n".join(lines), encoding="utf-8")
    look = f"fontfile={_escaped(font.path)}:fontcolor=white"
    stamped = f"drawtext={look}:textfile={_escaped(str(text))}:expansion=none"
    clock = f"drawtext={look}:text=%{{pts\\\\:hms}}:fontsize=20:x=40:y=h-60"
    return f"{stamped}:fontsize=32:line_spacing=12:x=40:y=(h-th)/2-20,{clock}"


def _plain(text: str) -> str:
    """Return the text without what neither a picture nor a command line can hold."""
    return "".join(letter for letter in text if letter.isprintable())


def _escaped(value: str) -> str:
    """Escape a value once for the filter's options and once more for the chain of filters."""
    return re.sub(r"([\\'\[\],;])", r"\\\1", re.sub(r"([\\':])", r"\\\1", value))


@cache
def _font() -> Font | None:
    chinese = [*_listed_fonts(":lang=zh"), *_CHINESE_FONTS]
    others = [*_listed_fonts(":lang=en"), *_OTHER_FONTS]
    fonts = [Font(path, is_chinese=True) for path in chinese]
    fonts += [Font(path, is_chinese=False) for path in others]
    return next((font for font in fonts if Path(font.path).is_file()), None)


def _listed_fonts(pattern: str) -> list[str]:
    """Ask fontconfig, where there is one."""
    program = shutil.which("fc-list")
    if program is None:
        return []
    try:
        listed = subprocess.run(  # noqa: S603 -- a fixed program, no shell
            [program, pattern, "file"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted(line.strip().removesuffix(":") for line in listed.splitlines() if line.strip())
