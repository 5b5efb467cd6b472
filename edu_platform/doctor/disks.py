"""Room on this machine's disks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from courseware.filetypes.formats import FORMATS
from edu_platform import env
from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.disk_storage import space_at
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
    space = space_at(folder)
    told = {
        "folder": str(folder),
        "free": f"{space.free_bytes / GIB:.1f}",
        "percent": round(100 * space.free_bytes / space.total_bytes),
    }
    text = _("%(free)s GiB are free at %(folder)s (%(percent)d %%).") % told
    advice = _("Make room, or give it a larger disk; old logs and files of others go first.")
    if space.free_bytes < UPLOAD_BYTES:
        too_little = followed_by(text, _("That is less than one upload needs."))
        return error(line, too_little, advice)
    if space.free_bytes < max(LOW_BYTES, LOW_SHARE * space.total_bytes):
        return warning(line, text, advice)
    return ok(line, text)
