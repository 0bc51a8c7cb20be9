"""`python -m tools.source 203.0.113.7`: the pseudonym under which the audit records have a network address."""

import ipaddress
import sys
from collections.abc import Sequence

from password_reset.limits.windows import source_of
from tools.deployment import deployed


def main(arguments: Sequence[str]) -> None:
    """Print it. Records from before the pepper was last rotated have another one."""
    try:
        (address,) = arguments
        ipaddress.ip_address(address)
    except ValueError:
        sys.exit("usage: [ENV=prod] python -m tools.source 203.0.113.7")
    print(deployed().audit.source(source_of(address)))


if __name__ == "__main__":
    main(sys.argv[1:])
