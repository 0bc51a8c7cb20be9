r"""The shape of a users table that a team has: templates of its keys, where an address leads, what attributes say.

All of it is settings. What can't be right whatever the table holds is refused when they are read, with a line that says
why. Paths name attributes within maps and lists: `profile.email`, `emails[0].address`; `\.` is a dot in a name.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from password_reset.accounts.attributes import UserAttributes

    type Typed = AttributeValueTypeDef
    type Item = Mapping[str, Typed]

MAX_KEY_BYTES = 1024
"""Of a sort key, by DynamoDB's quota; no id of anybody's is longer, and a partition key may be twice as long."""
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_STEP = re.compile(r"((?:[^.\[\]\\]|\\.)+)((?:\[[0-9]+\])*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,37})")
NOBODY = "\0" + 5 * "nobody"
"""An id that no account has, as long on the wire as a UUID."""
_NOBODY = {"S": NOBODY, "N": f"-{38 * '9'}", "B": 36 * "A"}


class UnusableShape(ValueError):
    """The settings describe no table that could be used; the text says why."""


class WrongType(Exception):
    """A key attribute has another type than the settings say."""

    def __init__(self, attribute: str, found: str) -> None:
        super().__init__(attribute, found)
        self.attribute = attribute
        self.found = found


@dataclass(frozen=True)
class Template:
    """A key attribute's value: its type and a text with places, as in `USER#{user_id}`."""

    kind: str
    text: str

    @classmethod
    def read(cls, attribute: str, value: Any) -> Self:  # noqa: ANN401 - the same
        """Read `"USER#{user_id}"`, a text, or `{"N": "{user_id}"}`, of another type.

        Raises:
            UnusableShape: it is neither.
        """
        match value:
            case str():
                template = cls("S", value)
            case {"S": str() as text} | {"N": str() as text} | {"B": str() as text} if len(value) == 1:
                template = cls(next(iter(value)), text)
            case _:
                message = f"{attribute} must be a text, or an object with one of S, N and B and a text"
                raise UnusableShape(message)
        template.check(attribute)
        return template

    def check(self, attribute: str) -> None:
        """Refuse what no value can be filled into, or read from.

        Raises:
            UnusableShape: it is that.
        """
        rest = _PLACE.sub("\0", self.text)
        if not self.text or "{" in rest or "}" in rest:
            message = f"{attribute} has {self.text!r}, where places are written as in {{user_id}}"
        elif "\0\0" in rest:
            message = f"{attribute} has {self.text!r}, and nobody could tell one place from the next"
        elif self.kind != "S" and rest != "\0":
            message = f"{attribute} is of type {self.kind} and must be one place, as in {{user_id}}"
        elif self.kind == "N" and self.places == ("email_key",):
            message = f"{attribute} is a number, and no address is one"
        else:
            return
        raise UnusableShape(message)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The names of the places."""
        return tuple(_PLACE.findall(self.text))

    @cached_property
    def prefix(self) -> str:
        """The text before the first place."""
        return self.text.partition("{")[0]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts, seen = [], set[str]()
        for number, part in enumerate(_PLACE.split(self.text)):
            if number % 2 == 0:
                parts.append(re.escape(part))
            else:
                parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
                seen.add(part)
        return re.compile("".join(parts), re.DOTALL)

    def fill(self, values: Mapping[str, str]) -> "Typed | None":
        """Return the typed value; None where these values make none."""
        text = _PLACE.sub(lambda place: values[place[1]], self.text)
        match self.kind:
            case "N":
                return {"N": text} if _NUMBER.fullmatch(text) else None
            case "B":
                found = _bytes(text) if self.places == ("user_id",) else text.encode("utf-8", "replace")
                return {"B": found} if found and len(found) <= MAX_KEY_BYTES else None
        fits = 0 < len(text.encode("utf-8", "replace")) <= MAX_KEY_BYTES
        return {"S": text} if fits and not any("\ud800" <= letter <= "\udfff" for letter in text) else None

    def read_from(self, attribute: str, typed: "Typed") -> dict[str, str] | None:
        """Return what fills the places of a stored value; None where it is no value of this template.

        Raises:
            WrongType: it has another type.
        """
        kind: str
        value: Any
        [(kind, value)] = typed.items()
        if kind != self.kind:
            raise WrongType(attribute, kind)
        if kind == "B":
            if self.places == ("user_id",):
                value = base64.urlsafe_b64encode(bytes(value)).decode().rstrip("=")
            else:
                value = bytes(value).decode("utf-8", "replace")
        found = self._pattern.fullmatch(value)
        return found.groupdict() if found else None


@dataclass(frozen=True)
class Key:
    """Attributes with a template each: a table's key, an index's, or what an item holds of another's key."""

    templates: Mapping[str, Template]

    @classmethod
    def read(cls, value: Any) -> Self:  # noqa: ANN401 - whatever a settings file holds
        """Read an object of attributes and templates.

        Raises:
            UnusableShape: it is none, or has more attributes than a key.
        """
        if not isinstance(value, dict) or not 1 <= len(value) <= 2:  # noqa: PLR2004 - partition key and sort key
            message = "a key is an object with one attribute or two, the partition key first"
            raise UnusableShape(message)
        return cls({name: Template.read(name, template) for name, template in value.items()})

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes, the partition key first."""
        return tuple(self.templates)

    @cached_property
    def places(self) -> frozenset[str]:
        """The names of all places."""
        return frozenset(name for template in self.templates.values() for name in template.places)

    @property
    def partition(self) -> Template:
        """The template of the partition key."""
        return self.templates[self.names[0]]

    def fill(self, values: Mapping[str, str]) -> "dict[str, Typed] | None":
        """Return the typed key; None where these values make none."""
        filled = {name: template.fill(values) for name, template in self.templates.items()}
        return None if None in filled.values() else filled  # type: ignore[return-value]

    def read_from(self, item: "Item") -> dict[str, str] | None:
        """Return what fills the places in an item; None where the item is of another kind.

        Raises:
            WrongType: an attribute has another type than the template.
        """
        values: dict[str, str] = {}
        for name, template in self.templates.items():
            found = template.read_from(name, item[name]) if name in item else None
            if found is None or any(values.get(place, value) != value for place, value in found.items()):
                return None
            values |= found
        return values

    @cached_property
    def nobody(self) -> "dict[str, Typed]":
        """A key that no account has."""
        return {
            name: template.fill(dict.fromkeys(template.places, _NOBODY[template.kind])) or {"S": NOBODY}
            for name, template in self.templates.items()
        }


@dataclass(frozen=True)
class Lookup:
    """Where an address leads to accounts: an index by it, or an item of its own that holds their key.

    `holds` says which attributes of that item have what of the account's key; an index's items have the key itself.
    """

    key: Key
    index: str | None = None
    holds: Key | None = None

    @classmethod
    def read(cls, value: Any) -> Self:  # noqa: ANN401 - whatever a settings file holds
        """Read `{"index", "key"}` or `{"key", "holds"}`.

        Raises:
            UnusableShape: it is neither, or goes by something else than the address.
        """
        match value:
            case {"index": str() as index, "key": key} if len(value) == 2 and index:  # noqa: PLR2004
                lookup = cls(Key.read(key), index=index)
            case {"key": key, "holds": holds} if len(value) == 2:  # noqa: PLR2004
                lookup = cls(Key.read(key), holds=Key.read(holds))
            case _:
                message = "a look-up is an object with index and key, or with key and holds"
                raise UnusableShape(message)
        if "email_key" not in lookup.key.partition.places or lookup.key.places != {"email_key"}:
            message = "the key of a look-up is made of {email_key}, the partition key at least, and of nothing else"
            raise UnusableShape(message)
        return lookup


@dataclass(frozen=True)
class Condition:
    """What an attribute says: yes where it has one of these values, or one other than these, or is there at all."""

    attribute: str
    values: tuple[object, ...] = ()
    other_than: tuple[object, ...] = ()

    @classmethod
    def read(cls, value: Any) -> Self:  # noqa: ANN401 - whatever a settings file holds
        """Read `{"attribute", "values"}`, `{"attribute", "otherThan"}` or `{"attribute", "present": true}`.

        Raises:
            UnusableShape: it is none of these.
        """
        match value:
            case {"attribute": str() as attribute, "values": [_, *_] as values} if len(value) == 2:  # noqa: PLR2004
                condition = cls(attribute, values=tuple(values))
            case {"attribute": str() as attribute, "otherThan": [_, *_] as values} if len(value) == 2:  # noqa: PLR2004
                condition = cls(attribute, other_than=tuple(values))
            case {"attribute": str() as attribute, "present": True} if len(value) == 2:  # noqa: PLR2004
                condition = cls(attribute)
            case _:
                message = "a condition is an object with attribute, and one of values, otherThan and present: true"
                raise UnusableShape(message)
        path(attribute)
        if not all(one is None or isinstance(one, str | int) for one in (*condition.values, *condition.other_than)):
            message = "values are texts, whole numbers, true, false or null"
            raise UnusableShape(message)
        return condition

    def holds(self, value: object) -> bool | None:
        """Whether a plain value says yes; None where it has another type than the values, and says nothing."""
        listed = self.values or self.other_than
        if not listed:
            return value is not None
        if value is not None and not any(type(one) is type(value) for one in listed):
            return None
        is_listed = any(type(one) is type(value) and one == value for one in listed)
        return is_listed if self.values else not is_listed


type Step = str | int


def read_shape(  # noqa: PLR0913 - a setting each
    *,
    attributes: "UserAttributes",
    index: str,
    key: object = None,
    lookup: object = None,
    disabled_when: object = None,
    phone_verified_when: object = None,
    federated_when: object = None,
) -> "Shape":
    """Return the shape that the settings describe. Without more of them: an id as the key, and an index by address.

    Raises:
        UnusableShape: it could not be used, whatever the table holds.
    """
    found = Key.read(key if key is not None else {attributes.user_id: "{user_id}"})
    if lookup is None and found.places != {"email_key"}:
        lookup = {"index": index, "key": {attributes.email_key: "{email_key}"}}
    conditions = (
        Condition.read(value) if value is not None else None
        for value in (disabled_when, phone_verified_when, federated_when)
    )
    return Shape(found, Lookup.read(lookup) if lookup is not None else None, attributes, *conditions).check()


def path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path: names, and places in lists.

    Raises:
        UnusableShape: the text is none.
    """
    steps: list[Step] = []
    position = 0
    while found := _STEP.match(text, position):
        steps += [re.sub(r"\\(.)", r"\1", found[1]), *map(int, re.findall(r"[0-9]+", found[2]))]
        position = found.end()
        if position == len(text):
            return tuple(steps)
        if text[position] != ".":
            break
        position += 1
    message = f"{text!r} is no attribute's name or path, as in `profile.email`"
    raise UnusableShape(message)


