"""The school's logo: whatever was uploaded becomes a small PNG or JPEG without hidden data, in a file."""

from __future__ import annotations

import io
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from accounts.random_codes import make_code
from accounts.services.avatars import MAX_PIXELS, SIDE_PX, NotAPicture, unpacking_in_turn

# Drawings that a program unpacks: SVG, which may run scripts, is none of them.
FORMATS = ("PNG", "JPEG")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}


def as_logo(upload: IO[bytes]) -> ContentFile[bytes]:
    """Re-encode an uploaded logo; what was hidden in it does not survive.

    Raises:
        NotAPicture: it is neither PNG nor JPEG, cannot be read, or unpacks to something enormous.
    """
    with unpacking_in_turn:
        suffix, small = _small(upload)
    return ContentFile(small, name=f"{make_code()}.{suffix}")


def _small(upload: IO[bytes]) -> tuple[str, bytes]:
    """Return it as what it was: a photograph as JPEG, a drawing as PNG, in which nothing may be behind it."""
    packed = io.BytesIO()
    try:
        upload.seek(0)
        with Image.open(upload, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NotAPicture
            is_photograph = image.format == "JPEG"
            upright = ImageOps.exif_transpose(image).convert("RGB" if is_photograph else "RGBA")
            upright.thumbnail((SIDE_PX, SIDE_PX))
            # A new one: no comment, profile or text comes along.
            bare = Image.new(upright.mode, upright.size)
            bare.paste(upright)
            if is_photograph:
                bare.save(packed, "JPEG", quality=88)
            else:
                bare.save(packed, "PNG", optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as err:
        raise NotAPicture from err
    return ("jpg" if is_photograph else "png"), packed.getvalue()
