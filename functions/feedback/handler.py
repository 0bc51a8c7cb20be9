"""EventBridge events of Amazon SES: what became of each mail. A failure is tried again by Lambda."""

from typing import TYPE_CHECKING, Any

from password_reset.bootstrap import bootstrap, prepare
from password_reset.delivery.feedback import parse

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

prepare(lambda app: app.record_feedback)


def handler(event: dict[str, Any], _: "LambdaContext") -> None:
    """Note what an event says."""
    bootstrap().record_feedback(parse(event))