def resolve(item: "Item", steps: Sequence[Step]) -> "Typed | None":
    """Return the typed value at a path; None where there is none.

    Raises:
        WrongType: something on the way is no map or list.
    """
    typed: Any = {"M": item}
    for number, step in enumerate(steps):
        [(kind, value)] = typed.items()
        if kind == "NULL":
            return None
        if kind != ("M" if isinstance(step, str) else "L"):
            raise WrongType(".".join(map(str, steps[:number])), kind)
        typed = value.get(step) if isinstance(step, str) else dict(enumerate(value)).get(step)
        if typed is None:
            return None
    return typed  # type: ignore[no-any-return]


WRITTEN = ("password_hash", "password_changed_at", "credentials_version", "password_history", "email_verified")
"""What a reset writes; nothing else of an account is touched."""


@dataclass(frozen=True)
class Shape:
    """A users table's shape. `lookup` is None where the address itself is the key."""

    key: Key
    lookup: Lookup | None
    attributes: "UserAttributes"
    disabled_when: Condition | None = None
    phone_verified_when: Condition | None = None
    federated_when: Condition | None = None

    def check(self) -> Self:
        """Return this shape.

        Raises:
            UnusableShape: its parts don't fit together.
        """
        if not self.key.places:
            message = "the key has no place: every account would be one item"
            raise UnusableShape(message)
        if self.lookup is None and self.key.places != {"email_key"}:
            missing = ", ".join(sorted(self.key.places - {"email_key"}))
            message = f"without a look-up nothing fills {missing} in the key"
            raise UnusableShape(message)
        if self.lookup and self.lookup.holds and (lacking := self.key.places - self.lookup.holds.places):
            message = f"the look-up's item holds no {', '.join(sorted(lacking))}, which the key needs"
            raise UnusableShape(message)
        taken: list[tuple[str, tuple[Step, ...]]] = [(name, (name,)) for name in self.key.names]
        if self.lookup and self.lookup.index:
            taken += [(name, (name,)) for name in self.lookup.key.names]
        for name in WRITTEN:
            steps = self.path(name)
            if any(isinstance(step, int) for step in steps):
                message = f"{name} would be written into a list"
                raise UnusableShape(message)
            for other, there in taken:
                if steps[: len(there)] == there or there[: len(steps)] == steps:
                    message = f"{name} would be written over {other}"
                    raise UnusableShape(message)
            taken.append((name, steps))
        return self

    @cached_property
    def _paths(self) -> Mapping[str, tuple[Step, ...]]:
        attributes = self.attributes.model_dump(exclude={"user_id", "email_key"})
        names = {name: path(text) for name, text in attributes.items()}
        return names | {name: path(found.attribute) for name, found in self.flags.items() if found}

    @property
    def names(self) -> Iterable[str]:
        """Our names of what the table may have of an account."""
        return self._paths

    def path(self, name: str) -> tuple[Step, ...]:
        """Return where an attribute of ours is."""
        return self._paths[name]

    @property
    def flags(self) -> "Mapping[str, Condition | None]":
        """What says yes or no about an account: by a condition, or by the plain words for it."""
        return {
            "disabled": self.disabled_when,
            "phone_verified": self.phone_verified_when,
            "federated": self.federated_when,
        }

    def top_level(self, names: Sequence[str]) -> list[str]:
        """Return the table's attributes that hold these of ours, as IAM names them."""
        found = [str(self.path(name)[0]) for name in names]
        return list(dict.fromkeys([*self.key.names, *found]))

    @property
    def is_plain(self) -> bool:
        """Whether the key holds an id of the account's, which is opaque already."""
        return self.key.places == {"user_id"}


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
