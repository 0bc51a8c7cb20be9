"""Second factors: what an account has beside its mailbox or phone, kept in a table of ours for every directory.

A time-based one-time password (RFC 6238) is good for one step and once: the last step is stored, and moves ahead in
the write that proves a token by it. Recovery codes have 64 bits and more, are kept as hashes, and are used once each.
Whoever enrols, replaces or removes a factor raises its version, and no proof outlives the version that it was made
under (NIST SP 800-63B-4, 3.1.4 and 4.2.1).
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from password_reset.aws.items import Beside, from_item, to_item
from password_reset.errors import Factor
from password_reset.proofs.tokens import Held

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UniversalAttributeValueTypeDef
    from mypy_boto3_kms import KMSClient

    from password_reset.accounts.directory import Account
    from password_reset.aws.pepper import Pepper
    from password_reset.proofs.tokens import ResetToken

GUESSES_A_DAY = 20
"""Guesses at one account's factors, whatever the token and the factor."""
GUESSES_A_MONTH = 60
"""Guesses at one account's one-time passwords in `MONTH`; a recovery code can't be guessed."""
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
STEP_SECONDS = 30
TOTP_DIGITS = 6
DRIFT_STEPS = 1
"""Steps that a clock may be off, either way."""
LEAST_SECRET_BYTES = 10
RECOVERY_CODES = 10
PHONE_DIGITS = 8
PHONE_CODE_LIFE = timedelta(minutes=10)
"""What NIST SP 800-63B-4 (4.2) gives a code that a phone gets."""
_CODE_GROUPS, _CODE_BYTES = 4, 10
_NOT_IN_A_CODE = re.compile(r"[^0-9a-z]")


