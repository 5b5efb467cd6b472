"""Room on this machine's disks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from courseware.filetypes.formats import FORMATS
from edu_platform import env
from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.formatting import GIB, followed_by

LOW_BYTES = 5 * GIB
LOW_SHARE = 0.1
# A file that is sent whole needs room for itself once.
UPLOAD_BYTES = max(kind.limit_bytes for kind in FORMATS.values())


@check("disks.media", "disks.temporary", "disks.var")
def disks() -> Iterator[Finding]:
    """On an S3 nothing of the files lies on this disk."""
    if settings.STORAGES["default"]["BACKEND"] == env.DISK["BACKEND"]:
        yield check_room("disks.media", Path(settings.MEDIA_ROOT))
    yield check_room("disks.temporary", Path(tempfile.gettempdir()))
    yield check_room("disks.var", settings.VAR_DIR)


def check_room(line: str, folder: Path) -> Finding:
    place = _existing(folder)
    usage = shutil.disk_usage(place)
    told = {
        "folder": str(folder),
        "free": f"{usage.free / GIB:.1f}",
        "percent": round(100 * usage.free / usage.total),
    }
    text = _("%(free)s GiB are free at %(folder)s (%(percent)d %%).") % told
    advice = _("Make room, or give it a larger disk; old logs and files of others go first.")
    if usage.free < UPLOAD_BYTES:
        too_little = followed_by(text, _("That is less than one upload needs."))
        return error(line, too_little, advice)
    if usage.free < LOW_BYTES or usage.free < LOW_SHARE * usage.total:
        return warning(line, text, advice)
    return ok(line, text)


def _existing(folder: Path) -> Path:
    """The folder, or where it would be made."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
