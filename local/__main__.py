"""`make run`: serve the whole service on one machine until Ctrl-C."""

import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError
from waitress.server import create_server

from infra.config import brand_faults
from infra.tables import USERS
from local import accounts, audit, cloud, definition, gateway, pool, website
from local.app import application
from local.worker import Worker
from password_reset.accounts.attributes import UserAttributes
from password_reset.accounts.shape import read_shape
from password_reset.bootstrap import bootstrap
from password_reset.settings import Settings, SettingsError

HOST = "127.0.0.1"
THREADS = 32
ENDING = {signal.SIGINT, signal.SIGTERM}


def main() -> None:
    """Serve; end with one line for the person at the console, whatever ends it."""
    take_signals()
    with suppress(KeyboardInterrupt):
        serve()
    print("Stopped.")


def take_signals() -> None:
    """Let SIGINT and SIGTERM end this, whatever was inherited: background jobs of a plain shell ignore the first."""
    for number in ENDING:
        signal.signal(number, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def serve() -> None:
    """Serve until a signal ends it."""
    try:
        port = read_port(os.environ.get("PORT", "8000"))
        environment = cloud.default_settings(port) | cloud.inherited(os.environ)
        settings = Settings.from_environment(environment)
        refuse_misfits(settings, environment)
        website.page_settings()
        refuse_brands(settings)
        server = create_server(application, host=HOST, port=port, threads=THREADS, ident=None)
    except SettingsError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Port {port} cannot be used: {error.strerror}. Choose another one: make run PORT=8001")
    with cloud.running(environment):
        try:
            cloud.create_resources(environment)
        except (BotoCoreError, ClientError, ValueError) as error:
            sys.exit(f"DynamoDB at {environment.get('AWS_ENDPOINT_URL_DYNAMODB')} cannot be used: {error}")
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of requests is no fault
        audit.keep_console_quiet()
        audit.keep()
        if settings.directory == "cognito":
            pool.create(settings.needed("user_pool"))
        prepare()
        worker = Worker(f"http://{HOST}:{port}")
        worker.start()
        print(f"Listening on http://{HOST}:{port}", flush=True)
        if not website.is_built():
            print("Without hosted pages: Node.js is missing. The API, /outbox and /docs work.", flush=True)
        server.run()  # until a signal
        worker.stop()


def refuse_brands(settings: Settings) -> None:
    """Refuse a brand that is wrong.

    Raises:
        SettingsError: with a line for each thing wrong.
    """
    if faults := brand_faults(settings):
        raise SettingsError("\n".join(faults))


def read_port(text: str) -> int:
    """Return the port to serve at.

    Raises:
        SettingsError: the text is none.
    """
    if text.isascii() and text.isdecimal() and 0 < int(text) <= 65535:  # noqa: PLR2004 - the last port
        return int(text)
    message = f"PORT cannot be {text!r}. Allowed: a whole number from 1 to 65535."
    raise SettingsError(message)


def refuse_misfits(settings: Settings, environment: Mapping[str, str]) -> None:
    """Refuse settings that describe another users table than the one that will be here.

    Raises:
        SettingsError: they do, with a line for each thing.
    """
    path = environment.get(definition.SETTING)
    if path:
        if faults := list(definition.misfits(settings.users_shape, definition.read(path).table)):
            raise SettingsError("\n".join(faults))
    elif settings.users_shape != read_shape(attributes=UserAttributes(), index=USERS.indexes[0].name):
        message = f"USERS_… settings describe a table of yours: name its definition, {definition.SETTING}=FILE."
        raise SettingsError(message)


def prepare() -> None:
    """Make what a request or the worker needs, so that the first one waits for nothing, and the demo account."""
    app = bootstrap()
    _ = app.request_reset, app.verify_token, app.verify_code, app.reset_password, app.deliver_reset, app.notify_change
    _ = app.deliver_started, app.start_reset
    if app.settings.sessions:
        _ = app.sign_in
    if app.settings.challenge != "off":
        _ = app.issue_challenge
    if app.settings.factors:
        _ = app.verify_factor
    for name in (
        "forgot",
        "verify",
        "verify_code",
        "verify_factor",
        "reset",
        "deliver",
        "sign_in",
        "sign_out",
        "me",
        "authorizer",
        "challenge",
        "start_reset",
    ):
        gateway.function(name)
    if app.settings.directory == "dynamodb" and not accounts.find(accounts.DEMO_EMAIL):
        accounts.create(accounts.NewAccount(email=accounts.DEMO_EMAIL, password=accounts.DEMO_PASSWORD, name="Demo"))


if __name__ == "__main__":
    main()
