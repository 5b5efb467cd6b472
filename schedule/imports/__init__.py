"""Bringing people and lessons in from spreadsheets, all of a file or nothing of it."""

from __future__ import annotations
