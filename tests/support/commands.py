"""Management commands as a shell sees them: exit code, stdout, stderr."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command


@dataclass(frozen=True)
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def faults(self) -> list[str]:
        """`<line>:<column>` of each line on stderr."""
        return [":".join(line.split(":", 2)[:2]) for line in self.stderr.splitlines()]


def run(command: str, *arguments: str | Path) -> Outcome:
    stdout, stderr = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(command, *map(str, arguments), stdout=stdout, stderr=stderr)
    except SystemExit as end:
        code = int(end.code or 0)
    return Outcome(code, stdout.getvalue(), stderr.getvalue())


def run_with(command: str, folder: Path, data: bytes, *arguments: str) -> Outcome:
    """Run an import command on a file with this content."""
    file = folder / "sheet"
    file.write_bytes(data)
    return run(command, file, *arguments)
