from __future__ import annotations

from pathlib import Path

import pytest

from edu_platform.backup import sums
from edu_platform.backup.exceptions import BackupDamaged


def write(folder: Path, *lines: str) -> None:
    (folder / sums.NAME).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_files_of_the_storage_are_read_by_their_names_there(tmp_path: Path):
    write(tmp_path, f"{'a' * 64}  tables/x.copy.gz", f"{'b' * 64}  files/课件/a  b.pdf")

    assert next(iter(sums.read(tmp_path))) == ("a" * 64, "tables/x.copy.gz")
    assert list(sums.read_files(tmp_path)) == [("b" * 64, "课件/a  b.pdf")]


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"{'a' * 63}  files/a",
        f"{'a' * 64} files/a",
        f"{'a' * 64}  files/../../a",
        f"{'a' * 64}  /etc/passwd",
        f"{'a' * 64}  files//dev/zero",
        f"{'a' * 64}  files/./a",
        f"{'a' * 64}  files/",
        f"{'a' * 64}  files/a\0b",
    ],
)
def test_line_of_another_form_or_out_of_the_folder_is_refused(tmp_path: Path, line: str):
    write(tmp_path, line)

    with pytest.raises(BackupDamaged):
        list(sums.read(tmp_path))


def test_list_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / sums.NAME).write_bytes(b"a" * 64 + b"  files/\xff\n")

    with pytest.raises(BackupDamaged):
        list(sums.read(tmp_path))


def test_list_that_lies_elsewhere_is_refused(tmp_path: Path):
    (tmp_path / "elsewhere").write_text(f"{'a' * 64}  files/a\n")
    (tmp_path / sums.NAME).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BackupDamaged):
        list(sums.read(tmp_path))
