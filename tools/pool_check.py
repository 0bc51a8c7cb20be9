"""What `make users-check` says of a Cognito user pool: it only reads, and shows nobody."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from password_reset.accounts.identifiers import is_deliverable
from password_reset.errors import Unavailable

if TYPE_CHECKING:
    from password_reset.accounts.cognito import CognitoDirectory
    from password_reset.bootstrap import Bootstrap
    from password_reset.passwords.policy import PasswordPolicy

_SAMPLE = 60
"""Users that Cognito lists at once, the most."""


class Report(Protocol):
    """Where facts and faults go."""

    facts: list[str]
    faults: list[str]


def look_at(report: Report, app: "Bootstrap", directory: "CognitoDirectory", identifier: str) -> None:
    """Report of the pool, of a sample, and of one address if it is given."""
    pool = directory.client.describe_user_pool(UserPoolId=directory.pool)["UserPool"]
    names = ", ".join(pool.get("UsernameAttributes", ())) or "names of their own"
    report.facts.append(
        f"Pool {directory.pool}: about {pool.get('EstimatedNumberOfUsers', 0)} users, who sign in by {names}."
    )
    _compare(report, app.settings.password_policy, pool.get("Policies", {}).get("PasswordPolicy", {}))
    ways = pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [{"Name": "verified_email"}])
    if any(way["Name"] != "admin_only" for way in ways):
        report.facts.append(
            "The pool's own reset is open too. Once your pages use this one, set AccountRecoverySetting to admin_only."
        )
    users = directory.client.list_users(UserPoolId=directory.pool, Limit=_SAMPLE)["Users"]
    _judge(report, [_Seen(user) for user in users])
    if identifier:
        _try(report, app, directory, identifier)


class _Seen:
    """What counts of a user that is listed."""

    def __init__(self, user: Mapping[str, Any]) -> None:
        values = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
        self.status: str = user["UserStatus"] if user["Enabled"] else "disabled"
        self.name: str = user["Username"]
        self.email: str = values.get("email", "")
        self.verified = values.get("email_verified") == "true"
        self.phone = values.get("phone_number_verified") == "true"

    @property
    def federated(self) -> bool:
        return self.status == "EXTERNAL_PROVIDER"


def _compare(report: Report, ours: "PasswordPolicy", theirs: Mapping[str, Any]) -> None:
    stricter = {
        f"minLength {theirs.get('MinimumLength', 0)}": theirs.get("MinimumLength", 0) > ours.min_length,
        "requireUppercase": theirs.get("RequireUppercase", False) and not ours.require_uppercase,
        "requireLowercase": theirs.get("RequireLowercase", False) and not ours.require_lowercase,
        "requireDigit": theirs.get("RequireNumbers", False) and not ours.require_digit,
        "requireSymbol": theirs.get("RequireSymbols", False) and not ours.require_symbol,
    }
    if missing := [rule for rule, is_missing in stricter.items() if is_missing]:
        report.faults.append(
            f"The pool asks more of passwords than PASSWORD_POLICY, and people learn it only when theirs is refused. "
            f"Set in PASSWORD_POLICY: {', '.join(missing)}."
        )
    if size := theirs.get("PasswordHistorySize"):
        report.facts.append(f"The pool refuses the last {size} passwords.")


def _judge(report: Report, users: list[_Seen]) -> None:
    statuses = Counter(user.status for user in users)
    listed = ", ".join(f"{number} {status}" for status, number in statuses.most_common()) or "none"
    report.facts.append(f"Sample: {len(users)} users: {listed}.")
    report.facts.append(f"Phones: {sum(user.phone for user in users)} verified.")
    own = [user for user in users if not user.federated]
    for number, what in (
        (sum(not user.email for user in own), "have no email, so no reset reaches them"),
        (
            sum(bool(user.email) and not user.verified for user in own),
            "have an email that isn't verified, so no reset reaches them, as with Cognito's own. Set email_verified",
        ),
        (
            sum(user.email != user.email.lower() for user in own),
            "have an email with capital letters: they are found only by whoever types it so. Write it in lower case",
        ),
        (
            sum(bool(user.email) and not is_deliverable(user.email) for user in own),
            "have an email beyond ASCII, which providers don't deliver to",
        ),
    ):
        if number:
            report.faults.append(f"{number} users {what}.")


def _try(report: Report, app: "Bootstrap", directory: "CognitoDirectory", identifier: str) -> None:
    listed = directory.client.list_users(UserPoolId=directory.pool, Filter=f'email = "{identifier}"', Limit=10)["Users"]
    report.facts.append(f"The address leads to {len(listed)} users.")
    try:
        found = {account.user_id: account for account in directory.find(identifier, most=10)}
    except Unavailable:
        report.faults.append("The pool, or the accounts table, can't be read.")
        return
    for account in found.values():
        suppressed = app.delivery.suppressions.find(identifier, app.audit.clock())
        what = "a reset would be mailed."
        if account.provider is not None:
            what = f"it signs in with {account.provider or 'another service'}: a mail would say so, without a link."
        if suppressed:
            what = f"the address isn't mailed now ({suppressed.reason}): see python -m tools.suppression."
        report.facts.append(f"  User {account.user_id}: {what}")
    for user in map(_Seen, listed):
        if user.name not in found and not any(account.email == user.email for account in found.values()):
            why = "disabled" if user.status == "disabled" else "its address isn't verified"
            report.facts.append(f"  A user that is {user.status}: nothing would be mailed ({why}).")
    if not found:
        report.faults.append("A reset requested for this address would mail nothing.")
