"""Settings, addresses and processes of the whole project. Knows every app; no app imports it."""

from __future__ import annotations

import sys

# structlog imports it where it is installed, as beside the tools of developers it is: a sixth of the start of
# Django, for traces in colour that no log here has.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

# Shared tasks bind to this application, in the web processes too.
from edu_platform.celery import app as celery_app  # noqa: E402
from edu_platform.logs import install_redaction  # noqa: E402

__all__ = ["__version__", "celery_app"]

# The release: `CHANGELOG.md` says what each changes for those who run it.
__version__ = "1.0.0"

# Before anything is logged, in whichever process.
install_redaction()
