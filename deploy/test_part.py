"""A part of `make test`: one run of pytest, which may go on beside the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from types import MappingProxyType

from deploy import second_try
from deploy.services.processes import ROOT

TESTS_FAILED, NO_TESTS = 1, 5  # pytest's exit codes
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class Part:
    """Its output is shown at once, or by `show` when it is over."""

    def __init__(
        self, name: str, title: str, arguments: list[str], *, is_shown_at_once: bool = True
    ) -> None:
        self.name = name
        self._title = title
        self._arguments = [*arguments, "-o", f"cache_dir={second_try.cache_folder(name)}"]
        self._variables = NO_VARIABLES
        self._process: subprocess.Popen[bytes] | None = None
        self._output = None if is_shown_at_once else tempfile.TemporaryFile()  # noqa: SIM115 -- until `stop`

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, variables: Mapping[str, str] = NO_VARIABLES) -> None:
        self._variables = variables
        second_try.forget_failures(self.name)
        if self._output is None:
            self._print_headline()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *self._arguments],
            cwd=ROOT,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=None if self._output is None else subprocess.STDOUT,
        )

    def wait(self) -> int:
        """Return the exit code of pytest."""
        if self._process is None:
            raise RuntimeError(f"{self._title}: not started yet")
        return self._process.wait()

    def show(self) -> None:
        if self._output is not None:
            self._print_headline()
            self._output.seek(0)
            print(self._output.read().decode(errors="replace"), flush=True)

    def has_passed(self) -> bool:
        """Tell whether all its tests passed; the few that failed for want of time may have passed alone."""
        code = self.wait()
        if code == TESTS_FAILED:
            return self._passes_alone()
        return code == 0 or (code == NO_TESTS and bool(sys.argv[1:]))

    def stop(self) -> None:
        if self.is_running and self._process is not None:
            self._process.send_signal(signal.SIGINT)  # so that its tests end what they started
            self._process.wait()
        if self._output is not None:
            self._output.close()

    def _passes_alone(self) -> bool:
        """Tell whether the few that failed pass with the machine for themselves.

        Many real processes share two cores, and now and then one is kept waiting for longer than its
        test allows. What passes alone is named with its reason: its waiting is to be fixed.
        """
        failures = second_try.read_failures(self.name)
        if not second_try.is_allowed(failures):
            return False
        tests = [failure.test for failure in failures]
        if run(f"{self._title}: what failed, alone", tests, self._variables) != 0:
            return False
        for failure in failures:
            print(f"== Passed alone, but not beside the others: {failure.test}: {failure.reason}")
        return True

    def _print_headline(self) -> None:
        print(f"\n== {self._title}", flush=True)


def run(title: str, arguments: list[str], variables: Mapping[str, str]) -> int:
    """Run pytest under a headline, and return its exit code."""
    print(f"\n== {title}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        check=False,
    )
    return done.returncode
