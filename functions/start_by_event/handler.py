"""EventBridge events of another system, `PasswordResetRequested`: as functions/start_reset, without an answer."""

from typing import TYPE_CHECKING, Any

from password_reset.bootstrap import bootstrap, prepare
from password_reset.edge.start_events import start

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

prepare(lambda app: app.start_reset, lambda app: app.levers())


def handler(event: dict[str, Any], _: "LambdaContext") -> None:
    """Start what an event asks for."""
    start(bootstrap(), event)
