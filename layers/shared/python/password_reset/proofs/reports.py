"""Reports: "this wasn't me", by a link that a notice of a changed password carries.

A report is 256 random bits, of which SHA-256 is kept, under a key that no reset token has. With the account's address
it freezes the account, once. It's good for seven days whatever is changed since in the same way as the disputed
change: a thief changes the password once more to be rid of it. A change proven in another way, or an operator,
overrules it, and the channel of a dispute that was overruled gets no such link for thirty days: whoever reads the
mailbox would dispute the owner's changes for ever. What a thief added since the change overrules nothing (`stood.py`).
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from password_reset.aws.items import Beside, from_item, to_item
from password_reset.proofs.standing import (
    NO_STANDING,
    Standing,
    Way,
    barred_by,
    milliseconds,
    other_than,
    standing_of,
    way_of,
)
from password_reset.proofs.stood import Stood, code_digests, secret_digest, stood_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        PutTypeDef,
        TransactWriteItemTypeDef,
        UniversalAttributeValueTypeDef,
    )

    from password_reset.accounts.directory import Account
    from password_reset.aws.pepper import Pepper
    from password_reset.errors import Factor
    from password_reset.proofs.tokens import Held, ResetToken

LIFE = timedelta(days=7)
_TOKEN_BYTES, _MAX_KEY_BYTES = 32, 2048
NO_LINKS = timedelta(days=30)
"""For how long a channel whose dispute was overruled carries no such link."""
MAX_WRONG = 10
"""Wrong addresses from one source in a day, after which that source has none left for a link."""
_KEPT = 400
"""How many of them a link keeps, the latest: nobody fills an item."""
_OVERRULES: Mapping[str, Sequence[Way]] = {
    "email": ("phone", "factor", "operator"),
    "phone": ("email", "factor", "operator"),
    "factor": ("operator",),
}
"""What overrules a report of a change that was proven so: never the same way, which the thief has."""


def report_hash(token: str) -> str:
    """Return the key under which a report is stored: another one than a reset token of this text would have."""
    return hashlib.sha256(f"report\0{token}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Report:
    """A stored report: of which account's change, when that was, how it was proven, and which channel told of it."""

    token_hash: str
    user_id: str
    channel: str
    proven: Way
    changed_at: int
    created_at: int
    expires_at: datetime
    wrong: Sequence[str]
    """The days and sources of wrong addresses."""
    address_digest: str
    request_id: str

    def refusal(self, now: datetime) -> str | None:
        """Why the report itself is no longer good, as the audit says it; how the account stands is the other half."""
        return "expired" if now >= self.expires_at else None

    def refuses(self, token: str, source: str, now: datetime) -> bool:
        """Whether a source has tried all the addresses that it may today.

        Whoever reads the mailbox knows the address, and would else try wrong ones until the owner's link is dead.
        """
        return self.wrong.count(_tried(token, source, now)) >= MAX_WRONG

    def is_of(self, token: str, identifier: str) -> bool:
        """Whether the notice went to an account with this address."""
        return hmac.compare_digest(self.address_digest, _address_digest(token, identifier))

    def is_overruled(self, standing: Standing) -> bool:
        """Whether a later change was proven in a way that overrules it."""
        return any(standing.proven.get(way, 0) > self.changed_at for way in _OVERRULES[self.proven])


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reports:
    """The reports among the reset tokens, and how accounts stand in the accounts table."""

    client: "DynamoDBClient"
    tokens_table: str
    accounts_table: str
    freeze: timedelta
    notes: bool
    """Whether there is more than one way, by a channel to phones or a factor: otherwise nothing of a change need be
    noted, for none lifts a freeze."""
    pepper: "Callable[[], Pepper]"

    def beside(self, keys: "Mapping[str, Sequence[Mapping[str, Any]]] | None" = None) -> Beside:
        """Return what is to be read together with accounts: these keys, and how each account stands."""
        return Beside(self.client, keys, of_each=self._of_each)

    def _of_each(self, user_id: str) -> "Mapping[str, Sequence[Mapping[str, Any]]]":
        # An id that no key can be, of a message that somebody else put into the queue, is nobody's.
        is_key = 0 < len(user_id.encode("utf-8", "surrogatepass")) <= _MAX_KEY_BYTES
        return {self.accounts_table: [self.key(user_id)]} if is_key else {}

    def key(self, user_id: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        """Return the key of an account's item in the accounts table."""
        return to_item({"user_id": user_id})

    def standings(self, read: Beside) -> Mapping[str, Standing]:
        """Return how accounts stand, by id, as it was read; who isn't named has no standing to speak of."""
        items = map(from_item, read.found.get(self.accounts_table, []))
        return {item["user_id"]: standing_of(item) for item in items}

    def is_frozen(self, user_id: str, read: Beside, now: datetime) -> bool:
        """Whether an account is frozen, by what was read together with it."""
        return self.standings(read).get(user_id, NO_STANDING).is_frozen(now)

    def issuance(  # noqa: PLR0913 - a report and what it is about
        self,
        user_id: str,
        identifier: str,
        channel: str,
        proven: Way,
        *,
        changed_at: datetime,
        request: str,
        now: datetime,
    ) -> "tuple[str, PutTypeDef]":
        """Return the token of a new report, in the clear, this once, and the write that stores the report."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        item = {
            "token_hash": report_hash(token),
            "user_id": user_id,
            "channel": channel,
            "proven": proven,
            "address_digest": _address_digest(token, identifier),
            "changed_at": milliseconds(changed_at),
            "created_at": int(now.timestamp()),
            "expires_at": int((now + LIFE).timestamp()),
            "request_id": request,
        }
        return token, {"TableName": self.tokens_table, "Item": to_item(item)}

    def find(self, hashed: str) -> Report | None:
        """Read a report by its hash, consistently."""
        key = to_item({"token_hash": hashed})
        found = self.client.get_item(TableName=self.tokens_table, Key=key, ConsistentRead=True)
        if "Item" not in found:
            return None
        item = from_item(found["Item"])
        return Report(
            token_hash=hashed,
            user_id=item["user_id"],
            channel=item["channel"],
            proven=item["proven"],
            changed_at=item["changed_at"],
            created_at=item["created_at"],
            expires_at=datetime.fromtimestamp(item["expires_at"], UTC),
            wrong=item.get("wrong_from", []),
            address_digest=item["address_digest"],
            request_id=item["request_id"],
        )

    def count_wrong(self, report: Report, token: str, source: str, now: datetime) -> None:
        """Count an address that was not the account's, for its source, while the report is there."""
        tried = [_tried(token, source, now)]
        if len(report.wrong) < _KEPT:
            change, values = "list_append(if_not_exists(wrong_from, :none), :tried)", {":none": list[str]()}
        else:
            change, values, tried = ":tried", {}, [*report.wrong[-_KEPT // 2 :], *tried]
        try:
            self.client.update_item(
                TableName=self.tokens_table,
                Key=to_item({"token_hash": report.token_hash}),
                UpdateExpression=f"SET wrong_from = {change}",
                ConditionExpression="attribute_exists(token_hash)",
                ExpressionAttributeValues=to_item({**values, ":tried": tried}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return

    def frozen_until(self, now: datetime) -> datetime:
        """Return when a freeze that begins now ends."""
        return now + self.freeze

    def freezing(
        self, report: Report, standing: Standing, attempt: str, now: datetime, *, version: int | None
    ) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that freezes the account: once a report, and unless it's overruled.

        `version` is the account's, where counting it up is another write.
        """
        conditions = ["(attribute_not_exists(disputed_at) OR disputed_at < :changed)"]
        for way in _OVERRULES[report.proven]:
            name = "reopened_at" if way == "operator" else f"changed_by_{way}"
            conditions.append(f"(attribute_not_exists({name}) OR {name} <= :changed)")
        disputed = way_of(report.channel)
        values = {
            ":until": int(self.frozen_until(now).timestamp()),
            ":barred": barred_by(report.proven, disputed),
            ":dispute": report.token_hash,
            ":attempt": attempt,
            ":at": milliseconds(now),
            ":way": disputed,
            ":changed": report.changed_at,
        }
        update = (
            "SET frozen_until = :until, barred = :barred, dispute = :dispute, disputed_by = :attempt, "
            "disputed_at = :at, disputed_way = :way"
        )
        if version is not None:
            update, values[":version"] = f"{update}, disputed_version = :version", version
        stood = stood_of(standing.stood)
        if stood and stood.at > report.changed_at:  # so nobody knows what was there before the disputed change
            update = f"{update} REMOVE stood"
        return {
            "Update": {
                "TableName": self.accounts_table,
                "Key": self.key(report.user_id),
                "UpdateExpression": update,
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def opens(
        self, carrier: str, account: "Account", standing: Standing, kinds: "Sequence[Factor]", now: datetime
    ) -> bool:
        """Whether what a channel carries now lifts a freeze: alone, or with a factor of these kinds."""
        if not standing.is_frozen(now):
            return True
        way, stood = way_of(carrier), stood_of(standing.stood)
        if stood is None:  # of a change that another version noted nothing of, or two settings ago
            return False
        shown = (
            ("totp" in kinds and stood.has_secret(standing.totp_secret))
            or ("recovery_code" in kinds and stood.of_codes(standing.recovery_codes))
            or ("phone" in kinds and self._reaches(account, other_than(way), stood))
            or ("directory" in kinds and _has_older_factor(account, stood))
        )
        return bool(shown) or (way != standing.barred and self._reaches(account, way, stood))

    def narrowed(self, held: "Held", account: "Account", token: "ResetToken", now: datetime) -> "Held":
        """Return what is held of a frozen account, as far as it lifts the freeze; everything of another one.

        Where the way that carried the token does so alone, factors are required as ever, whatever they are.
        """
        standing = held.standing
        if not standing.is_frozen(now):
            return held
        stood = stood_of(standing.stood)
        if stood is None or token.created_at < standing.disputed_at // 1000:
            return replace(held, opens=False)
        if way_of(token.channel) != standing.barred and self.stood(token, account, stood):
            return held
        older = self._older(held, account, token, stood)
        return replace(older, opens=bool(older.kinds))

    def older(self, held: "Held", account: "Account", token: "ResetToken", now: datetime) -> "Held | None":
        """Return what is held and no newer than a change that can be disputed still; None where there is none."""
        run = _run(held.standing, now)
        return None if run is None else self._older(held, account, token, run)

    def stood(self, token: "ResetToken", account: "Account", stood: Stood) -> bool:
        """Whether the way that carried a token was the account's already."""
        way = way_of(token.channel)
        # Of a version that kept no phone with it, nobody knows where it went.
        return self._reaches(account, way, stood) and (way == "email" or bool(token.carried_to))

    def is_elsewhere(self, token: "ResetToken", account: "Account") -> bool:
        """Whether the phone that a token was sent to is no longer the account's."""
        return bool(token.carried_to) and token.carried_to != self.reach(account, "phone")

    def reach(self, account: "Account", way: Way) -> str:
        """Return a digest of where an account is reached; empty where it isn't."""
        address = account.email if way == "email" else account.verified_phone
        return self.pepper().pseudonym("reach", f"{account.user_id}\0{way}\0{address}") if address else ""

    def way_shown(self, token: "ResetToken", held: "Held") -> Way:
        """Return the way that a token's use is proven in, where the account has factors or has none."""
        return token.proven if held.kinds else way_of(token.channel)

    def settlement(self, account: "Account", held: "Held", token: "ResetToken", now: datetime) -> "Settlement | None":
        """Return what is noted of a change by this token; None where nothing has to be.

        A freeze that its way lifts is over, and the dispute behind it overruled, unless it came the same way.
        """
        if not self.notes:
            return None
        standing, way = held.standing, self.way_shown(token, held)
        frozen, run = standing.is_frozen(now), _run(standing, now)
        trusted = run is None or way == "factor" or self.stood(token, account, run)
        sets: dict[str, str | int] = {}
        if run is None or frozen or (trusted and way in _OVERRULES[run.way]):
            sets["stood"] = self._stood(account, standing, way, now).text()
        if trusted:
            sets[f"changed_by_{way}"] = milliseconds(now)
        if frozen and standing.disputed_way != way:
            sets[f"no_links_by_{standing.disputed_way}"] = int((now + NO_LINKS).timestamp())
        if not sets:
            return None
        return Settlement(sets=sets, removes=("frozen_until", "barred") if frozen else (), standing=standing)

    def _stood(self, account: "Account", standing: Standing, way: Way, now: datetime) -> Stood:
        return Stood(
            at=milliseconds(now),
            way=way,
            email=self.reach(account, "email"),
            phone=self.reach(account, "phone"),
            totp=secret_digest(standing.totp_secret),
            codes=code_digests(standing.recovery_codes),
        )

    def _reaches(self, account: "Account", way: Way, stood: Stood) -> bool:
        there = stood.phone if way == "phone" else stood.email
        return bool(there) and there == self.reach(account, way)

    def _older(self, held: "Held", account: "Account", token: "ResetToken", stood: Stood) -> "Held":
        other = other_than(way_of(token.channel))
        return replace(
            held,
            totp_secret=held.totp_secret if stood.has_secret(held.totp_secret) else "",
            recovery_codes=stood.of_codes(held.recovery_codes),
            other_channel=held.other_channel if self._reaches(account, other, stood) else "",
            by_directory=held.by_directory and _has_older_factor(account, stood),
        )

    def reopen(self, user_id: str, now: datetime) -> bool:
        """End a freeze by an operator's word, and overrule what disputes earlier changes.

        Return whether it was frozen.
        """
        beside = self.beside()
        beside.about([user_id])
        beside.read({})
        standing = self.standings(beside).get(user_id, NO_STANDING)
        frozen, way = standing.is_frozen(now), standing.disputed_way
        no_links = f", no_links_by_{way} = :no_links" if frozen else ""
        values = {":now": milliseconds(now)}
        self.client.update_item(
            TableName=self.accounts_table,
            Key=self.key(user_id),
            UpdateExpression=f"SET reopened_at = :now{no_links} REMOVE frozen_until, barred, stood",
            ExpressionAttributeValues=to_item(
                values | ({":no_links": int((now + NO_LINKS).timestamp())} if frozen else {})
            ),
        )
        return frozen


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Settlement:
    """What is noted of a change where the account stands, if that is still as it was read."""

    sets: Mapping[str, str | int]
    removes: Sequence[str]
    standing: Standing

    @property
    def _read(self) -> Mapping[str, str | int]:
        return {"stood": self.standing.stood, "disputed_at": self.standing.disputed_at}

    @property
    def values(self) -> Mapping[str, str | int]:
        """What the expressions name."""
        was: dict[str, str | int] = {f":was_{name}": value for name, value in self._read.items() if value}
        return was | {f":{name}": value for name, value in self.sets.items()}

    @property
    def conditions(self) -> list[str]:
        """What must hold: nobody disputed, and no other change was noted, since."""
        return [
            f"{name} = :was_{name}" if value else f"attribute_not_exists({name})" for name, value in self._read.items()
        ]

    @property
    def assignments(self) -> list[str]:
        """What is set."""
        return [f"{name} = :{name}" for name in self.sets]


def _run(standing: Standing, now: datetime) -> Stood | None:
    """Return what stood before the first of the changes that can be disputed still."""
    stood = stood_of(standing.stood)
    lasts = stood and (standing.is_frozen(now) or milliseconds(now - LIFE) < stood.at)
    return stood if lasts else None


def _has_older_factor(account: "Account", stood: Stood) -> bool:
    since = account.factor_since
    return account.has_factor and since is not None and milliseconds(since) < stood.at


def _tried(token: str, source: str, now: datetime) -> str:
    # By the day, and the source under the token, which is nowhere.
    digest = hmac.new(token.encode(), f"source\0{source}".encode(), "sha256").hexdigest()
    return f"{now.date().toordinal()}.{digest[:12]}"


def _address_digest(token: str, identifier: str) -> str:
    # Keyed by the token, which is nowhere: whoever has the table can't try addresses.
    return hmac.new(token.encode(), identifier.encode(), "sha256").hexdigest()
