"""The demo school: believable, and filled through the same services as a real one."""

from __future__ import annotations
