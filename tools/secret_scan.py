"""Searches files, all tracked ones by default, for committed secrets: offline, so nothing is verified with anybody.

What looks like a secret and is none is listed here with the reason, or marked on its line with
`pragma: allowlist secret` and one.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

NOT_USED = {
    "KeywordDetector",  # finds names of variables; in Python ruff's S105 to S107 do, with a reason at each place
    "IPPublicDetector",  # an address is no secret
}
PUBLIC = ("tests/released/", "layers/shared/python/password_reset/passwords/common.txt")
"""What each version wrote for tests, random values of nobody; and passwords that everybody knows."""
NONE = (
    r"^3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY\\?$",  # the examples' token; in JSON in JSON before a backslash
    r"^kq3v9cX0R1yJ5T7mZb2WdA\\?$",  # their flow
    r"^abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789$",  # the letters that passwords are suggested from
    r"^sha512-[A-Za-z0-9+/]{86}==$",  # what npm's lock compares packages with
)


def findings(paths: Iterable[str]) -> Iterator[str]:
    """Return a line for each secret: file, line, kind. The secret itself is not repeated."""
    known: dict[str, type] = get_mapping_from_secret_type_to_class()
    plugins = {plugin.__name__ for plugin in known.values()} - NOT_USED
    settings = {
        "plugins_used": [{"name": name} for name in sorted(plugins)],
        "filters_used": [
            {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
            {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
            {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": list(NONE)},
        ],
    }
    with transient_settings(settings):
        for path in paths:
            for found in sorted(scan_file(path), key=lambda found: found.line_number):
                yield f"{path}:{found.line_number}: {found.type}"


def main() -> None:
    """Print what was found; end with an error if it is anything."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    # Git is that of whoever runs this.
    tracked = subprocess.run(git, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]  # noqa: S603
    paths = sys.argv[1:] or [path for path in tracked if not path.startswith(PUBLIC)]
    found = list(findings(paths))
    if found:
        sys.exit("\n".join([*found, "A secret that was committed is to be rotated, not only removed."]))
    print(f"No secret in {len(paths)} files.")


if __name__ == "__main__":
    main()
