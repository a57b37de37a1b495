#!/bin/sh
# Makes sure that the browser tests find Chromium and a Chinese font; installs Debian's where it may.
set -eu

missing() {
    command -v chromium >/dev/null || echo chromium
    command -v fc-list >/dev/null && fc-list :lang=zh family | grep -q . || echo fonts-noto-cjk
}

packages=$(missing | paste -sd " ")
[ -n "$packages" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root=sudo
else
    as_root=no
fi
if [ "$as_root" = no ] || ! command -v apt-get >/dev/null; then
    echo "The browser tests need $packages: have an administrator run \`apt-get install $packages\`." >&2
    exit 1
fi

echo "Installing $packages for the browser tests …" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086  # several packages
if ! { $as_root apt-get update -q && $as_root apt-get install -qy --no-install-recommends $packages fontconfig; } >"$log" 2>&1; then
    echo "Could not install $packages (log: $log): $(tail -n 1 "$log")" >&2
    exit 1
fi
rm -f "$log"
