#!/bin/sh
# Build .venv with both requirement files. Does nothing while they and the interpreter are the same.
#   sh deploy/setup.sh [PYTHON]    without a name: the one of the .venv that is there, else python3
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

python=${1:-}
if [ -z "$python" ]; then
    python=python3
    [ ! -x .venv/bin/python ] || python=.venv/bin/python
fi

command -v "$python" >/dev/null 2>&1 ||
    fail "There is no $python here: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is too old: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"
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
    echo "Making the virtual environment .venv with Python $version"
    "$python" -m venv --clear .venv
fi
rm -f $ready
echo "Installing the packages into .venv (about a minute the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
printf '%s\n' "$wanted" >$ready
