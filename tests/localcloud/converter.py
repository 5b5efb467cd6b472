"""A program that plays the part of LibreOffice."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.localcloud import coursefiles
from tests.localcloud.coursefiles import GREEN, RED

_CONVERTER = """\
#!{python}
import pathlib, shutil, sys
arguments = sys.argv[1:]
source = pathlib.Path(arguments[-1])
folder = pathlib.Path(arguments[arguments.index("--outdir") + 1])
pathlib.Path({log!r}).open("a").write(" ".join(arguments) + "\\n")
{act}
"""
_CONVERT = 'shutil.copyfile({pdf!r}, folder / (source.stem + ".pdf"))'


class Converter:
    """A program named soffice that answers every file with one PDF, and notes its arguments."""

    def __init__(self, folder: Path) -> None:
        self.path, self.log, self.pdf = folder / "soffice", folder / "log", folder / "made.pdf"
        self.pdf.write_bytes(coursefiles.pdf(RED, GREEN, size=(400, 300)))
        self.act(_CONVERT.format(pdf=str(self.pdf)))

    def act(self, line: str) -> None:
        code = _CONVERTER.format(python=sys.executable, log=str(self.log), act=line)
        self.path.write_text(code)
        self.path.chmod(0o755)

    def runs(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.is_file() else []
