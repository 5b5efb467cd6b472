"""The places of files, and the style sheets and scripts of pages."""

from __future__ import annotations

import filecmp
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.text import error_summary

MANIFEST = "staticfiles.json"


@check("storage.files")
def files() -> Iterator[Finding]:
    """Write a file, read it, delete it; the S3 storage raises what a disk would."""
    name, content = f"doctor-{secrets.token_hex(8)}.txt", secrets.token_bytes(32)
    advice = _(
        "Look at MEDIA_ROOT (whose it is, whether it is full) or STORAGE_URL (key, bucket, host):"
        " until then uploads and pictures fail."
    )
    try:
        stored = default_storage.save(name, ContentFile(content))
        with default_storage.open(stored) as file:
            was_read = file.read()
        default_storage.delete(stored)
    except OSError as err:
        told = _("Files cannot be stored: %(reason)s") % {"reason": error_summary(err)}
        yield error("storage.files", told, advice)
        return
    if was_read != content:
        yield error("storage.files", _("A file was read back otherwise than written."), advice)
        return
    yield ok("storage.files", _("A file was written, read and deleted."))


@check("storage.static")
def static() -> Iterator[Finding]:
    advice = _("Run `manage.py collectstatic --noinput`, and restart the web processes.")
    root = Path(settings.STATIC_ROOT)
    try:
        collected = json.loads((root / MANIFEST).read_text(encoding="utf-8"))["paths"]
    except (OSError, ValueError, KeyError, TypeError):
        told = _("Nothing is collected in %(folder)s: pages fail.") % {"folder": str(root)}
        yield error("storage.static", told, advice)
        return
    missing, changed = _differing(root, collected)
    if missing:
        told = _("%(count)d files are not collected, such as %(name)s: their pages fail.")
        yield error("storage.static", told % {"count": len(missing), "name": missing[0]}, advice)
    elif changed:
        told = _("%(count)d collected files are not those of this code, such as %(name)s.")
        yield warning("storage.static", told % {"count": len(changed), "name": changed[0]}, advice)
    else:
        yield ok("storage.static", _("Style sheets and scripts are those of this code."))


def _differing(root: Path, collected: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the files of the code that are not collected, and those that differ from what is."""
    missing, changed = [], []
    for path, source in _static_files().items():
        # As it stands; beside it lies the one whose name says its content.
        copy = root / path
        if path not in collected or not copy.is_file():
            missing.append(path)
        elif not filecmp.cmp(source, copy, shallow=False):
            changed.append(path)
    return missing, changed


def _static_files() -> dict[str, str]:
    """Return where each lies; of several by one name the first, as `collectstatic` has it."""
    found: dict[str, str] = {}
    for finder in get_finders():
        for path, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)  # of a folder that is collected under a name
            name = f"{prefix}/{path}" if prefix else str(path)
            found.setdefault(name, storage.path(str(path)))
    return found
