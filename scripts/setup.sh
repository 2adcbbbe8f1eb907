# Sourced by the other scripts: a virtual environment in .venv with this project and the extras asked for, made once.
# Needs Python 3.11 or newer and a package index, nothing else.

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is missing: install it, or name it in PYTHON"
    return 1
}

# Debian packages for what only tests need; elsewhere, or without the right to install, say what is missing.
install_packages() {
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "installing $*"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >&2
    else
        say "missing: install $* (on Debian or Ubuntu: sudo apt-get install $*)"
        return 1
    fi
}

# setup [EXTRA]: makes .venv as this checkout's pyproject.toml wants it.
setup() {
    extra=${1:-}
    wanted="$(cksum pyproject.toml | cut -d' ' -f1) ${extra:+[$extra]}"
    if [ -x .venv/bin/python ] && grep -qxF "$wanted" .venv/installed 2>/dev/null; then
        return
    fi
    python=$(find_python) || return 1
    if ! [ -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        rm -rf .venv
        "$python" -m venv .venv >&2 || {
            install_packages python3-venv && rm -rf .venv && "$python" -m venv .venv >&2
        } || return 1
    fi
    say "installing what pyproject.toml asks for${extra:+ and the extra $extra}"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".${extra:+[$extra]}" >&2 || return 1
    printf '%s\n' "$wanted" >>.venv/installed
}
