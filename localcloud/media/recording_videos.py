"""The videos of recordings: small ones (H.264 and AAC) with a clock, a quiet tone and the class's name.

A recording is one MP4 file, or a play list (HLS) with pieces of a few seconds beside it, or all in one file
beside it. ffmpeg comes from the wheel imageio-ffmpeg. Text is drawn when a font is found, a Chinese one if
possible; the title is always in the MP4's metadata.
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

from localcloud.config import BEIJING
from localcloud.media import fonts, subprocesses

SHORTEST_S, LONGEST_S = 3, 20
LIMIT_S = 30.0  # of one run; it takes a fraction of a second
PLAY_LIST_SUFFIX, PIECE_SUFFIX = ".m3u8", ".ts"
PIECES_NAME = "v.f230.ts"  # of the file that holds all pieces, as the vendor calls it
PIECE_S = 4
# A still picture with a clock of seconds: more would be drawn and packed for nothing.
PICTURES_PER_S = 2
SAMPLES_PER_S = 22_050
DRAWN_LETTERS = 18


class RecordingFileError(Exception):
    """The file could not be made, and why."""


@dataclass(frozen=True, slots=True)
class Caption:
    """The words that are drawn into the picture."""

    title: str
    room_id: int
    start_s: int


def write(
    path: Path, *, duration_s: int, caption: Caption, stopping: Event, has_ranges: bool = False
) -> int:
    """Make the file and its pieces and return their size in bytes; the file appears complete or not at all.

    It lasts as long as the class did, within SHORTEST_S and LONGEST_S seconds. With `has_ranges` all pieces of a play
    list are in one file.

    Raises:
        RecordingFileError: the program is missing, failed, took too long, or was ended by `stopping`.
    """
    length_s = min(max(duration_s, SHORTEST_S), LONGEST_S)
    unfinished = path.with_suffix(".part")
    text = path.with_suffix(".txt")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        drawing = _drawing(text, caption)
        try:
            _run(_arguments(unfinished, length_s, caption, drawing), stopping)
        except RecordingFileError:
            if drawing == "null" or stopping.is_set():
                raise
            _run(_arguments(unfinished, length_s, caption, "null"), stopping)
        if path.suffix == PLAY_LIST_SUFFIX:
            return _cut(unfinished, path, stopping, has_ranges=has_ranges)
        unfinished.replace(path)
        return path.stat().st_size
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: the wheel has no program
        raise RecordingFileError(str(error)) from error
    finally:
        with suppress(OSError):
            text.unlink(missing_ok=True)
            unfinished.unlink(missing_ok=True)


def _cut(source: Path, play_list: Path, stopping: Event, *, has_ranges: bool) -> int:
    """Cut a video into pieces; the list, which makes them known, is written last."""
    unfinished = play_list.with_suffix(".list")
    pieces = ["-hls_segment_filename", str(play_list.with_name(f"%03d{PIECE_SUFFIX}"))]
    cutting = ["-f", "hls", "-hls_time", str(PIECE_S), "-hls_playlist_type", "vod", *pieces]
    try:
        copied = ["-i", str(source), "-c", "copy", *cutting, str(unfinished)]
        _run([*_program(), *copied], stopping)
        if has_ranges:
            _join(unfinished)
        unfinished.replace(play_list)
    finally:
        unfinished.unlink(missing_ok=True)
    made = [play_list, *play_list.parent.glob(f"*{PIECE_SUFFIX}")]
    return sum(each.stat().st_size for each in made)


def _join(play_list: Path) -> None:
    """Put all pieces into one file, and name them by their bytes in it, both ends included."""
    lines, first = [], 0
    with play_list.with_name(PIECES_NAME).open("wb") as whole:
        for line in play_list.read_text().splitlines():
            if line.startswith("#") or not line:
                lines.append(line)
                continue
            piece = play_list.with_name(line)
            last = first + whole.write(piece.read_bytes()) - 1
            piece.unlink()
            lines.append(f"{PIECES_NAME}?start={first}&end={last}&type=mpegts")
            first = last + 1
    play_list.write_text("\n".join([*lines, ""]))


def _program() -> list[str]:
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined,no-untyped-call] # untyped
    return [program, "-nostdin", "-loglevel", "error", "-threads", "1", "-y"]


def _arguments(path: Path, length_s: int, caption: Caption, drawing: str) -> list[str]:
    picture = f"color=color=0x0b6e5f:size=640x360:rate={PICTURES_PER_S}:duration={length_s}"
    sound = f"sine=frequency=440:sample_rate={SAMPLES_PER_S}:duration={length_s}"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    video = ["-vf", drawing, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    # A whole picture where each piece may begin; players seek by them too.
    video += ["-g", str(PICTURES_PER_S * PIECE_S // 2)]
    audio = ["-af", "volume=0.05", "-c:a", "aac", "-b:a", "32k", "-ac", "1"]
    # `faststart` puts the index in front, so that a browser plays before it has the whole file.
    file = ["-movflags", "+faststart", "-metadata", f"title={_plain(caption.title)}", "-f", "mp4"]
    return [*_program(), *inputs, *video, *audio, *file, str(path)]


def _run(arguments: Sequence[str], stopping: Event) -> None:
    finished = subprocesses.run(arguments, limit_s=LIMIT_S, stopping=stopping)
    if finished.code != 0:
        raise RecordingFileError(f"exit code {finished.code}: {finished.errors[-500:]}")


def _drawing(text: Path, caption: Caption) -> str:
    """Return the filter that draws the caption, whose text it puts into a file, and a running clock."""
    font = fonts.best_font()
    if font is None:
        return "null"
    at = datetime.fromtimestamp(caption.start_s, BEIJING).strftime("%Y-%m-%d %H:%M")
    lines = [str(caption.room_id), at]
    if font.is_chinese:
        lines = [_plain(caption.title)[:DRAWN_LETTERS], f"课堂号 {caption.room_id}", at]
    text.write_text("\n".join(lines), encoding="utf-8")
    look = f"fontfile={_escaped(font.path)}:fontcolor=white"
    stamped = f"drawtext={look}:textfile={_escaped(str(text))}:expansion=none"
    clock = f"drawtext={look}:text=%{{pts\\\\:hms}}:fontsize=20:x=40:y=h-60"
    return f"{stamped}:fontsize=32:line_spacing=12:x=40:y=(h-th)/2-20,{clock}"


def _plain(text: str) -> str:
    """Return the printable part of the text, for the picture and the command line."""
    return "".join(letter for letter in text if letter.isprintable())


def _escaped(value: str) -> str:
    """Escape a value once for the filter's options and once more for the chain of filters."""
    return re.sub(r"([\\'\[\],;])", r"\\\1", re.sub(r"([\\':])", r"\\\1", value))
