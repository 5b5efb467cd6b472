"""A backup may be somebody else's: regular files inside its folder are read, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edu_platform.backup.private_files import NotAFileInside, open_inside


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("secret")
    folder = tmp_path / "backup"
    (folder / "files" / "课件").mkdir(parents=True)
    (folder / "files" / "课件" / "a").write_text("inside")
    return folder


def test_file_inside_is_read(folder: Path):
    with open_inside(folder, "files/课件/a") as file:
        assert file.read() == b"inside"


def test_folder_that_the_operator_names_may_be_a_link(folder: Path, tmp_path: Path):
    (tmp_path / "moved").symlink_to(folder)

    with open_inside(tmp_path / "moved", "files/课件/a") as file:
        assert file.read() == b"inside"


@pytest.mark.parametrize(
    "name",
    [
        "/dev/zero",
        "files//dev/zero",
        "../elsewhere/secret",
        "files/../../elsewhere/secret",
        "",
        "files/",
        "files/./课件/a",
        "a\0b",
    ],
)
def test_name_that_leads_out_is_refused(folder: Path, name: str):
    with pytest.raises(NotAFileInside):
        open_inside(folder, name)


def test_links_are_refused_wherever_they_lead(folder: Path, tmp_path: Path):
    (folder / "file").symlink_to(tmp_path / "elsewhere" / "secret")
    (folder / "inner").symlink_to(folder / "files" / "课件" / "a")
    (folder / "device").symlink_to("/dev/zero")
    (folder / "folder").symlink_to(tmp_path / "elsewhere")

    for name in ("file", "inner", "device", "folder/secret"):
        with pytest.raises(NotAFileInside):
            open_inside(folder, name)


def test_what_is_no_regular_file_is_refused_at_once(folder: Path):
    os.mkfifo(folder / "pipe")

    for name in ("pipe", "files", "files/课件/a/b"):
        with pytest.raises(NotAFileInside):
            open_inside(folder, name)


def test_missing_file_is_missing(folder: Path):
    with pytest.raises(FileNotFoundError):
        open_inside(folder, "files/b")


def test_nothing_stays_open(folder: Path):
    (folder / "link").symlink_to("/dev/zero")
    before = len(list(Path("/proc/self/fd").iterdir()))

    for name in ("files/课件/a", "files/b", "files", "link"):
        try:
            open_inside(folder, name).close()
        except OSError:
            continue

    assert len(list(Path("/proc/self/fd").iterdir())) == before
