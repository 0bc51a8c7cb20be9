"""Values that only a deployment knows: the CDK writes a mark in their place, of text, list or number.

Told by the marks' form, so that commands which are no app of the CDK read the same settings without it.
"""

import re
from collections.abc import Mapping

_MARK = re.compile(r"[$#]\{Token\[")
_NUMBERS = -1e288
"""The CDK's marks of numbers are below this."""


def unresolved(value: object) -> bool:
    """Whether something is, or holds, what only a deployment knows."""
    match value:
        case str():
            return bool(_MARK.search(value))
        case float():
            return value < _NUMBERS
        case Mapping():
            return any(map(unresolved, value.values()))
        case list() | tuple():
            return any(map(unresolved, value))
    return hasattr(value, "creation_stack")  # what every IResolvable has


def literal[Item](values: list[Item] | tuple[Item, ...]) -> list[Item]:
    """Return the items that are known before a deployment."""
    return [value for value in values if not unresolved(value)]
