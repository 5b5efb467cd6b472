"""nginx, as Debian packages it: unpacked into a folder of ours, so that no service of it ever starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.services.processes import ROOT, Child, is_listening

FOLDER = ROOT / "var" / "nginx"
WITHOUT = "the tests with nginx in front are skipped"
CONFIG = """
{user}
daemon off;
worker_processes 1;
error_log {folder}/error.log warn;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""


def find() -> Path | None:
    """The program that `install_what_is_missing` unpacked, or the one that the machine has."""
    own = FOLDER / "usr" / "sbin" / "nginx"
    if _starts(own):
        return own
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    return Path(found) if found else None


def install_what_is_missing() -> None:
    """On Debian unpack the package once; why that is not possible is told, and those tests are skipped."""
    if find() is not None or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    print("Fetching nginx for the tests of what stands in front of the platform", flush=True)
    with tempfile.TemporaryDirectory(prefix="edu-nginx-") as folder:
        done = _run(["apt-get", "-qq", "download", "nginx"], folder)
        if done.returncode and os.geteuid() == 0:
            _run(["apt-get", "-qq", "update"], folder)
            done = _run(["apt-get", "-qq", "download", "nginx"], folder)
        packages = list(Path(folder).glob("nginx_*.deb"))
        if done.returncode == 0 and packages:
            done = _run(["dpkg-deb", "--extract", str(packages[0]), str(FOLDER)], folder)
    if find() is None:
        print(f"{done.stdout}nginx could not be fetched: {WITHOUT}.", flush=True)


def _starts(program: Path) -> bool:
    """Tell whether it is there, and finds the libraries that it needs."""
    return program.is_file() and _run([str(program), "-v"], ROOT).returncode == 0


def _run(command: list[str], folder: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class Nginx:
    """Serves these server blocks, the first of which listens on `port`; keeps its files in `folder`."""

    def __init__(self, program: Path, folder: Path, servers: str, *, port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "nginx.conf"
        # Started by root, its workers would be somebody else, who may not look into the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(CONFIG.format(user=user, folder=folder, servers=servers))
        self.url = f"http://127.0.0.1:{port}"
        self._child = Child(
            [str(program), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)],
            log=folder / "nginx.log",
        )
        try:
            self._child.wait_until(lambda: is_listening(port))
        except BaseException:
            self._child.kill()
            raise

    def stop(self) -> None:
        self._child.stop()
