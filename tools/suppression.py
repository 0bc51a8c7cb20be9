"""`python -m tools.suppression clear user@example.com`: mail an address again that bounced or complained."""

import sys
from collections.abc import Sequence

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from tools.deployment import deployed


def main(arguments: Sequence[str]) -> None:
    """Clear it. SES's own suppression list is another one: `aws sesv2 delete-suppressed-destination`."""
    try:
        command, address = arguments
        email_key(address)
    except (ValueError, InvalidIdentifier):
        command, address = "", ""
    if command != "clear":
        sys.exit("usage: [ENV=prod] python -m tools.suppression clear user@example.com")
    deployed().delivery.suppressions.clear(address)
    print("This address is mailed again.")


if __name__ == "__main__":
    main(sys.argv[1:])
