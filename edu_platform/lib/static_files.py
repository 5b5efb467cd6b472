"""Style sheets as browsers get them: without the comments and blanks that are for those who write them."""

from __future__ import annotations

import re
from typing import IO

import rcssmin
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Copies whose name says their content; the file itself stays as it was written, which the doctor compares.
NAMED_BY_CONTENT = re.compile(r"\.[0-9a-f]{12}\.css$")


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, whose style sheets are made small before they are compressed."""

    def _save(self, name: str, content: IO[bytes]) -> str:
        if NAMED_BY_CONTENT.search(name):
            content.seek(0)  # its name comes of having read it
            content = ContentFile(rcssmin.cssmin(content.read().decode()).encode())
        saved: str = super()._save(name, content)  # type: ignore[misc] # Django has it for storages of its own
        return saved
