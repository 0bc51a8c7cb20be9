"""Second factors of an account: `ENV=prod python -m tools.factors show user@example.com`, and the commands below."""

import sys
from collections.abc import Sequence

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.delivery.recipients import MAX_ACCOUNTS
from password_reset.proofs.factors import RECOVERY_CODES, Factors, InvalidSecret, new_code
from tools.deployment import deployed

USAGE = """usage: [ENV=prod] python -m tools.factors COMMAND user@example.com
  show     which factors the account has
  totp     enrol one-time passwords; the secret, in base32, is read from standard input
  codes    make ten recovery codes in the place of all earlier ones, and print them, this once
  remove   remove every factor, of somebody who has lost theirs and has proven otherwise who they are"""


def main(arguments: Sequence[str]) -> None:
    """Run a command, with your own AWS credentials and the deployed worker's settings."""
    commands = {"show": _show, "totp": _totp, "codes": _codes, "remove": _remove}
    try:
        command, address = arguments
        run, identifier = commands[command], email_key(address)
    except (ValueError, KeyError, InvalidIdentifier):
        sys.exit(USAGE)
    app = deployed()
    factors = app.proofs.factors
    if factors is None:
        sys.exit("FACTORS is off in this deployment.")
    found = [
        account
        for account in app.accounts.directory.find(identifier, spelling=address, most=MAX_ACCOUNTS)
        if account.email == address
    ]
    if len(found) != 1:
        sys.exit("No enabled account has this very address.")
    run(factors, found[0].user_id)


def _show(factors: Factors, user_id: str) -> None:
    held = factors.read(user_id)
    print(
        f"One-time passwords: {'yes' if held.totp_secret else 'no'}. Recovery codes left: {len(held.recovery_codes)}."
    )


def _totp(factors: Factors, user_id: str) -> None:
    try:
        factors.enrol_totp(user_id, sys.stdin.read().strip())
    except InvalidSecret as error:
        sys.exit(f"The secret is {error}.")
    print("One-time passwords are enrolled.")


def _codes(factors: Factors, user_id: str) -> None:
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    factors.enrol_codes(user_id, codes)
    print("\n".join(codes))


def _remove(factors: Factors, user_id: str) -> None:
    factors.remove(user_id, "totp", "recovery_code")
    print("The account has no factors now.")


if __name__ == "__main__":
    main(sys.argv[1:])
