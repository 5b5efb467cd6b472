"""Run a program that ends when its parent ends, however the parent ends.

    python parent_death.py SIGNAL PARENT_PID USER_ID COMMAND...

SIGNAL (a number) reaches the program when its parent is gone (Linux only; elsewhere it just runs).
USER_ID is the user to become first, or `-`. A program of its own, because a function between fork
and exec (`preexec_fn`) may hang when the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(signal_number: int, parent_pid: int) -> None:
    """Have the kernel send the signal to this process when its parent ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent_pid:  # it ended before we asked
        sys.exit(1)


def become(user_id: int) -> None:
    os.setgroups([])
    os.setgid(user_id)
    os.setuid(user_id)


def main() -> None:
    signal_number, parent_pid, user_id, *command = sys.argv[1:]
    if user_id != "-":
        become(int(user_id))
    end_with_parent(int(signal_number), int(parent_pid))
    os.execvp(command[0], command)  # noqa: S606 -- running a given command is what it is for


if __name__ == "__main__":
    main()
