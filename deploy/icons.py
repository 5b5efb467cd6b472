"""`python -m deploy.icons`: makes `static/vendor/lucide/icons.svg` of the icons that pages use.

npm fetches the package of the version below; the shapes of each icon are taken as they are. The file is checked in,
so nothing but a new icon or version needs this.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "lucide-static", "1.62.0"
FOLDER = Path("static") / "vendor" / "lucide"
ICONS = (
    "bell",
    "bot",
    "book-open",
    "calendar-days",
    "calendar-range",
    "check",
    "chevron-down",
    "circle",
    "circle-alert",
    "circle-check",
    "circle-question-mark",
    "circle-x",
    "clock",
    "ellipsis",
    "eye",
    "file-text",
    "file-up",
    "hourglass",
    "languages",
    "log-out",
    "search",
    "settings",
    "shield-check",
    "square-play",
    "sun",
    "triangle-alert",
    "user",
    "users",
    "users-round",
)
# In the root of each icon, and the same in all: the symbol has them, so that one shows without a style sheet.
LOOK = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
ROOT = re.compile(r"<svg\b([^>]*)>(.*)</svg>", re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        package = _fetched(Path(folder))
        symbols = [_symbol(name, (package / "icons" / f"{name}.svg").read_text()) for name in ICONS]
        licence = (package / "LICENSE").read_text()
    (FOLDER / "icons.svg").write_text(sprite_of(symbols))
    (FOLDER / "LICENSE").write_text(licence)
    sys.stdout.write(f"{len(symbols)} icons of {PACKAGE} {VERSION}\n")


def sprite_of(symbols: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {PACKAGE} {VERSION}, ISC: see LICENSE beside this file -->'
    return "\n".join((head, *symbols, "</svg>")) + "\n"


def _fetched(folder: Path) -> Path:
    subprocess.run(
        ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"],  # noqa: S607 -- wherever it is installed
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def _symbol(name: str, drawn: str) -> str:
    """Return the icon as a symbol; one that looks otherwise than the others is an error."""
    root = ROOT.search(drawn)
    if root is None or not all(each in root[1] for each in re.findall(r'\S+="[^"]*"', LOOK)):
        raise ValueError(f"{name} is not drawn as the others are")
    shapes = "".join(line.strip() for line in root[2].splitlines())
    return f'<symbol id="{name}" {LOOK}>{shapes}</symbol>'


if __name__ == "__main__":
    main()
