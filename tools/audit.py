"""Asks the advisory databases about every locked package: without an answer nothing is called clean."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REQUIREMENTS = (*sorted(Path("requirements").glob("*.txt")), Path("layers/dependencies/requirements.txt"))
# Strict: by default a package that the database does not know is passed over with exit code 0.
PIP_AUDIT = ("pip_audit", "--strict", "--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json")


def answer(command: list[str]) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON that a command prints; None if it prints none."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our arguments
    try:
        return json.loads(ended.stdout)
    except ValueError:
        return None


def python_advisories(requirements: Path) -> list[str] | None:
    """Return the advisories on a lock's packages; None if nobody could be asked."""
    found = answer([sys.executable, "-m", *PIP_AUDIT, "-r", str(requirements)])
    if found is None or any("vulns" not in package for package in found["dependencies"]):
        return None
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {vulnerability['fix_versions']}"
        for package in found["dependencies"]
        for vulnerability in package["vulns"]
    ]


def npm_advisories() -> list[str] | None:
    """Return the advisories on npm's lock; None if nobody could be asked."""
    found = answer(["npm", "audit", "--json"])
    if found is None or "vulnerabilities" not in found:
        return None
    return [f"{name}: {entry['severity']}" for name, entry in found["vulnerabilities"].items()]


def main() -> None:
    """Print the advisories; end with an error if there are any, or if they could not be asked for."""
    answers = {str(path): python_advisories(path) for path in REQUIREMENTS} | {"package-lock.json": npm_advisories()}
    failed = False
    for lock, advisories in answers.items():
        if advisories is None:
            print(f"{lock}: NOT AUDITED. The advisories could not be read: this needs a network.")
        else:
            print("\n".join([f"{lock}: {len(advisories)} advisories", *advisories]))
        failed |= advisories != []
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
