#!/bin/sh
# Run one process of the Procfile in this folder, as systemd units and containers do.
#   sh deploy/run.sh web|worker|beat
set -eu
cd "$(dirname "$0")/.."
command=$(sed -n "s/^${1:?which process of the Procfile?}: *//p" Procfile)
[ -n "$command" ] || {
    echo "The Procfile names no process $1." >&2
    exit 1
}
# In place of this shell: signals reach the process itself, and a socket that systemd holds is still ours.
exec sh -c "$command"
