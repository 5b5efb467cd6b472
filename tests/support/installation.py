"""`docs/installation.md` carried out on this machine: a folder stands for the server's file system."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from deploy.services.postgres import Postgres
from deploy.services.processes import ROOT, Child, free_port
from deploy.services.valkey import Valkey

INSTALLATION, UPGRADING = (ROOT / "docs" / f"{name}.md" for name in ("installation", "upgrading"))
BLOCK = re.compile(r"^ *```sh(?: (?P<kind>\w+))?\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"^(Environment|ExecStart|ListenStream|WorkingDirectory)=(.*)$", re.MULTILINE)
# With a real virtual environment and packages from the registry, as a newcomer gets them: takes minutes.
FOR_REAL = os.environ.get("INSTALL_FOR_REAL") == "1"
# Nothing of the tests is on a server.
NOT_INSTALLED = ("tests/", "bench/", "localcloud/")
PASSWORD = "a-first-password-0"
SHANGHAI, HALF_A_DAY_WEST = "Asia/Shanghai", "Etc/GMT+4"


def zone_of_school(now: datetime) -> str:
    """Return a zone in which the first lesson, which the document holds today, goes on for another hour at least."""
    return SHANGHAI if now.astimezone(ZoneInfo(SHANGHAI)).hour < 23 else HALF_A_DAY_WEST


def commands(text: str, kind: str = "") -> str:
    """Return what a document has somebody type: "" what runs anywhere, "system", "containers"."""
    found = (each for each in BLOCK.finditer(text) if (each["kind"] or "") == kind)
    return "".join(textwrap.dedent(each["text"]) for each in found)


def step(number: int) -> str:
    """The commands of a step of the installation that run anywhere."""
    text = INSTALLATION.read_text()
    found = re.search(rf"^## {number}\. .*?(?=^## )", text, re.DOTALL | re.MULTILINE)
    assert found is not None, number
    return commands(found[0])


class Server:
    """A server with nothing on it but PostgreSQL and Valkey, whose files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web_port, self.tls_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.tls_port}"
        self.zone = zone_of_school(datetime.now(UTC))
        self.postgres = Postgres()
        self.valkey = Valkey(folder / "valkey", durable=True)
        for name in (
            "etc/nginx/conf.d",
            "etc/systemd/system",
            "usr/local/bin",
            "srv",
            "var",
            "home",
        ):
            (folder / name).mkdir(parents=True)
        self._door = socket.create_server(("127.0.0.1", self.web_port), backlog=2048)

    def stop(self) -> None:
        self._door.close()
        self.valkey.stop()
        self.postgres.stop()

    # --- Files and names of the document, and where they are here ----------------------------

    @property
    def _places(self) -> dict[str, str]:
        names = (
            *(
                "/srv/edu-platform",
                "/etc/edu-platform",
                "/etc/nginx",
                "/etc/systemd",
                "/etc/letsencrypt",
            ),
            *("/var/lib/edu-platform", "/var/backups/edu-platform", "/usr/local/bin"),
        )
        return {name: f"{self.folder}{name}" for name in names}

    @property
    def _differences(self) -> dict[str, str]:
        """Return what the commands say otherwise here: there is no other user, and ports are those that are free."""
        psql = self.postgres.program("psql")
        venv = {} if FOR_REAL else {"python3 -m venv ": f"ln -s {sys.prefix} "}
        return {
            "sudo -u postgres psql": f"{psql} -h 127.0.0.1 -p {self.postgres.port} -U postgres",
            "sudo --user edu --preserve-env=ENV_FILE,LANGUAGE_CODE,PGOPTIONS ": "",
            "sudo ": "",
            " -o root -g edu": "",
            " -o edu -g edu": "",
            "chown root:edu": "test -f",
            f"TZ={SHANGHAI}": f"TZ={self.zone}",
            "createsuperuser": "createsuperuser --noinput --username head --display_name 校长",
            "https://school.example": self.url,
            "school.example": "127.0.0.1",
            "@127.0.0.1:5432/": f"@127.0.0.1:{self.postgres.port}/",
            "redis://127.0.0.1:6379/0": self.valkey.url,
            "127.0.0.1:8000": f"127.0.0.1:{self.web_port}",
            **venv,
            **self._places,
        }

    def _here(self, text: str, differences: dict[str, str]) -> str:
        for there, here in differences.items():
            text = text.replace(there, here)
        return text

    # --- The release ------------------------------------------------------------------------

    def bring_release(self, version: str) -> None:
        """Put this code as an archive where the newcomer is, with this server's places in its files."""
        tree = self.folder / "archived" / f"edu-platform-{version}"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            *(),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for name in listed.split("\0")[:-1]:
            if name.startswith(NOT_INSTALLED) or not (ROOT / name).is_file():
                continue
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
        self._adapt(tree / "deploy")
        archive = self.folder / "home" / f"{tree.name}.tar.gz"
        # The user who packed it has a number that may be a person's on the server.
        packer = ["--owner=packer:54321", "--group=packer:54321"]
        subprocess.run(["tar", *packer, "-czf", archive, "-C", tree.parent, tree.name], check=True)

    def _adapt(self, deploy: Path) -> None:
        ports = {"127.0.0.1:8000": f"127.0.0.1:{self.web_port}"}
        nobody = {"sudo --user edu --preserve-env=ENV_FILE,LANGUAGE_CODE,PGOPTIONS ": ""}
        in_the_clear = free_port()
        front = {
            "    listen [::]:443 ssl;\n": "",
            "    listen [::]:80;\n": "",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.tls_port} ssl;",
            "listen 80;": f"listen 127.0.0.1:{in_the_clear};",
            "Host $host": "Host $http_host",  # with its port, which a school's has not
        }
        changes = dict.fromkeys(deploy.glob("systemd/**/*"), self._places | ports | nobody)
        changes[deploy / "nginx" / "configure.sh"] = self._places | ports
        for name in ("platform.conf", "replay-media.conf"):
            changes[deploy / "nginx" / name] = self._places | front
        for path, differences in changes.items():
            if path.is_file():
                path.write_text(self._here(path.read_text(), differences))

    # --- Commands and processes -------------------------------------------------------------

    def run(self, commands: str) -> str:
        """Run what somebody types, in one shell, which stops at the first fault."""
        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._here(commands, self._differences)],
            cwd=self.folder / "home",
            env=own
            | ({} if FOR_REAL else {"PIP_NO_INDEX": "1"})
            | {
                "PATH": f"{self.folder}/usr/local/bin:{own['PATH']}",
                "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def fill_in(self, values: dict[str, str]) -> None:
        """Write values into the file of settings, as by an editor."""
        path = self.folder / "etc/edu-platform/env"
        kept = [line for line in path.read_text().splitlines() if line.split("=")[0] not in values]
        path.write_text(
            "\n".join([*kept, *(f"{name}={value}" for name, value in values.items()), ""])
        )

    def owner_and_mode(self, name: str) -> tuple[int, int]:
        found = (self.folder / name).stat()
        return found.st_uid, stat.S_IMODE(found.st_mode)

    def setting(self, name: str) -> str:
        lines = (self.folder / "etc/edu-platform/env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def start(self, unit: str) -> Child:
        """Start a service as systemd would: its command, in its folder and environment, with its socket."""
        units = self.folder / "etc/systemd/system"
        text = (units / "edu-.service.d/10-common.conf").read_text()
        text += (units / f"{unit}.service").read_text()
        settings = SETTING.findall(text)
        said = {name: value for name, value in settings if name != "Environment"}
        env = dict(value.split("=", 1) for name, value in settings if name == "Environment")
        door: tuple[int, ...] = ()
        opening = ""
        if (units / f"{unit}.socket").is_file():
            door = (self._door.fileno(),)
            opening = f"export LISTEN_PID=$$ LISTEN_FDS=1; exec 3<&{self._door.fileno()};"
        return Child(
            # Not sh, which knows single digits alone.
            ["bash", "-c", f"cd {said['WorkingDirectory']}; {opening} exec {said['ExecStart']}"],
            log=self.folder / "home" / f"{unit}.log",
            env={**env, "PATH": f"{env['PATH']}:{os.environ['PATH']}"},
            pass_fds=door,
        )
