"""A browser with a profile of its own on the disk, which can be killed and started again."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, BrowserType, Error

from deploy.services import browser_and_fonts as chromium
from tests.support.visitors import WIDE


class OwnBrowser:
    """Chromium as one person has it: what it wrote to the disk is there when it starts again."""

    def __init__(self, browser_type: BrowserType, profile: Path, site: str) -> None:
        self.site = site
        self._browser_type = browser_type
        self._profile = profile
        self._context: BrowserContext | None = None

    def start(self) -> BrowserContext:
        self._context = self._browser_type.launch_persistent_context(
            self._profile,
            executable_path=chromium.find(),
            args=chromium.flags(),
            base_url=self.site,
            viewport=WIDE,
        )
        return self._context

    def wait_until_stored(self, name: str) -> None:
        """Wait until something of this name is on the disk: Chromium lets the scripts' store wait."""
        folder = self._profile / "Default" / "Local Storage" / "leveldb"
        by = time.monotonic() + 20
        # Names with Chinese letters in them are stored as pairs of bytes.
        forms = (name.encode(), name.encode("utf-16-le"))
        while not any(form in file.read_bytes() for file in folder.glob("*.log") for form in forms):
            if time.monotonic() > by:
                raise AssertionError("nothing was stored")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it as an empty battery would: it gets to say and write nothing any more."""
        main = self._main_process()
        main.kill()
        main.wait(10)
        self.close()

    def close(self) -> None:
        if self._context is not None:
            with suppress(Error):  # it was killed, which Playwright may know already
                self._context.close()
            self._context = None

    def _main_process(self) -> psutil.Process:
        by = time.monotonic() + 10
        while time.monotonic() < by:
            found: list[psutil.Process] = psutil.Process().children(recursive=True)
            for process in found:
                if self._is_main(process):
                    return process
        raise AssertionError("the browser has no process")

    def _is_main(self, process: psutil.Process) -> bool:
        """Tell whether it is the one that all others of this profile belong to: those name a type."""
        try:
            words = process.cmdline()
        except psutil.NoSuchProcess:
            return False
        is_ours = f"--user-data-dir={self._profile}" in words
        return is_ours and not any(word.startswith("--type=") for word in words)
