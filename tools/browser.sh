#!/bin/sh
# Makes sure that there is a browser for tests/site; on Debian as root it installs the headless one.
set -eu
find_browser() {
  for name in "$@"; do
    command -v "$name" && return
  done
  return 1
}
if ! find_browser chromium-headless-shell && [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -qq -y --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null ||
    echo "browser: no headless shell to be had; another browser will do" >&2
fi
find_browser chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable || {
  echo "browser: Chromium or Chrome is missing; install one so that 'chromium' or 'google-chrome' is on the PATH" >&2
  exit 1
}
