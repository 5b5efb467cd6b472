"""Small courseware files, made of nothing: the same bytes each time, so that they are known again."""

from __future__ import annotations

import array
import io
import itertools
import math
import struct
import wave
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

PAGE = (960, 540)  # points
PAPER: Colour = (255, 252, 243)
TEAL: Colour = (14, 116, 104)
INK: Colour = (31, 41, 51)
SKY, GRASS, SUN = (174, 214, 234), (122, 176, 96), (247, 181, 56)
POND, TADPOLE = (205, 228, 222), (52, 60, 66)
FRAMES_A_SECOND = 10
VIDEO_SIZE = (480, 270)
SAMPLES_A_SECOND = 16_000
# Semitones above the A of 440 Hz.
LITTLE_STAR = (-9, -9, -2, -2, 0, 0, -2, -4, -4, -5, -5, -7, -7, -9)


@dataclass(frozen=True, slots=True)
class Page:
    heading: str
    lines: tuple[str, ...]


# --- Documents ----------------------------------------------------------------------------------


def pdf(pages: Sequence[Page]) -> bytes:
    """A PDF in a Chinese font that readers bring along themselves."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    font = "/Type /Font /BaseFont /STSong-Light"
    about = "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        f"<< {font} /Subtype /Type0 /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>".encode(),
        f"<< {font} /Subtype /CIDFontType0 {about} /DW 1000 >>".encode(),
    ]
    for number, page in enumerate(pages):
        content = _content(page)
        box = f"[0 0 {PAGE[0]} {PAGE[1]}] /Resources << /Font << /F 3 0 R >> >>"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents {6 + 2 * number} 0 R >>".encode()
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _with_table(bodies)


def broken_pdf(pages: Sequence[Page]) -> bytes:
    """A PDF with a beginning and an end, and nothing in between, as after a failed copy."""
    whole = pdf(pages)
    end = whole.rindex(b"startxref")
    return whole[:15] + bytes(end - 15) + whole[end:]


def _content(page: Page) -> bytes:
    """Draw a page: a band with the heading, and the lines below it."""
    drawn = [
        f"{_colour(PAPER)} rg 0 0 {PAGE[0]} {PAGE[1]} re f",
        f"{_colour(TEAL)} rg 0 430 {PAGE[0]} 110 re f",
        _text(page.heading, x=60, y=465, points=44, colour=PAPER),
    ]
    for number, line in enumerate(page.lines):
        drawn.append(_text(line, x=60, y=350 - 70 * number, points=36, colour=INK))
    return "\n".join(drawn).encode()


def _text(text: str, *, x: int, y: int, points: int, colour: Colour) -> str:
    letters = text.encode("utf-16-be").hex()
    return f"BT {_colour(colour)} rg /F {points} Tf {x} {y} Td <{letters}> Tj ET"


def _colour(colour: Colour) -> str:
    return " ".join(f"{part / 255:.3f}" for part in colour)


def _with_table(bodies: Sequence[bytes]) -> bytes:
    """The objects of a PDF, and the table that says where each begins."""
    made = bytearray(b"%PDF-1.5\n%\xe4\xe5\xe6\xe7\n")
    starts = []
    for number, body in enumerate(bodies, start=1):
        starts.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    made += b"".join(b"%010d 00000 n \n" % start for start in starts)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(bodies) + 1)
    return bytes(made + b"startxref\n%d\n%%%%EOF\n" % table)


# --- Pictures, films, sounds --------------------------------------------------------------------


def landscape() -> bytes:
    """A picture as PNG: hills under the sun."""
    image = Image.new("RGB", (1280, 720), SKY)
    draw = ImageDraw.Draw(image)
    draw.ellipse((960, 70, 1130, 240), fill=SUN)
    draw.ellipse((-300, 430, 800, 1300), fill=GRASS)
    draw.ellipse((500, 470, 1700, 1300), fill=(98, 156, 84))
    draw.polygon(((330, 470), (430, 370), (530, 470)), fill=(168, 82, 58))
    draw.rectangle((350, 470, 510, 570), fill=(240, 222, 186))
    return _saved(image, "PNG")


def film(seconds: int, *, tadpoles: int = 3) -> bytes:
    """A film as AVI, a JPEG for each picture: tadpoles cross a pond."""
    count = seconds * FRAMES_A_SECOND
    return _avi([_pond(number / count, tadpoles) for number in range(count)])


def _pond(share: float, tadpoles: int) -> bytes:
    image = Image.new("RGB", VIDEO_SIZE, POND)
    draw = ImageDraw.Draw(image)
    width, height = VIDEO_SIZE
    for number in range(tadpoles):
        x = (share + number / tadpoles) % 1 * (width + 120) - 60
        y = height * (number + 1) / (tadpoles + 1) + 12 * math.sin(8 * math.pi * share + number)
        bend = 10 * math.sin(24 * math.pi * share + number)
        draw.line((x - 55, y + bend, x - 30, y - bend, x, y), fill=TADPOLE, width=7)
        draw.ellipse((x - 14, y - 14, x + 22, y + 14), fill=TADPOLE)
    return _saved(image, "JPEG")


def _saved(image: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def _avi(frames: Sequence[bytes]) -> bytes:
    width, height = VIDEO_SIZE
    largest = max(map(len, frames))
    timing = (1_000_000 // FRAMES_A_SECOND, largest * FRAMES_A_SECOND, 0, 0)
    main = struct.pack("<14I", *timing, len(frames), 0, 1, largest, width, height, 0, 0, 0, 0)
    stream = struct.pack(
        *("<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, FRAMES_A_SECOND, 0),
        *(len(frames), largest, 0, 0, 0, 0, width, height),
    )
    picture = struct.pack(
        *("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    )
    strl = _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture))
    hdrl = _list(b"hdrl", _chunk(b"avih", main) + strl)
    movi = _list(b"movi", b"".join(_chunk(b"00dc", frame) for frame in frames))
    return _chunk(b"RIFF", b"AVI " + hdrl + movi)


def _list(name: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", name + content)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def melody(times: int = 1) -> bytes:
    """A sound as WAV: a children's song."""
    samples = array.array("h", itertools.chain.from_iterable(map(_note, LITTLE_STAR)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLES_A_SECOND)
        sound.writeframes(samples.tobytes() * times)
    return file.getvalue()


def _note(semitones: int) -> list[int]:
    """Half a second that fades."""
    count, step = SAMPLES_A_SECOND // 2, math.tau * 440 * 2 ** (semitones / 12) / SAMPLES_A_SECOND
    return [int(9000 * (1 - at / count) * math.sin(step * at)) for at in range(count)]
