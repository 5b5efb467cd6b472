from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deploy.services.processes import ROOT

# In a process of its own, because its disks are what is changed.
TRIED = """
import sys
from pathlib import Path
from deploy.soak.media_disk import MediaDisk

def is_taken(path, size):
    try:
        path.write_bytes(bytes(size))
    except OSError:
        return False
    return True

disk = MediaDisk(Path(sys.argv[1]) / "media")
there = disk.folder / "there"
there.mkdir()
print(is_taken(there / "before", 100_000))
disk.fill(left_bytes=0)
print(is_taken(there / "meanwhile", 100_000))
disk.clear()
print(is_taken(there / "after", 100_000))
disk.fill(left_bytes=20_000)
print(is_taken(there / "part", 100_000))
disk.clear()
disk.unmount()
"""


def test_full_disk_takes_nothing_until_it_is_cleared(tmp_path: Path):
    words = [sys.executable, "-c", TRIED, str(tmp_path)]
    # Who may write everywhere is not kept from it by rights, but has a disk that can be full.
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False", "True", "False"]
    assert not any(part in Path("/proc/mounts").read_text() for part in [os.fspath(tmp_path)])
