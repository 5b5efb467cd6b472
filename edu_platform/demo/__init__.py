"""What the demo school shows of the apps above the timetable."""

from __future__ import annotations
