"""Pictures of people: whatever was uploaded becomes a small JPEG without hidden data."""

from __future__ import annotations

import io
import threading
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from accounts.models import make_code

SIDE_PX = 512
MAX_UPLOAD_BYTES = 5 * 1024 * 1024
# Unpacked, a picture takes four bytes for each of these.
MAX_PIXELS = 40_000_000
# The largest takes 300 MB while it is made small.
UNPACKED_AT_ONCE = 2

_unpacking = threading.BoundedSemaphore(UNPACKED_AT_ONCE)


class NotAPicture(Exception):
    """Not an image that can be read, or one far too large."""


def as_avatar(upload: IO[bytes]) -> ContentFile[bytes]:
    """Re-encode an uploaded picture: what was hidden in it (place, scripts) does not survive.

    Raises:
        NotAPicture: it cannot be read, or unpacks to something enormous.
    """
    with _unpacking:
        small = _as_small_jpeg(upload)
    return ContentFile(small, name=f"{make_code()}.jpg")


def _as_small_jpeg(upload: IO[bytes]) -> bytes:
    try:
        upload.seek(0)
        with Image.open(upload, formats=("JPEG", "PNG", "GIF", "WEBP", "BMP")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NotAPicture
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            upright.thumbnail((SIDE_PX, SIDE_PX))
            # On paper of our own: what is transparent becomes white, and no comment comes along.
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright, mask=upright.getchannel("A"))
            packed = io.BytesIO()
            flat.save(packed, "JPEG", quality=85)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as err:
        raise NotAPicture from err
    return packed.getvalue()
