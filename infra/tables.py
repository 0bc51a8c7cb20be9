"""The tables, as plain data: the stack creates them in the cloud, `local/` on one machine."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index over string attributes."""

    name: str
    partition_key: str
    sort_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a string partition key.

    `ttl` names the attribute of native TTL (epoch seconds); a table of `sessions` exists where they are on.
    """

    name: str
    partition_key: str
    ttl: str | None = None
    sessions: bool = False
    indexes: tuple[Index, ...] = ()

    @property
    def setting(self) -> str:
        """The setting that tells the functions this table's name in an account."""
        return f"{self.name.upper().replace('-', '_')}_TABLE"


USERS = Table(
    name="users",
    partition_key="user_id",
    indexes=(Index(name="by_email", partition_key="email_key"),),
)
RESET_TOKENS = Table(name="reset-tokens", partition_key="token_hash", ttl="expires_at")
CODES = Table(name="codes", partition_key="flow_hash", ttl="expires_at")
LIMITS = Table(name="limits", partition_key="bucket", ttl="expires_at")
DELIVERIES = Table(
    name="deliveries",
    partition_key="request_id",
    ttl="expires_at",
    indexes=(Index(name="by_user", partition_key="user_id", sort_key="created_at"),),
)

SUPPRESSIONS = Table(name="suppressions", partition_key="address", ttl="expires_at")
LEVERS = Table(name="levers", partition_key="lever")
ACCOUNTS = Table(name="accounts", partition_key="user_id")
"""What is ours of an account, whatever directory it is in."""
SIGN_INS = Table(name="sign-ins", partition_key="bucket", ttl="expires_at", sessions=True)
REVOKED_SESSIONS = Table(name="revoked-sessions", partition_key="jti", ttl="expires_at", sessions=True)

TABLES = (USERS, RESET_TOKENS, CODES, LIMITS, DELIVERIES, SUPPRESSIONS, LEVERS, ACCOUNTS, SIGN_INS, REVOKED_SESSIONS)
