"""Password reset for the AWS account and the users that you already have, as a construct of the CDK.

`PasswordReset` goes into a stack of yours; `Config` says how it behaves, and what is wrong with that in one
`SettingsError`, a line each.
"""

from typing import TYPE_CHECKING, Any

from infra.config import Config, HostedZone, UsersTable, Website
from password_reset import __version__
from password_reset.settings import SettingsError

if TYPE_CHECKING:
    from infra.stack import PasswordReset

__all__ = ["Config", "HostedZone", "PasswordReset", "SettingsError", "UsersTable", "Website", "__version__"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as Python asks for
    # The commands begin here too, and need neither the CDK nor Node.js.
    if name != "PasswordReset":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from infra.stack import PasswordReset  # noqa: PLC0415 - see above

    return PasswordReset
