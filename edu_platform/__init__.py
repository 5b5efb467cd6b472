"""Settings, addresses and processes of the whole project. Knows every app; no app imports it."""

from __future__ import annotations

# Shared tasks bind to this application, in the web processes too.
from edu_platform.celery import app as celery_app
from edu_platform.logs import install_redaction

__all__ = ["__version__", "celery_app"]

# The release: `CHANGELOG.md` says what each changes for those who run it.
__version__ = "1.0.0"

# Before anything is logged, in whichever process.
install_redaction()
