"""Accounts in an Amazon Cognito user pool: the pool keeps the passwords, has a policy of its own, and signs people in.

It compares nothing when a password is set, and tells nobody what was set before. So an attempt claims a row of ours
first (`rows.py`), whose generation is the account's version; what changes in the pool between its read and the write
is written over, and that window is one request. The password itself travels, over TLS, once.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from password_reset.accounts.directory import Account, Change, Refused, Traits, spelled_first
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.aws.items import Beside
from password_reset.errors import Issue, OutcomeUnknown, Superseded, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.rows import Condition, Noted, Row, Rows
    from password_reset.accounts.seal import Seal
    from password_reset.aws.clients import UserPools

MAX_USERS = 10
"""Users under one spelling of an address, the most that are looked at."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PLAIN = re.compile(r"[^\x00-\x20#@+\x7f-\x9f\ud800-\udfff]{1,128}")
"""User names that may stand in logs: no address, no phone number."""
_UNQUOTABLE = re.compile(r'["\\\x00-\x1f]')
_BARRED = {"ARCHIVED", "COMPROMISED"}
_TRAITS = Traits(write="blind", hashes_itself=True, rehashes=False, keeps_history=False)


@dataclass(frozen=True)
class _AsRead:
    """The user's name, our row, and whether the address is verified."""

    name: str
    row: "Row"
    verified: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CognitoDirectory:
    """The users of a pool. `seal` makes the ids of users whose name is an address or a phone number."""

    client: "UserPools"
    pool: str
    rows: "Rows"
    seal: "Seal"
    clock: Callable[[], datetime]
    traits: Traits = _TRAITS

    def find(
        self, identifier: str, *, spelling: str = "", most: int, evenly: bool = False, beside: Beside | None = None
    ) -> Sequence[Account]:
        """Return the enabled accounts under an identifier: a look-up for each spelling, and one read of each user.

        The look-up is stale at times. An address that isn't verified is none, as it is to Cognito's own flow.
        """
        names: dict[str, None] = {}
        for address in dict.fromkeys([identifier, spelling]):
            if address and not _UNQUOTABLE.search(address):
                names |= dict.fromkeys(self._named(address))
        users = [user for name in names if (user := self._user(name))]
        if not users:
            if evenly and beside is not None:
                beside.read({})
            return []
        accounts = [account for account in self._accounts(users, beside) if account.is_addressed(identifier)]
        return spelled_first((account for account in accounts if not account.disabled), spelling)[:most]

    def get(self, user_id: str, *, beside: Beside | None = None) -> Account | None:
        """Return an account, as the pool and our row have it."""
        name = self._name(user_id)
        if name is None:
            if beside is not None:
                beside.read({})
            return None
        row = self.rows.read([user_id], beside)[user_id]  # first: what changes after it is compared with it
        user = self._user(name)
        return self._account(user, row) if user else None

    def change(self, account: Account, change: Change) -> None:
        """Set the password for good. The same write is repeated once where its answer is lost."""
        unknown, name = False, account.as_read(_AsRead).name
        for _ in range(2):
            try:
                self.client.admin_set_user_password(
                    UserPoolId=self.pool, Username=name, Password=change.password, Permanent=True
                )
            except NoAnswerError:
                unknown = True
            except ClientError as error:
                if error.may_have_happened:
                    unknown = True
                    continue
                if unknown:  # the one before it may have done what this one is refused for
                    raise OutcomeUnknown from error
                self._refuse(error, change.password)
            else:
                return
        raise OutcomeUnknown

    def landed(self, user_id: str, state: str, attempt: str) -> bool | None:  # noqa: ARG002 - the port's
        """Tell nothing: nobody can."""
        return None

    def rehash(self, account: Account, password_hash: str) -> Account | None:  # noqa: ARG002 - the port's
        """Write nothing: the pool hashes."""
        return self.get(account.user_id)

    def outdate(self, account: Account) -> None:
        """Count the version up, and end the sessions."""
        self.rows.outdate(account.user_id, account.as_read(_AsRead).row)
        self.end_sessions(account.user_id)

    def end_sessions(self, user_id: str) -> None:
        """Sign the user out everywhere: refresh tokens end now, access tokens for Cognito itself too."""
        name = self._name(user_id)
        if name is None:
            return
        try:
            self.client.admin_user_global_sign_out(UserPoolId=self.pool, Username=name)
        except ClientError as error:
            if error.code != "UserNotFoundException":
                raise Unavailable from error
        except NoAnswerError as error:
            raise Unavailable from error

    def claiming(self, account: Account, attempt: str, until: int, *, also: "Condition") -> "TransactWriteItemTypeDef":
        """Return the claim of our row as it was read.

        Raises:
            Superseded: another attempt has died with it since.
        """
        row = account.as_read(_AsRead).row
        if row.version(self.clock()) != account.version:
            raise Superseded
        return self.rows.claiming(account.user_id, row, attempt, until, also=also)

    def settling(self, account: Account, attempt: str, also: "Noted | None" = None) -> "TransactWriteItemTypeDef":
        """Return the end of a claim, with a new generation."""
        return self.rows.settling(account.user_id, attempt, also)

    def releasing(self, account: Account, attempt: str) -> "TransactWriteItemTypeDef":
        """Return the end of a claim, with the same generation."""
        return self.rows.releasing(account.user_id, attempt)

    def busy_for(self, account: Account) -> int:
        """Return for how long our row is claimed."""
        return self.rows.read([account.user_id])[account.user_id].busy_for(self.clock())

    def _refuse(self, error: ClientError, password: str) -> None:
        match error.code:
            case "UserNotFoundException":
                raise Superseded from None
            case "InvalidPasswordException":
                raise Refused(*self._issues(password)) from None
            case "PasswordHistoryPolicyViolationException":
                raise Refused(Issue("newPassword", "reused", "This is a password that you had before.")) from None
        raise Unavailable from error

    def _issues(self, password: str) -> list[Issue]:
        """Return what the pool's policy has against a password: it is read, for the refusal says it in prose alone."""
        try:
            pool = self.client.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        except (NoAnswerError, ClientError):
            pool = {}
        policy: Mapping[str, Any] = pool.get("Policies", {}).get("PasswordPolicy", {})
        least = policy.get("MinimumLength", 0)
        rules = [
            (len(password) < least, "too_short", f"Use at least {least} characters."),
            (policy.get("RequireUppercase") and not re.search("[A-Z]", password), "missing_upper", _need("A to Z")),
            (policy.get("RequireLowercase") and not re.search("[a-z]", password), "missing_lower", _need("a to z")),
            (policy.get("RequireNumbers") and not re.search("[0-9]", password), "missing_digit", _need("0 to 9")),
            (
                policy.get("RequireSymbols") and not re.search(r"[\^$*.\[\]{}()?\"!@#%&/\\,><':;|_~`=+-]", password),
                "missing_symbol",
                "Use at least one symbol, for example ! or -.",
            ),
        ]
        found = [Issue("newPassword", code, text) for broken, code, text in rules if broken]
        return found or [Issue("newPassword", "common", "This password isn't allowed here. Choose another one.")]

    def _named(self, address: str) -> list[str]:
        answer = self._call("list_users", Filter=f'email = "{address}"', Limit=MAX_USERS)
        return [user["Username"] for user in answer["Users"]] if answer else []

    def _user(self, name: str) -> Mapping[str, Any] | None:
        user = self._call("admin_get_user", Username=name)
        return user if user and user["Username"] == name else None  # or somebody's whose alias it is

    def _call(self, operation: str, **parameters: object) -> Mapping[str, Any] | None:
        try:
            answer: Mapping[str, Any] = getattr(self.client, operation)(UserPoolId=self.pool, **parameters)
        except ClientError as error:
            if error.code == "UserNotFoundException":
                return None
            raise Unavailable from error
        except NoAnswerError as error:
            raise Unavailable from error
        return answer

    def _accounts(self, users: Sequence[Mapping[str, Any]], beside: Beside | None) -> list[Account]:
        ids = {self._id(user["Username"]): user for user in users}
        rows = self.rows.read(list(ids), beside)
        accounts = [self._account(user, rows[user_id]) for user_id, user in ids.items()]
        return [account for account in accounts if account.as_read(_AsRead).verified or account.provider is not None]

    def _account(self, user: Mapping[str, Any], row: "Row") -> Account:
        values = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
        status, name = user["UserStatus"], user["Username"]
        user_id, version = self._id(name), row.version(self.clock())
        phone = values.get("phone_number", "") if values.get("phone_number_verified") == "true" else ""
        verified = values.get("email_verified") == "true"
        # When a password was set, or anything else of the user, stands here alone.
        changed = user["UserLastModifiedDate"].isoformat()
        email = values.get("email", "")
        bound = json.dumps([user_id, email, verified, user["Enabled"], status, version, changed])
        return Account(
            user_id=user_id,
            email=email,
            name=values.get("name", "") or values.get("given_name", ""),
            locale=values.get("locale", ""),
            verified_phone=phone if _E164.fullmatch(phone) else None,
            disabled=not user["Enabled"] or status in _BARRED,
            provider=_provider(values) if status == "EXTERNAL_PROVIDER" else None,
            version=version,
            secret=None,
            has_hidden_secret=status != "FORCE_CHANGE_PASSWORD",
            history=[],
            stored_secret=f"cognito {version} {changed}",
            state=hashlib.sha256(bound.encode()).hexdigest(),
            handle=_AsRead(name, row, verified),
        )

    def _id(self, name: str) -> str:
        return name if _PLAIN.fullmatch(name) else self.seal.close(name)

    def _name(self, user_id: str) -> str | None:
        """Return the name of the user whose id this may be."""
        if sealed := self.seal.open(user_id):
            return sealed
        return user_id if _PLAIN.fullmatch(user_id) else None


def _need(letters: str) -> str:
    return f"Use at least one of {letters}."


def _provider(values: Mapping[str, str]) -> str:
    try:
        identities = json.loads(values.get("identities", "[]"))
        return str(identities[0]["providerName"])[:64]
    except (ValueError, LookupError, TypeError):
        return ""
