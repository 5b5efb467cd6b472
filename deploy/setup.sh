#!/bin/sh
# Build .venv with both requirement files. Does nothing while they and the interpreter are the same.
#   sh deploy/setup.sh [PYTHON]    without a name: the one of the .venv that is there, else python3, else
#                                  the system's own where python3 will not do, or was built without optimizations
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# An interpreter that was built without --enable-optimizations, as pyenv does unless told otherwise, takes nearly a
# third longer for the tests. Those of systems have them.
SYSTEM_PYTHON=${SYSTEM_PYTHON:-/usr/bin/python3}

fits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

is_slow() {
    "$1" -c 'import sys, sysconfig
sys.exit("--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""))' 2>/dev/null
}

python=${1:-}
if [ -z "$python" ]; then
    python=python3
    # Not one whose Python has gone, or has become too old: that is made anew.
    if fits .venv/bin/python; then
        python=.venv/bin/python
    elif { ! fits python3 || is_slow python3; } && fits "$SYSTEM_PYTHON"; then
        python=$SYSTEM_PYTHON
    fi
fi

install="install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"
command -v "$python" >/dev/null 2>&1 ||
    fail "There is no $python here: $install"
"$python" -c '' >/dev/null 2>&1 ||
    fail "$python does not run as Python does: $install"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is too old: $install"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments: install its venv module (on Debian and Ubuntu: apt install python3-venv), then run make again"

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
wanted="$version $(cat requirements.txt requirements-dev.txt | cksum)"
ready=.venv/.ready
if [ -x .venv/bin/python ] && [ "$(cat $ready 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

has=$(.venv/bin/python -c 'import pip, sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)
if [ "$has" != "$version" ]; then
    echo "Making the virtual environment .venv with $python, Python $version"
    "$python" -m venv --clear .venv
fi
rm -f $ready
echo "Installing the packages into .venv (about a minute the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
printf '%s\n' "$wanted" >$ready
