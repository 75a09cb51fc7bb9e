# Shared by the scripts: finds Python, creates the environment and installs the requirements.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"; return
    fi
  done
  echo "Ordergraph needs Python 3.11 or newer. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
  exit 1
}

# setup REQUIREMENTS: create an environment in .venv with exactly the packages that the file pins.
setup() {
  local wanted="$1" mark
  if [ ! -x .venv/bin/python ]; then
    local python; python="$(find_python)"
    say "Creating .venv with $("$python" --version)"
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
      rm -rf .venv
      if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing python3-venv, a separate package of Debian"
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv .venv
      else
        echo "This Python has no venv. Install it (Debian: apt-get install python3-venv) and run again." >&2
        exit 1
      fi
    fi
  fi
  mark=".venv/.$(basename "$wanted").$(cat "$wanted" pyproject.toml | sha256sum | cut -c1-16)"
  if [ ! -e "$mark" ]; then
    say "Installing the packages of $wanted: one to three minutes, depending on the connection"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$wanted"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    rm -f ".venv/.$(basename "$wanted")."*
    touch "$mark"
  fi
  export PATH="$PWD/.venv/bin:$PATH"
  # With PYTHONDONTWRITEBYTECODE each start would compile 1,400 modules, which doubles its duration. The compiled
  # modules are stored in .venv instead, and nothing is written beside the sources.
  if [ -n "${PYTHONDONTWRITEBYTECODE:-}" ]; then
    unset PYTHONDONTWRITEBYTECODE
    export PYTHONPYCACHEPREFIX="${PYTHONPYCACHEPREFIX:-$PWD/.venv/pycache}"
  fi
}

# install PURPOSE PACKAGE…: install Debian packages with apt-get, or say which ones are needed.
install() {
  local purpose="$1"; shift
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing $* for $purpose"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    echo "These packages are needed for $purpose: $*. Install them and run again." >&2
    exit 1
  fi
}
