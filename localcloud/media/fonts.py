"""The fonts that this machine has."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_CHINESE_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
)
_OTHER_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/System/Library/Fonts/Helvetica.ttc",
)


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, and whether it has Chinese letters."""

    path: str
    is_chinese: bool


@cache
def best_font() -> Font | None:
    """Return a font with Chinese letters, else any."""
    chinese = [*listed_fonts(":lang=zh"), *_CHINESE_FONTS]
    others = [*listed_fonts(":lang=en"), *_OTHER_FONTS]
    fonts = [Font(path, is_chinese=True) for path in chinese]
    fonts += [Font(path, is_chinese=False) for path in others]
    return next((font for font in fonts if Path(font.path).is_file()), None)


def listed_fonts(pattern: str) -> list[str]:
    """Ask fontconfig, where there is one."""
    program = shutil.which("fc-list")
    if program is None:
        return []
    try:
        listed = subprocess.run(  # noqa: S603 -- a fixed program, no shell
            [program, pattern, "file"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted(line.strip().removesuffix(":") for line in listed.splitlines() if line.strip())
