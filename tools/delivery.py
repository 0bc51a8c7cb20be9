"""`python -m tools.delivery user@example.com`: what became of the latest messages of an account, without secrets."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.bootstrap import Bootstrap
from password_reset.clock import rfc3339
from tools.deployment import deployed

LATEST = 20


def main(arguments: Sequence[str]) -> None:
    """Print them, the latest first."""
    try:
        (address,) = arguments
        identifier = email_key(address)
    except (ValueError, InvalidIdentifier):
        sys.exit("usage: [ENV=prod] python -m tools.delivery user@example.com")
    app = deployed()
    now = app.audit.clock()
    accounts, _, standings = app.delivery.recipients.find(identifier, now)
    if not accounts:
        print("No enabled account has this address.")
    for account in accounts:
        print(f"Account {account.user_id}")
        if (standing := standings.get(account.user_id)) and standing.is_frozen(now):
            print(f"Frozen until {rfc3339(datetime.fromtimestamp(standing.frozen_until, UTC))}")
        show_suppression(app, account.email)
        for delivery in app.delivery.deliveries.latest(account.user_id, LATEST):
            print(told(delivery))


def show_suppression(app: Bootstrap, address: str) -> None:
    """Print why an address is not mailed, where it is not."""
    if found := app.delivery.suppressions.find(address, app.audit.clock()):
        print(f"This address is not mailed until {rfc3339(found.until)}: {found.reason}.")


def told(delivery: Mapping[str, Any]) -> str:
    """Return one message's story as a line."""
    match delivery["state"]:
        case "sent":
            report = delivery.get("outcome")
            story = f"sent, {report} at {delivery['outcome_at']}" if report else "sent"
        case "refused":
            story = f"not sent: {delivery['reason']}"
        case _:
            story = "being sent, or its sending failed and will be tried again"
    request_id = delivery["request_id"].partition("#")[0]
    return f"{delivery['created_at']}  {delivery['channel']:<5}  {story}  (request {request_id})"


if __name__ == "__main__":
    main(sys.argv[1:])
