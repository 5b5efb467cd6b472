"""Real courseware files, with Chinese text in them.

What makes them is imported when the first is wanted: most processes that run tests want few kinds or none.
Each file is made once, and never changes.
"""

from __future__ import annotations

import functools
import io
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import imageio_ffmpeg

A4 = (595, 842)  # points
RED, GREEN, BLUE = (1, 0, 0), (0, 1, 0), (0, 0, 1)


@functools.cache
def pdf(
    *colours: tuple[float, float, float],
    size: tuple[float, float] = A4,
    password: str = "",
    producer: str = "",
) -> bytes:
    """Make a PDF with Chinese text and one page for each colour."""
    from reportlab.lib import pdfencrypt
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    encrypt = pdfencrypt.StandardEncryption(password) if password else None
    canvas = Canvas(file, pagesize=size, encrypt=encrypt)
    canvas.setProducer(producer)
    for number, colour in enumerate(colours or (RED,), 1):
        canvas.setFillColorRGB(*colour)
        canvas.rect(0, 0, *size, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.setFont("STSong-Light", 40)
        canvas.drawString(40, size[1] - 80, f"语文课 第{number}页")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@functools.cache
def slides(count: int = 2, *, last_author: str = "王老师") -> bytes:
    """Make a .pptx; its application is what python-pptx' template names."""
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    for number in range(1, count + 1):
        sheet = deck.slides.add_slide(deck.slide_layouts[6])
        box = sheet.shapes.add_textbox(Inches(1), Inches(1), Inches(6), Inches(1))
        box.text_frame.text = f"诗经 第{number}页"
    deck.core_properties.last_modified_by = last_author
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


@functools.cache
def text() -> bytes:
    """Make a .docx of two pages."""
    import docx

    document = docx.Document()
    document.add_paragraph("春眠不觉晓")
    document.add_page_break()
    document.add_paragraph("处处闻啼鸟")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


@functools.cache
def sheet() -> bytes:
    """Make an .xlsx."""
    import openpyxl

    book = openpyxl.Workbook()
    book.create_sheet("成绩单", 0).append(["姓名", "成绩"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def film(path: Path, *options: str) -> bytes:
    """Make a video or sound of one second; the suffix of the path and `options` say which."""
    make_films({path: options})
    return path.read_bytes()


def make_films(wanted: Mapping[Path, Sequence[str]]) -> None:
    """Make some of these by one process, each with its own options."""
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined] # untyped
    picture = ["-f", "lavfi", "-i", "color=color=red:size=160x120:rate=5:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=duration=1"]
    common = [program, "-nostdin", "-loglevel", "error", "-y"]
    outputs = [word for path, options in wanted.items() for word in (*options, str(path))]
    subprocess.run([*common, *picture, *sound, *outputs], check=True)
