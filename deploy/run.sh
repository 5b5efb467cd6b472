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
# How many web processes there are may stand among the settings, by which the doctor counts connections. As there, the
# environment wins. What is no number is left to the settings, which name it.
settings=${ENV_FILE:-.env}
if [ -z "${WEB_CONCURRENCY+set}" ] && [ -r "$settings" ]; then
    number=$(sed -n 's/^\(export \)\{0,1\}WEB_CONCURRENCY=//p' "$settings" | tail -n 1 | tr -d "\"' \r")
    case $number in
        '' | *[!0-9]*) ;;
        *) export WEB_CONCURRENCY="$number" ;;
    esac
fi
# In place of this shell: signals reach the process itself, and a socket that systemd holds is still ours.
exec sh -c "$command"
