"""A Cognito user pool on moto, and what other applications do with its users."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
from moto.cognitoidp.models import cognitoidp_backends

from password_reset.accounts.identifiers import email_key

POLICY = {
    "MinimumLength": 10,
    "RequireUppercase": False,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": False,
}


@dataclass(frozen=True)
class Pool:
    """A pool, by its id."""

    pool: str

    @classmethod
    def create(cls, account: boto3.Session, **options: Any) -> "Pool":
        """Return a new one, whose users sign in by their addresses."""
        asked = {"UsernameAttributes": ["email"], "Policies": {"PasswordPolicy": POLICY}} | options
        return cls(account.client("cognito-idp").create_user_pool(PoolName="users", **asked)["UserPool"]["Id"])

    @property
    def settings(self) -> dict[str, str]:
        """What makes a world use it."""
        return {
            "DIRECTORY": "cognito",
            "USER_POOL": self.pool,
            "SESSIONS": "false",
            "PASSWORD_POLICY": '{"history": 0}',
        }

    @property
    def users(self) -> dict[str, Any]:
        """Its users, as moto keeps them."""
        users: dict[str, Any] = cognitoidp_backends["123456789012"]["us-east-1"].user_pools[self.pool].users
        return users

    def user(self, email: str) -> Any:
        """Return the one with this very address."""
        return next(user for user in self.users.values() if user.attribute_lookup.get("email") == email)

    def add(self, email: str, **members: Any) -> str:
        """Create a user with a verified address; return the name, which is the sub."""
        attributes = {"email": email, "email_verified": "true", **_attributes(members)}
        if any(email_key(user.attribute_lookup["email"]) == email_key(email) for user in self.users.values()):
            raise ValueError(email)  # no two users sign in by one address
        wanted = [{"Name": key, "Value": value} for key, value in attributes.items()]
        user = cognitoidp_backends["123456789012"]["us-east-1"].admin_create_user(
            self.pool, members.get("username", email), "", "a temporary password 1", wanted
        )
        name: str = user.username
        user.status, user.password = "CONFIRMED", members.get("secret")
        user.update_attributes([{"Name": "email", "Value": email}])  # as it was typed
        self.write(name, **{key: value for key, value in members.items() if key == "disabled"})
        return name

    def write(self, name: str, **members: Any) -> None:
        """Write these members over a user's, as another application would."""
        user = self.users[name]
        attributes = _attributes(members)
        user.update_attributes([{"Name": key, "Value": value} for key, value in attributes.items()])
        if "secret" in members:
            user.password = members["secret"]
        user.enabled = not members.get("disabled", not user.enabled)
        user.last_modified_date += timedelta(milliseconds=1000)  # which Cognito does, and moto for attributes alone

    def remove(self, name: str) -> None:
        """Delete a user."""
        del self.users[name]


def _attributes(members: dict[str, Any]) -> dict[str, str]:
    found = {
        name: members[name] for name in ("email", "name", "locale", "identities", "email_verified") if name in members
    }
    phone = {"phone_number": members["phone"], "phone_number_verified": "true"} if "phone" in members else {}
    return found | phone
