from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.services.processes import ROOT

# In a process of its own, whose mounts it changes.
PROGRAM = """
import os
import sys
from pathlib import Path
from deploy.soak.media_disk import MediaDisk

def can_write(path, size):
    try:
        path.write_bytes(bytes(size))
    except OSError:
        return False
    return True

disk = MediaDisk(Path(sys.argv[1]) / "media")
there = disk.folder / "there"
there.mkdir()
print(can_write(there / "before", 100_000))
disk.fill(left_bytes=0)
print(can_write(there / "meanwhile", 100_000))
disk.clear()
print(can_write(there / "after", 100_000))
disk.fill(left_bytes=20_000)
print(can_write(there / "part", 100_000))
disk.clear()

real, taken = os.posix_fallocate, []

def others_write_meanwhile(number, start, size):
    if not taken:
        taken.append((there / "of others").write_bytes(bytes(50_000)))
    return real(number, start, size)

os.posix_fallocate = others_write_meanwhile
disk.fill(left_bytes=0)
print(can_write(there / "last", 100_000))
disk.clear()
disk.unmount()
"""


def test_full_disk_takes_nothing_until_it_is_cleared_whoever_writes_while_it_is_filled(
    tmp_path: Path,
):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False", "True", "False", "False"]
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
