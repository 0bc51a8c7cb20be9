#!/bin/sh
# Says in one line what this machine lacks, before anything is installed; says nothing where nothing is lacking.
#
#   preflight.sh                  Python and Node.js
#   preflight.sh --node-optional  Node.js may be absent, but not too old
#   preflight.sh --python         print the command of the first Python that will do
#
# In POSIX sh, for it must run where nothing else does.

python_runs() {
    "$1" -c 'import sys; sys.exit(not (3, 13) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3 python3.13 python3.14 python; do
        if command -v "$candidate" >/dev/null 2>&1 && python_runs "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

say_python() {
    if ! command -v python3 >/dev/null 2>&1; then
        echo "Python 3.13 or 3.14 is required, and there is no python3"
    elif version=$(python3 -c 'import platform; print(platform.python_version())' 2>&1); then
        echo "Python 3.13 or 3.14 is required, and python3 is $version"
    else
        echo "Python 3.13 or 3.14 is required, and python3 says: $(echo "$version" | head -n 1)"
    fi
}

node_will_do() {
    major=${1%%.*}
    minor=${1#*.}
    minor=${minor%%.*}
    case $major.$minor in *[!0-9.]* | .* | *.) return 1 ;; esac
    { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; } ||
        { [ "$major" -eq 22 ] && [ "$minor" -ge 12 ]; } ||
        [ "$major" -ge 24 ]
}

say_node() {
    required="Node.js 20.19+, 22.12+ or 24+ with npm is required"
    if ! command -v node >/dev/null 2>&1; then
        [ "$1" = --node-optional ] || echo "$required, and there is no node"
    elif ! version=$(node --version 2>/dev/null) || ! node_will_do "${version#v}"; then
        echo "$required, and node is ${version:-broken}"
    elif ! command -v npm >/dev/null 2>&1; then
        [ "$1" = --node-optional ] || echo "$required, and there is no npm"
    fi
}

if [ "$1" = --python ]; then
    find_python
    exit
fi
if [ -n "$(find .venv/.ready -newer requirements/dev.txt 2>/dev/null)" ]; then
    : # the environment is made, and stays
elif python=$(find_python); then
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        said="$python cannot make virtual environments: install its venv module (Debian's package is python3-venv)"
else
    said=$(say_python)
fi
more=$(say_node "$1")
[ -z "$said$more" ] || {
    echo "$said${said:+${more:+; }}$more"
    exit 1
}
