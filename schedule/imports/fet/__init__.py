"""Timetables of the free scheduler FET: its CSV, and what the names in it mean here."""

from __future__ import annotations
