"""`ical.js`, which reads calendars: what tests of feeds compare with."""

from __future__ import annotations

from deploy.services.node_packages import NodePackages
from deploy.services.processes import ROOT

SOURCE = ROOT / "tests" / "support" / "ical_js"
PACKAGES = NodePackages(
    "ical.js",
    source=SOURCE,
    folder=ROOT / "var" / "ical-js",
    needed_for="the tests of calendar feeds",
)
