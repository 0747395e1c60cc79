#!/bin/sh
# Makes .venv what uv.lock says, the package `lib` included; does nothing when it already is.
# PYTHON=/path/to/python chooses the Python, and it stays until another one is chosen.
set -eu
cd "$(dirname "$0")/.."

# A virtual environment does not survive a move, so the folder belongs to the key.
key=$(cat uv.lock pyproject.toml | cksum; pwd)
stamp=.venv/.in-sync
version_of() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }

present=$(version_of .venv/bin/python) || present=
if [ -n "$present" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] &&
  { [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$present" ]; }; then
  exit 0
fi

python=
for candidate in ${PYTHON:-} "$(readlink -f .venv/bin/python)" python3 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null &&
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "setup: Python 3.11 or later is missing; install it, or set PYTHON=/path/to/it" >&2; exit 1; }
[ "$(version_of "$python")" = "$present" ] || rm -rf .venv

uv=$(command -v uv || echo .venv/uv/bin/uv)
if [ ! -x "$uv" ]; then
  echo "setup: fetching uv, which installs the rest"
  "$python" -m venv --clear .venv || {
    echo "setup: '$python -m venv' fails; on Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
  }
  # Beside the environment's packages and not among them: uv sync removes what is not locked.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --target .venv/uv uv
fi
echo "setup: installing the packages of uv.lock into .venv"
rm -f "$stamp"
"$uv" sync --frozen --python "$python" --quiet
printf '%s\n' "$key" >"$stamp"
