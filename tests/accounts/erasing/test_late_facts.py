"""What the cloud tells of an erased person later brings no name back."""

from __future__ import annotations
