"""Settings, addresses and processes of the whole project. Knows every app; no app imports it."""

from __future__ import annotations

import sys

# structlog imports rich wherever it is installed, and developers' tools bring it along. It takes a sixth of
# Django's start, for traces in colour that no log here has. So its import fails, as where it is not installed.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type] # None is what makes an import fail

# Shared tasks bind to this application, in the web processes too.
from edu_platform.celery import app as celery_app  # noqa: E402 -- what loads structlog comes after that
from edu_platform.logs import install_redaction  # noqa: E402 -- as above

__all__ = ["__version__", "celery_app"]

# The release: `CHANGELOG.md` says what each changes for those who run it.
__version__ = "1.0.0"

# Before anything is logged, in whichever process.
install_redaction()
