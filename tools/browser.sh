#!/bin/sh
# Makes sure that there is a browser for tests/site; on Debian as root it installs one.
set -eu
find_browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
  return 1
}
if ! find_browser && [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
  find_browser
fi
find_browser >/dev/null || { echo "browser: Chromium or Chrome is missing; install one so that 'chromium' or 'google-chrome' is on the PATH" >&2; exit 1; }
