"""The ground floor: what every app uses. Imports no app, and nothing else of this package."""

from __future__ import annotations