class InvalidSecret(ValueError):
    """The text is no secret of one-time passwords."""

    def __init__(self) -> None:
        super().__init__(f"not {LEAST_SECRET_BYTES} bytes or more in base32")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Factors:
    """The accounts table, and the key under which its secrets are encrypted."""

    client: "DynamoDBClient"
    table: str
    kinds: Collection[Factor]
    kms: "Callable[[], KMSClient]"
    key: str
    pepper: "Callable[[], Pepper]"
    phones: Sequence[str]
    """The channels to phones that are on."""

    def other_channel(self, token: "ResetToken", account: "Account") -> str:
        """Return a verified channel of the account that did not carry the token or its code; empty if there is none.

        What counts is what carried it, not what was requested: a mailed link that stood in for a phone is mail.
        """
        if "phone" not in self.kinds:
            return ""
        if token.channel in self.phones:
            return "email"
        return next(iter(self.phones), "") if account.verified_phone else ""

    def new_phone_code(self, token: "ResetToken", to: str) -> tuple[str, str]:
        """Return a code for another channel, in the clear, this once, and its digest: it's good while that is `to`."""
        code = f"{secrets.randbelow(10**PHONE_DIGITS):0{PHONE_DIGITS}}"
        return code, self._phone_digest(token, code, to)

    def read(self, user_id: str) -> Held:
        """Read an account's factors."""
        read = Beside(self.client, {self.table: [self._key(user_id)]})
        return self.held(next(map(from_item, read.read({})[self.table]), {}))

    def held(self, item: "Mapping[str, Any]") -> Held:
        """Return the factors that an item of the table has."""
        totp, codes = "totp" in self.kinds, "recovery_code" in self.kinds
        return Held(
            version=item.get("factors_version", 0),
            totp_secret=item.get("totp_secret", "") if totp else "",
            last_step=item.get("totp_last_step", -1),
            recovery_codes=item.get("recovery_codes", frozenset()) if codes else frozenset(),
        )

    def prove(  # noqa: PLR0913, PLR0917 - what was read
        self, kind: str, value: str, token: "ResetToken", account: "Account", held: Held, now: datetime
    ) -> "TransactWriteItemTypeDef | None":
        """Return the write that keeps a shown factor from being shown again; None where the value is not of it."""
        user_id = token.user_id
        if kind == "phone" and held.other_channel and now.timestamp() < token.factor_code_until:
            to = account.email if held.other_channel == "email" else account.verified_phone or ""
            typed = self._phone_digest(token, value.replace(" ", ""), to)
            return self.unchanged(user_id, held) if hmac.compare_digest(typed, token.factor_code) else None
        if kind == "totp" and held.totp_secret:
            step = matching_step(self._decrypt(held.totp_secret, user_id), value, held.last_step, now)
            return None if step is None else self._step_used(user_id, held, step)
        if kind == "recovery_code":
            digest = code_digest(user_id, value)
            return self._code_used(user_id, held, digest) if digest in held.recovery_codes else None
        return None

    def unchanged(self, user_id: str, held: Held) -> "TransactWriteItemTypeDef":
        """Return the condition, for a transaction, that the account's factors are of the version that was read."""
        condition, values = self.of_version(held)
        check = {"TableName": self.table, "Key": self._key(user_id), "ConditionExpression": condition}
        return {"ConditionCheck": {**check, **({"ExpressionAttributeValues": to_item(values)} if values else {})}}  # type: ignore[typeddict-item]

    @staticmethod
    def of_version(held: Held) -> tuple[str, dict[str, int]]:
        """Return the condition that the account's factors are of the version that was read, and its values."""
        if held.version:
            return "factors_version = :version", {":version": held.version}
        return "attribute_not_exists(factors_version)", {}

    def enrol_totp(self, user_id: str, secret: str) -> None:
        """Store the secret of one-time passwords, in base32, in the place of an earlier one.

        Raises:
            InvalidSecret: the text is none.
        """
        sealed = self.kms().encrypt(KeyId=self.key, Plaintext=read_secret(secret), EncryptionContext=_context(user_id))
        stored = base64.b64encode(sealed["CiphertextBlob"]).decode()
        self._change(user_id, "SET totp_secret = :secret REMOVE totp_last_step", to_item({":secret": stored}))

    def enrol_codes(self, user_id: str, codes: Sequence[str]) -> None:
        """Store recovery codes, in the place of all earlier ones."""
        digests = sorted({code_digest(user_id, code) for code in codes})
        self._change(user_id, "SET recovery_codes = :codes", {":codes": {"SS": digests}})

    def remove(self, user_id: str, *kinds: Literal["totp", "recovery_code"]) -> None:
        """Remove factors."""
        names = {"totp": "totp_secret, totp_last_step", "recovery_code": "recovery_codes"}
        self._change(user_id, f"REMOVE {', '.join(names[kind] for kind in kinds)}", {})

    def _change(self, user_id: str, change: str, values: "dict[str, UniversalAttributeValueTypeDef]") -> None:
        self.client.update_item(
            TableName=self.table,
            Key=self._key(user_id),
            UpdateExpression=f"{change} ADD factors_version :one",
            ExpressionAttributeValues={**values, **to_item({":one": 1})},
        )

    def _step_used(self, user_id: str, held: Held, step: int) -> "TransactWriteItemTypeDef":
        condition, values = self.of_version(held)
        return {
            "Update": {
                "TableName": self.table,
                "Key": self._key(user_id),
                "UpdateExpression": "SET totp_last_step = :step",
                "ConditionExpression": f"{condition} AND attribute_exists(totp_secret) AND "
                "(attribute_not_exists(totp_last_step) OR totp_last_step < :step)",
                "ExpressionAttributeValues": to_item({**values, ":step": step}),
            }
        }

    def _code_used(self, user_id: str, held: Held, digest: str) -> "TransactWriteItemTypeDef":
        condition, values = self.of_version(held)
        return {
            "Update": {
                "TableName": self.table,
                "Key": self._key(user_id),
                "UpdateExpression": "DELETE recovery_codes :codes",
                "ConditionExpression": f"{condition} AND contains(recovery_codes, :code)",
                "ExpressionAttributeValues": {**to_item({**values, ":code": digest}), ":codes": {"SS": [digest]}},
            }
        }

    def _phone_digest(self, token: "ResetToken", code: str, to: str) -> str:
        # With where it went: what a phone got is no proof of the one that is there by now.
        return self.pepper().pseudonym("factor code", f"{token.token_hash}\0{to}\0{code}")

    def _decrypt(self, stored: str, user_id: str) -> bytes:
        sealed = base64.b64decode(stored)
        opened = self.kms().decrypt(KeyId=self.key, CiphertextBlob=sealed, EncryptionContext=_context(user_id))
        return opened["Plaintext"]

    def _key(self, user_id: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        return to_item({"user_id": user_id})


def read_secret(text: str) -> bytes:
    """Return the secret that a base32 text stands for, as authenticator apps take it.

    Raises:
        InvalidSecret: it is none.
    """
    bare = text.replace(" ", "").replace("-", "").rstrip("=").upper()
    try:
        secret = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (binascii.Error, ValueError):
        raise InvalidSecret from None
    if len(secret) < LEAST_SECRET_BYTES:
        raise InvalidSecret
    return secret


def one_time_password(secret: bytes, step: int) -> str:
    """Return the password of a step (RFC 4226, 5.3; RFC 6238 with SHA-1, which is what apps take)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**TOTP_DIGITS:0{TOTP_DIGITS}}"


def matching_step(secret: bytes, value: str, last_step: int, now: datetime) -> int | None:
    """Return the latest step after the last one whose password this is, for clocks that are a little off."""
    current = int(now.timestamp()) // STEP_SECONDS
    typed = value.replace(" ", "").encode()
    steps = range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1)
    # All are compared, in constant time each.
    right = [step for step in steps if hmac.compare_digest(one_time_password(secret, step).encode(), typed)]
    return max((step for step in right if step > last_step), default=None)


def new_code() -> str:
    """Return a recovery code of 80 random bits, in groups."""
    text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
    size = len(text) // _CODE_GROUPS
    return "-".join(text[at : at + size] for at in range(0, len(text), size))


def code_digest(user_id: str, code: str) -> str:
    """Return what is stored of a recovery code: with so many random bits a hash needs no cost."""
    return hashlib.sha256(f"{user_id}\0{_NOT_IN_A_CODE.sub('', code.casefold())}".encode()).hexdigest()


def _context(user_id: str) -> dict[str, str]:
    return {"user_id": user_id}
