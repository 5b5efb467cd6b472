"""Pictures of people: whatever was uploaded becomes a small JPEG without hidden data, in a file.

The school's logo (`accounts.services.logos`) is kept as they are.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

from accounts.models import SchoolSettings, User
from accounts.random_codes import make_code
from edu_platform.lib.formatting import MIB

logger = logging.getLogger(__name__)

FOLDER, LOGO_FOLDER = "avatars", "logos"
SIDE_PX = 512
MAX_UPLOAD_BYTES = 5 * MIB
# In browsers: another picture has another address.
BROWSERS_KEEP_IT_S = 30 * 24 * 3600
# Unpacked, a picture takes four bytes for each of these.
MAX_PIXELS = 40_000_000
# The largest takes 300 MB while it is made small.
UNPACKED_AT_ONCE = 2

# A file is stored before its row is saved.
KEPT_FOR = dt.timedelta(days=1)
LOOKED_AT_A_RUN = 1000

unpacking_in_turn = threading.BoundedSemaphore(UNPACKED_AT_ONCE)


class NotAPicture(Exception):
    """Not an image that can be read, or one far too large."""


class PictureNotStored(Exception):
    """The storage is full or does not answer; nothing is left of the picture."""


def as_avatar(upload: IO[bytes]) -> ContentFile[bytes]:
    """Re-encode an uploaded picture: what was hidden in it (place, scripts) does not survive.

    Raises:
        NotAPicture: it cannot be read, or unpacks to something enormous.
    """
    with unpacking_in_turn:
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


def store(picture: ContentFile[bytes], *, folder: str = FOLDER) -> str:
    """Store a picture, and return the name of its file, which opens to anybody who knows it.

    Raises:
        PictureNotStored: the storage does not take it.
    """
    name = f"{folder}/{picture.name}"
    try:
        return default_storage.save(name, picture)
    except OSError as err:
        logger.exception("the storage does not take a picture")
        with suppress(OSError):  # what was written of it until the disk was full
            default_storage.delete(name)
        raise PictureNotStored from err


@contextmanager
def stored(picture: ContentFile[bytes], *, folder: str = FOLDER) -> Iterator[str]:
    """Like `store`, for a block that saves the name; when it fails the file goes too."""
    name = store(picture, folder=folder)
    try:
        yield name
    except BaseException:
        delete_file(name)
        raise


def delete_file(name: str) -> None:
    """Delete a file that no row names any more; when that fails the sweep tries again."""
    try:
        default_storage.delete(name)
    except OSError as err:
        logger.warning("a picture stays until the sweep: %s", type(err).__name__)


def remove_unknown(at: dt.datetime) -> int:
    """Delete the files that no row has named for a day, a bounded number a run; return how many.

    Left behind when a process was killed, or the storage failed, between file and row.
    """
    removed = 0
    unknown = _unknown_files()
    for name in random.sample(unknown, min(len(unknown), LOOKED_AT_A_RUN)):
        try:
            if default_storage.get_modified_time(name) < at - KEPT_FOR:
                default_storage.delete(name)
                removed += 1
        except Exception:
            # Storages raise errors of many types: log them, and go on with the next file.
            logger.exception("a picture that nobody has cannot be removed")
    return removed


def _unknown_files() -> list[str]:
    # In this order: what is saved meanwhile has had its file before.
    names = [
        *(f"{FOLDER}/{name}" for name in _files_in(FOLDER)),
        *(f"{LOGO_FOLDER}/{name}" for name in _files_in(LOGO_FOLDER)),
    ]
    known = {
        *User.objects.exclude(avatar="").values_list("avatar", flat=True),
        *SchoolSettings.objects.values_list("logo", flat=True),
    }
    return [name for name in names if name not in known]


def _files_in(folder: str) -> list[str]:
    try:
        return default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return []
