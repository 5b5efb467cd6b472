"""The names under which the apps know the ground floor's functions for texts."""

from __future__ import annotations

from edu_platform.lib.text import OMITTED
from edu_platform.lib.text import error_summary as error_line
from edu_platform.lib.text import redact as plain_words
from edu_platform.lib.text import storable_text as storable

__all__ = ["OMITTED", "error_line", "plain_words", "storable"]
