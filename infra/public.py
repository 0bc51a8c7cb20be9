"""Password reset for the AWS account and the users that you already have, as a construct of the CDK.

`PasswordReset` goes into a stack of yours; `Config` says how it behaves, and what is wrong with that in one
`SettingsError`, a line each.
"""

from infra.config import Config, HostedZone, UsersTable, Website
from infra.stack import PasswordReset
from password_reset import __version__
from password_reset.settings import SettingsError

__all__ = ["Config", "HostedZone", "PasswordReset", "SettingsError", "UsersTable", "Website", "__version__"]
