"""Running checks: all at once, each by itself, and never for longer than is said."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, connections
from django.utils import translation
from django.utils.translation import gettext as _

from edu_platform.doctor.findings import Check, Finding, error
from edu_platform.doctor.secrecy import without_secrets
from edu_platform.lib.text import error_summary, one_line

logger = logging.getLogger(__name__)

# A page waits for it, and proxies wait for pages: nginx for 60 seconds.
PAGE_WITHIN_S = 25.0
# A terminal may be on a machine that has its hands full.
COMMAND_WITHIN_S = 60.0


@dataclass(slots=True)
class _Run:
    check: Check
    found: list[Finding] = field(default_factory=list)
    is_over: bool = False

    @property
    def next_line(self) -> str:
        """The one at which the check is: it may have left some out."""
        lines = self.check.lines
        at = lines.index(self.found[-1].check) + 1 if self.found else 0
        return lines[min(at, len(lines) - 1)]


def run_checks(checks: Iterable[Check], *, within_s: float) -> list[Finding]:
    """Return what the checks find, in their order and in the active language.

    A check that fails in a way that it does not know is an error of its line, and logged; so is one that is
    not over in time.
    """
    runs = [_Run(each) for each in checks]
    language = translation.get_language()
    # Daemons: one that hangs, in a look-up of a name for instance, keeps no command from ending.
    threads = [
        threading.Thread(target=_carry_out, args=(run, language), daemon=True) for run in runs
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [_showable(finding) for run in runs for finding in _told(run, within_s)]


def _showable(finding: Finding) -> Finding:
    """As a terminal, a page and JSON may show it, whatever a server of others or the environment said."""
    return replace(
        finding,
        text=one_line(without_secrets(finding.text)),
        advice=one_line(without_secrets(finding.advice)),
    )


def _told(run: _Run, within_s: float) -> Iterator[Finding]:
    is_late = not run.is_over
    line = run.next_line
    yield from tuple(run.found)
    if is_late:
        yield error(
            line,
            _("No result within %(seconds)d seconds.") % {"seconds": within_s},
            _(
                "What is asked here does not answer, or this machine is overloaded. See what"
                " else fails, and run the doctor again."
            ),
        )


def _carry_out(run: _Run, language: str | None) -> None:
    try:
        with translation.override(language):
            _find(run)
    finally:
        run.is_over = True
        # This thread's own.
        connections.close_all()


def _find(run: _Run) -> None:
    try:
        for finding in run.check.find():
            run.found.append(finding)
    except DatabaseError as err:
        logger.warning("doctor: %s: the database failed: %s", run.next_line, error_summary(err))
        run.found.append(
            error(
                run.next_line,
                _("Not known, because the database failed: %(reason)s")
                % {"reason": error_summary(err)},
                _("Run `manage.py doctor --only database` and mend what it says."),
            )
        )
    except Exception as err:  # isolates a check; what it is stands in the log
        logger.exception("doctor: %s failed", run.next_line)
        run.found.append(
            error(
                run.next_line,
                _("The check itself failed: %(reason)s") % {"reason": error_summary(err)},
                _("The log has the whole trace. The other lines are not concerned."),
            )
        )
