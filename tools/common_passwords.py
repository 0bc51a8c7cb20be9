"""`python -m tools.common_passwords LIST`: make `passwords/common.txt` of a list of passwords, the most used first."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from password_reset.passwords import common

MOST_USED = 40_000
MIN_LENGTH = 4
_LONG = 15
_FOUR_CLASSES = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])(?=.*[@$!%*?&]).{8,20}")


def chosen(passwords: Iterable[str]) -> list[str]:
    """Return the most used passwords and those that a demanding policy admits, folded and sorted."""
    kept = {
        unicodedata.normalize("NFKC", password).strip().casefold()
        for rank, password in enumerate(passwords)
        if rank < MOST_USED or len(password) >= _LONG or _FOUR_CLASSES.fullmatch(password)
    }
    return sorted(password for password in kept if len(password) >= MIN_LENGTH and password.isprintable())


def main(arguments: Sequence[str]) -> None:
    """Read the list, a password a line, and write the file beside the module that reads it."""
    if len(arguments) != 1:
        sys.exit("usage: python -m tools.common_passwords 10-million-password-list-top-1000000.txt")
    lines = Path(arguments[0]).read_text("utf-8").split("\n")
    made = chosen(lines)
    Path(common.__file__).with_suffix(".txt").write_text("".join(f"{password}\n" for password in made), "utf-8")
    print(f"{len(made)} common passwords")


if __name__ == "__main__":
    main(sys.argv[1:])
