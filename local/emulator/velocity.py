"""API Gateway's mapping templates, run: Velocity by a kept port of it, with the variables that the gateway documents.

Only what ours read is there: `$input.params()`, `$context` with its override of the response, `$util`. Whether the
gateway gives null or an empty text for an absent header is not documented, so both can be had.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import airspeed

# Velocity's identifiers have hyphens, as headers have; the port's `#set` knows none.
airspeed.SetDirective.PLACE = re.compile(r"\s*\$([a-z][\w-]*(?:\.[a-z][\w-]*)*)", re.IGNORECASE)


@dataclass(frozen=True)
class Rendered:
    """What a template makes: a body, and headers that it adds or replaces."""

    body: str
    headers: dict[str, str]


class _Parameters(dict[str, str]):
    """A Java map: `get` of what is absent gives `absent`."""

    def __init__(self, values: dict[str, str], absent: str | None) -> None:
        super().__init__(values)
        self._absent = absent

    def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override] # a template gives no default
        """Return a value, or what the gateway has for none."""
        return super().get(name, self._absent if default is None else str(default))


@dataclass(frozen=True)
class _Input:
    """`$input`."""

    headers: dict[str, str]
    absent: str | None
    body: str = field(default="")

    def params(self) -> dict[str, Any]:
        """Return the parameters by place."""
        none = _Parameters({}, self.absent)
        return {"header": _Parameters(self.headers, self.absent), "querystring": none, "path": none}


def render(template: str, headers: dict[str, str], *, absent: str | None = None) -> Rendered:
    """Return what the gateway makes of a response template for a request with these headers.

    Raises:
        airspeed.TemplateError: it is no Velocity, or names what is not there.
    """
    override: dict[str, Any] = {"header": {}}
    context = {"responseOverride": override, "requestOverride": {"header": {}}}
    body = airspeed.Template(template).merge({"input": _Input(headers, absent), "context": context})
    return Rendered(body=body, headers=override["header"])
