"""The files under `deploy/nginx/`, and the script that puts a machine's values into them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from courseware.services.uploads import PART_LIMIT_BYTES
from courseware.uploads.upload_handlers import FORM_LIMIT_BYTES
from deploy.services.processes import ROOT
from edu_platform.lib.body_limits import AROUND_FILE_BYTES
from edu_platform.lib.formatting import MIB
from edu_platform.lib.hosts import is_allowed
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES

FOLDER = ROOT / "deploy" / "nginx"
PLATFORM = (FOLDER / "platform.conf").read_text()
TRIED_HOSTS = (
    *("1400.vod2.myqcloud.com", "a.b.vod2.myqcloud.com"),
    *("vod2.myqcloud.com", "1400.vod2xmyqcloud.com", "1400.vod2.myqcloud.com:99"),
    *("media.school.cn", "media.school.cn:8443", "media.school.cn:99"),
    *("media.school.cn.evil.example", "evil.example"),
)


@pytest.fixture
def nginx_folder(tmp_path: Path) -> Path:
    """Make a folder that stands for /etc/nginx."""
    (tmp_path / "conf.d").mkdir()
    return tmp_path


def written(nginx: Path, **variables: str) -> tuple[str, str]:
    """The server, and how it fetches recordings, as the script writes them with these variables."""
    subprocess.run(
        ["sh", str(FOLDER / "configure.sh"), "www.school.example.cn"],
        env={"PATH": os.environ["PATH"], "RESOLVER": "fd00::53", "NGINX": str(nginx), **variables},
        check=True,
        capture_output=True,
    )
    return (nginx / "conf.d" / "edu-platform.conf").read_text(), (
        nginx / "replay-media.conf"
    ).read_text()


def place_of(media: str) -> re.Pattern[str]:
    found = re.search(r'^location ~ "(.*)" \{$', media, re.MULTILINE)
    assert found is not None
    return re.compile(found[1].replace("(?<", "(?P<"))


def test_values_of_the_machine_stand_where_those_of_the_example_stood(nginx_folder: Path):
    server, media = written(nginx_folder, WEB="web:8000", CERTIFICATE="/etc/ssl/school.example.crt")

    assert re.findall(r"server_name (\S+);", server) == ["www.school.example.cn"] * 2
    assert "ssl_certificate /etc/ssl/school.example.crt;" in server
    assert "/etc/letsencrypt/live/www.school.example.cn/privkey.pem;" in server
    assert "set $platform http://web:8000;" in server
    assert f"include {nginx_folder}/replay-media.conf;" in server
    assert re.findall(r"^ +resolver (\S+) ", server + media, re.MULTILINE) == ["[fd00::53]"] * 2
    assert list(nginx_folder.rglob("*.new")) == []


@pytest.mark.parametrize(
    "hosts",
    ["", "*.vod2.myqcloud.com", "*.vod2.myqcloud.com, Media.School.cn,media.school.cn:8443"],
)
def test_recordings_are_fetched_from_the_hosts_that_the_platform_allows(
    nginx_folder: Path, hosts: str
):
    _server, media = written(nginx_folder, REPLAY_HOSTS=hosts)

    place = place_of(media)
    fetched = {host: place.match(f"/replay-media/https/{host}/film.mp4") for host in TRIED_HOSTS}
    allowed = [word.strip().lower() for word in (hosts or "*.vod2.myqcloud.com").split(",")]
    assert {host for host, found in fetched.items() if found} == {
        host for host in TRIED_HOSTS if is_allowed(f"https://{host}/film.mp4", allowed)
    }
    assert all(found["media_host"] == host for host, found in fetched.items() if found)


def limit_bytes(location: str) -> int:
    found = re.search(
        rf"location {re.escape(location)} {{\n *client_max_body_size (\d+)m;", PLATFORM
    )
    assert found is not None, location
    return int(found[1]) * MIB


def test_nginx_takes_what_the_platform_takes():
    assert limit_bytes("/") >= MAX_FILE_BYTES + AROUND_FILE_BYTES
    assert limit_bytes("/courseware/uploads/") >= PART_LIMIT_BYTES
    assert limit_bytes("= /courseware/upload/") >= FORM_LIMIT_BYTES


def test_nobody_outside_says_who_they_are():
    """The platform believes these headers of a proxy; each is nginx's own, whatever came in."""
    said = dict(re.findall(r"^    proxy_set_header (\S+) (\S+);$", PLATFORM, re.MULTILINE))

    assert said == {
        "Host": "$host",
        "X-Forwarded-For": "$proxy_add_x_forwarded_for",
        "X-Forwarded-Proto": "$scheme",
        "X-Request-ID": '""',
    }
    # A location with one of its own would have none of them.
    assert "proxy_set_header" not in PLATFORM.partition("location / {")[2]
