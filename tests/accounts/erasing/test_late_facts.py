"""Nothing that the cloud tells of an erased person later brings a name back."""

from __future__ import annotations
