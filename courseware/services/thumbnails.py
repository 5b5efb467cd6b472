"""Small pictures of images, for lists: ours alone, the cloud makes its own of what it transcodes.

Made when somebody first looks, and kept beside the file. A picture may claim to be far larger than its
file is: what would take too much memory gets none, and one is made at a time.
"""

from __future__ import annotations

import io
import logging
import threading
import warnings

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from courseware.models import Courseware
from edu_platform.lib.database import release_database
from edu_platform.lib.formatting import MIB

logger = logging.getLogger(__name__)

# As wide as a card of a list is.
SIZE = (480, 360)
CONTENT_TYPE = "image/jpeg"
ENDING = ".card.jpg"
# Smaller ones were kept under these names, and nothing shows them any more.
FORMER_ENDINGS = (".small.jpg",)
FORMATS_READ = ("JPEG", "PNG", "GIF", "BMP")
# Four bytes a pixel in memory. Of a JPEG only every eighth pixel, though all its coefficients may be.
MOST_PIXELS = 16_000_000
MOST_PIXELS_OF_JPEG = 50_000_000
MOST_BYTES = 32 * MIB
QUALITY = 80
# The thumbnail of a picture that cannot be read, so that it is not tried again; real ones are never
# empty.
NONE = b""

# Waiting keeps a thread: the others are made when the page is loaded again.
WAIT_S = 3.0

_one_at_a_time = threading.Lock()


class NotNow(Exception):
    """Others are being made; this one can be had later."""


def thumbnail_of(courseware: Courseware) -> bytes:
    """The small picture as a JPEG; empty when none can be made of this file.

    Raises:
        NotNow: too many are wanted at once.
        OSError: the storage does not answer.
    """
    release_database()
    kept = _kept(courseware)
    if kept is not None:
        return kept
    if not _one_at_a_time.acquire(timeout=WAIT_S):
        raise NotNow
    try:
        kept = _kept(courseware)
        if kept is None:
            kept = _make(courseware)
            _keep(courseware, kept)
        return kept
    finally:
        _one_at_a_time.release()


def delete_thumbnail(courseware: Courseware) -> None:
    """Delete what was kept, with the file; safe to repeat."""
    if courseware.file.name:
        for ending in (ENDING, *FORMER_ENDINGS):
            courseware.file.storage.delete(f"{courseware.file.name}{ending}")


def _name(courseware: Courseware) -> str:
    return f"{courseware.file.name}{ENDING}"


def _kept(courseware: Courseware) -> bytes | None:
    try:
        with courseware.file.storage.open(_name(courseware), "rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def _keep(courseware: Courseware, made: bytes) -> None:
    storage, name = courseware.file.storage, _name(courseware)
    saved = storage.save(name, ContentFile(made))
    if saved != name:  # another process was quicker
        storage.delete(saved)


def _make(courseware: Courseware) -> bytes:
    if courseware.size_bytes > MOST_BYTES:
        return NONE
    # Read before: a storage that fails is another matter than a picture that is broken.
    with courseware.file.storage.open(courseware.file.name or "", "rb") as file:
        content = file.read()
    try:
        with warnings.catch_warnings():
            # Ours is the smaller limit.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _drawn(content)
    except Exception:
        # The imaging library may raise anything for broken files; the list shows none then.
        logger.exception("courseware %s has no small picture", courseware.code)
        return NONE


def _drawn(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=FORMATS_READ) as image:
        width, height = image.size
        is_jpeg = image.format == "JPEG"
        if width * height > (MOST_PIXELS_OF_JPEG if is_jpeg else MOST_PIXELS):
            return NONE
        image.draft("RGB", SIZE)
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail(SIZE)
        # What is transparent is white on paper too.
        ground = Image.new("RGBA", upright.size, "white")
        ground.alpha_composite(upright)
        out = io.BytesIO()
        ground.convert("RGB").save(out, "JPEG", quality=QUALITY)
        return out.getvalue()
