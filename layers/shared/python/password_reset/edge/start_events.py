"""Events by which other systems start resets and invitations: `PasswordResetRequested`, from a source that is set.

EventBridge brings an event more than once at times; its id is the request's, so that nobody is written to twice.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from password_reset.edge.api.start import StartResetRequest
from password_reset.errors import HasPassword, InvalidRequest, StartedTooOften

if TYPE_CHECKING:
    from password_reset.bootstrap import Bootstrap

PASSWORD_RESET_REQUESTED = "PasswordResetRequested"  # noqa: S105 - an event's name


class UnknownEvent(ValueError):
    """An event that no rule of ours lets through."""


def start(app: "Bootstrap", event: Mapping[str, Any]) -> None:
    """Start what an event asks for; what would be refused again is refused once.

    Raises:
        UnknownEvent: it is another one, or from another source.
        NoAccount: there is none, yet: Lambda tries again, for whoever creates accounts may be faster than an index.
        Unavailable: something is out of reach: Lambda tries again.
    """
    source = app.settings.operator_event_source
    if source is None or (event["source"], event["detail-type"]) != (source, PASSWORD_RESET_REQUESTED):
        raise UnknownEvent
    try:
        with app.audit.attempt("start-reset", event["id"]) as attempt:
            attempt.operator = f"{source} in {event['account']}"
            app.start_reset(attempt, **_read(event["detail"]))
    except (InvalidRequest, HasPassword, StartedTooOften):
        return


def _read(detail: object) -> dict[str, Any]:
    try:
        body = StartResetRequest.model_validate(detail)
    except ValidationError:
        raise InvalidRequest from None
    return body.model_dump() | {"locale": body.locale or ""}
