"""Small valid files, no two alike."""

from __future__ import annotations

import random
import struct

BMP_HEADER_BYTES = 54
PDF_OBJECTS = (
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
    "/Resources<</Font<</F1 5 0 R>>>>>>",
    "",
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


def picture(chance: random.Random, *, width: int, height: int) -> bytes:
    """A BMP of random pixels; `width` is a multiple of four, since rows are padded to that."""
    pixels = chance.randbytes(3 * width * height)
    head = struct.pack("<2sIHHI", b"BM", BMP_HEADER_BYTES + len(pixels), 0, 0, BMP_HEADER_BYTES)
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return head + about + pixels


def pdf(text: str) -> bytes:
    """A PDF of one page with this text, which is ASCII."""
    drawn = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET"
    objects = [*PDF_OBJECTS]
    objects[3] = f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream"
    content, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n{each}\nendobj\n".encode()
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    table = f"xref\n0 {size}\n0000000000 65535 f \n{rows}"
    tail = f"trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(content)}\n%%EOF\n"
    return content + (table + tail).encode()
