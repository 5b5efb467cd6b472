"""Makes a small real video: H.264 and AAC in MP4, with a clock, a quiet tone, and the class's name in the picture.

The program comes out of the wheel imageio-ffmpeg. Text is drawn when a font is found: with Chinese letters, if
there is one; the title always stands in the file's metadata.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

import imageio_ffmpeg

from localcloud import fonts, programs
from localcloud.pages import BEIJING

SHORTEST_S, LONGEST_S = 3, 20
LIMIT_S = 30.0  # of one run; it takes a fraction of a second
DRAWN_LETTERS = 18


class FilmingError(Exception):
    """No file came out, and why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the picture says."""

    title: str
    room_id: int
    start_s: int


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
    finished = programs.run(arguments, limit_s=LIMIT_S, stopping=stopping)
    if finished.code != 0:
        raise FilmingError(f"exit code {finished.code}: {finished.errors[-500:]}")


def _drawing(text: Path, stamp: Stamp) -> str:
    """Return the filter that draws the stamp, whose text it puts into a file, and a running clock."""
    font = fonts.best_font()
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
