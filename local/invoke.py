"""`make invoke`: run one handler, once, on moto, with an event from a file, and print what it returns."""

import json
import os
import sys
from pathlib import Path

from local import accounts, audit, cloud, gateway
from password_reset.settings import Settings, SettingsError

FUNCTIONS = sorted(folder.parent.name for folder in (Path(__file__).parent.parent / "functions").glob("*/handler.py"))


def main() -> None:
    """Print the handler's answer as JSON."""
    name, path = [*sys.argv[1:], "", ""][:2]
    if name not in FUNCTIONS:
        sys.exit(f"FUNCTION cannot be {name!r}. Allowed: one of {', '.join(FUNCTIONS)}.")
    try:
        event = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"EVENT cannot be {path!r}: {error}. There are samples in local/events/.")
    environment = cloud.default_settings(8000) | cloud.inherited(os.environ)
    try:
        Settings.from_environment(environment)
    except SettingsError as error:
        sys.exit(str(error))
    with cloud.running(environment):
        cloud.create_resources(environment)
        audit.keep_console_quiet()
        accounts.create(accounts.NewAccount(email=accounts.DEMO_EMAIL, password=accounts.DEMO_PASSWORD, name="Demo"))
        print(json.dumps(gateway.function(name)(event, gateway.Context()), indent=2))


if __name__ == "__main__":
    main()
