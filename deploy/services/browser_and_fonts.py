"""Chromium and a Chinese font: system packages, the only things that wheels do not bring."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

# The first has no window to draw, and takes less of the processor.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
FONT_WORDS = ("cjk", "wqy", "han", "hei", "song", "ming", "kai")
# Without these Chromium speaks to its maker's servers at every start.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> Path | None:
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return None


def flags() -> list[str]:
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


def has_chinese_font() -> bool:
    if shutil.which("fc-list"):
        listed = subprocess.run(
            ["fc-list", ":lang=zh"],  # noqa: S607 -- wherever the system has it
            capture_output=True,
            check=False,
        )
        return bool(listed.stdout.strip())
    files = (file for folder in FONT_FOLDERS for file in Path(folder).rglob("*.[ot]t[fc]"))
    return any(word in file.name.lower() for file in files for word in FONT_WORDS)


def install_what_is_missing() -> None:
    """On Debian as root, install what is missing.

    A failure is printed, and the tests that need it fail.
    """
    missing = [] if find() else [NAMES[0]]
    missing += [] if has_chinese_font() else ["fontconfig", "fonts-wqy-microhei"]
    apt = shutil.which("apt-get")
    if not missing or apt is None or os.geteuid() != 0:
        return
    print(f"Installing {' '.join(missing)} for the browser tests", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            [apt, "-qq", *words],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"apt-get {words[0]} failed:\n{done.stdout}", flush=True)
