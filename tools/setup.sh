#!/bin/sh
# Makes .venv what uv.lock says, the package `lib` included; does nothing when it already is.
set -eu
cd "$(dirname "$0")/.."

# A virtual environment does not survive a move, so the folder belongs to the key.
key=$(cat uv.lock pyproject.toml | cksum; pwd)
stamp=.venv/.in-sync
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] && .venv/bin/python -c ""; then
  exit 0
fi

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null &&
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "setup: Python 3.11 or later is missing; install it, or set PYTHON=/path/to/it" >&2; exit 1; }

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
