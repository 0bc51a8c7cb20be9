"""Accounts as a users table of any shape holds them: for tests, for `make run`, and for what tries a deployment."""

import base64
import secrets
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from password_reset.accounts.identifiers import email_key
from password_reset.accounts.shape import Condition, Key, Shape
from password_reset.aws.items import typed

if TYPE_CHECKING:
    from password_reset.accounts.shape import Step

    type Item = dict[str, Any]


def new_key(shape: Shape, email: str) -> dict[str, str]:
    """Return what fills the places in the key of a new account."""
    kinds = {place: template.kind for template in shape.key.templates.values() for place in template.places}
    return {place: email_key(email) if place == "email_key" else _made_up(kind) for place, kind in kinds.items()}


def written(shape: Shape, item: "Item", members: Mapping[str, Any]) -> "Item":
    """Return an account's item with these members, by our names for them; None removes one."""
    for name, value in members.items():
        if name == "email_key":
            continue
        condition = shape.flags.get(name)
        stored = _flag(condition, yes=bool(value)) if condition else value
        item = _put(item, shape.path(name), None if stored is None else typed(stored))
    lookup = shape.lookup
    if "email" in members and lookup and lookup.index:
        item = item | _filled(lookup.key, {"email_key": email_key(members["email"])})
    return item


def key_of(shape: Shape, values: Mapping[str, str]) -> "Item":
    """Return an account's key."""
    return _filled(shape.key, values)


def pointer(shape: Shape, email: str, values: Mapping[str, str]) -> "Item | None":
    """Return the item that leads from an address to an account, where the table has such items."""
    lookup = shape.lookup
    if lookup is None or lookup.holds is None:
        return None
    return _filled(lookup.key, {"email_key": email_key(email)}) | _filled(lookup.holds, values)


def _filled(key: Key, values: Mapping[str, str]) -> "Item":
    filled = key.fill(values)
    if filled is None:
        message = "no key can be made of these"
        raise ValueError(message)
    return {**filled}


def _made_up(kind: str) -> str:
    match kind:
        case "N":
            return str(1 + secrets.randbelow(2**40))
        case "B":
            return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return str(uuid.uuid4())


def _flag(condition: Condition, *, yes: bool) -> Any:  # noqa: ANN401 - whatever a condition compares
    if condition.values:
        return condition.values[0] if yes else None
    if condition.other_than:
        return "another" if yes else condition.other_than[0]
    return "2026-01-01" if yes else None


def _put(item: "Item", steps: "tuple[Step, ...]", value: Any) -> "Item":  # noqa: ANN401 - a typed value, or None
    step, *rest = steps
    name = str(step)
    inner = _within(item.get(name), tuple(rest), value)
    return {key: held for key, held in item.items() if key != name} | ({} if inner is None else {name: inner})


def _within(there: Any, steps: "tuple[Step, ...]", value: Any) -> Any:  # noqa: ANN401 - typed values
    match steps:
        case ():
            return value
        case (int() as place, *rest):
            members = list((there or {"L": []})["L"]) + [{"NULL": True}] * (place + 1)
            members[place] = _within(None if "NULL" in members[place] else members[place], tuple(rest), value)
            return {"L": members[: max(place + 1, len(members) - place - 1)]}
        case _:
            return {"M": _put((there or {"M": {}})["M"], steps, value)}
