"""Failed tests that `make test` may run again alone, and why they failed.

In pytest this is a plugin that writes down each test that failed; `make test` reads it afterwards.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from deploy.services.processes import ROOT

# Tests with one of these marks wait for other processes, which on a busy machine may come too late.
MARKS = ("processes", "browser")
# So few may have failed for the load of all the others; more are a fault.
AT_MOST = 3
IS_MARKED = "may be kept waiting"
KEY = "make-test/failures"
CACHE = ROOT / ".pytest_cache"


@dataclass(frozen=True, slots=True)
class Failure:
    test: str
    reason: str
    is_marked: bool


def cache_folder(part: str) -> Path:
    """Return where pytest keeps its notes on this part of `make test`."""
    return CACHE / part


def read_failures(part: str) -> list[Failure]:
    """Return what failed in the part's last run that came to its end."""
    written = _written(part)
    if not written.is_file():
        return []
    return [Failure(**each) for each in json.loads(written.read_text(encoding="utf-8"))]


def forget_failures(part: str) -> None:
    """Let what failed before not be taken for what fails in the next run."""
    _written(part).unlink(missing_ok=True)


def _written(part: str) -> Path:
    return cache_folder(part) / "v" / KEY


def is_allowed(failures: list[Failure]) -> bool:
    """Tell whether these may have failed for want of time alone; why each did is printed."""
    for failure in failures:
        kind = "" if failure.is_marked else f" (neither {' nor '.join(MARKS)})"
        print(f"== Failed{kind}: {failure.test}: {failure.reason}", flush=True)
    return 0 < len(failures) <= AT_MOST and all(failure.is_marked for failure in failures)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the reports of marked tests say so: they are read where no test is."""
    for item in items:
        if any(item.get_closest_marker(mark) for mark in MARKS):
            item.user_properties.append((IS_MARKED, True))


def pytest_configure(config: pytest.Config) -> None:
    """Collect reports where all arrive: not in a worker of xdist."""
    cache = getattr(config, "cache", None)  # unless pytest runs without one
    if cache and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Failures(cache))


class Failures:
    """Failed tests of this run."""

    def __init__(self, cache: pytest.Cache) -> None:
        self._cache = cache
        self._found: dict[str, Failure] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            # Nothing is known of a test that killed its worker.
            is_marked = IS_MARKED in dict(report.user_properties)
            failure = Failure(report.nodeid, reason_of(report), is_marked)
            self._found.setdefault(report.nodeid, failure)

    def pytest_sessionfinish(self) -> None:
        self._cache.set(KEY, [asdict(each) for each in self._found.values()])


def reason_of(report: pytest.TestReport) -> str:
    """Return the first line of what went wrong, as pytest's summary has it."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else report.longreprtext
    return next(iter(text.strip().splitlines()), "")
