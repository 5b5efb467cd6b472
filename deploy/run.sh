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
# The variables of these lines may stand among the settings, where the doctor counts with them. As there, the
# environment wins.
settings=${ENV_FILE:-.env}
for name in PORT WEB_CONCURRENCY WORKER_CONCURRENCY BEAT_SCHEDULE; do
    eval "is_set=\${$name+yes}"
    [ -z "$is_set" ] && [ -r "$settings" ] || continue
    value=$(sed -n "s/^\(export \)\{0,1\}$name=//p" "$settings" | tail -n 1 | tr -d "\"' \r")
    case $name:$value in
        *: | *_CONCURRENCY:*[!0-9]*) ;; # the settings say what is wrong with it
        *) export "$name=$value" ;;
    esac
done
# In place of this shell: signals reach the process itself, and a socket that systemd holds is still ours.
exec sh -c "$command"
