#!/bin/sh
# Says in one line what a first `make install` or `make up` would fail for, before it takes time.
# Usage: scripts/before.sh PYTHON [PORT]
set -eu

fail() {
    echo "$1" >&2
    exit 1
}

# A .venv whose Python is gone (moved, or removed by the system's upgrade) is made anew.
if [ -e .venv ] && ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
fi

if [ ! -e .venv/.made ]; then
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null ||
        fail 'Python 3.11 is missing: install it, or name it, as in `make install PYTHON=/path/to/python3.11`.'
    "$1" -c 'import venv, ensurepip' 2>/dev/null ||
        fail 'Python 3.11 has no venv: on Debian, `apt-get install python3.11-venv`.'
fi

if [ ! -e node_modules/.installed ]; then
    command -v npm >/dev/null ||
        fail 'npm is missing: install Node.js 18 or later; on Debian, `apt-get install npm`.'
fi

# Once installed, `minsheng up` looks itself, and knows whether it is our own that has the port.
if [ -n "${2:-}" ] && [ ! -e .venv/.installed ]; then
    "$1" -c 'import socket, sys
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
probe.bind(("127.0.0.1", int(sys.argv[1])))' "$2" 2>/dev/null ||
        fail "Port $2 is taken: choose another, as in \`make up PORT=8123\`."
fi
