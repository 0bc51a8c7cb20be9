"""What operators' commands share: arguments that are refused in words, and the local server as a place to run them."""

import argparse
import json
import logging
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Never

import boto3

from password_reset.accounts.identifiers import InvalidIdentifier
from password_reset.audit import logger
from password_reset.bootstrap import Bootstrap
from tools.deployment import deployed

_TIMEOUT_SECONDS = 30


class CommandError(Exception):
    """What was asked for cannot be done; the text is for the operator."""


class Refusal(CommandError):
    """It cannot be done for this account; `is_final` where trying again would change nothing."""

    def __init__(self, told: str, *, is_final: bool) -> None:
        super().__init__(told)
        self.is_final = is_final


class Parser(argparse.ArgumentParser):
    """Raises what it would print and exit with."""

    def error(self, message: str) -> Never:
        """Refuse the arguments.

        Raises:
            CommandError: always.
        """
        text = f"{message}\n{self.format_usage()}"
        raise CommandError(text)


def ask(url: str, command: str, arguments: Sequence[str]) -> str:
    """Have the local server run a command; return what it tells.

    Raises:
        CommandError: as the command does.
        Refusal: the same.
    """
    request = urllib.request.Request(  # noqa: S310 - the operator's own
        f"{url.rstrip('/')}/_local/{command}", json.dumps({"arguments": list(arguments)}).encode()
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the same
            told: str = json.load(answer)["told"]
            return told
    except urllib.error.HTTPError as error:
        refusal = json.load(error)
        if "isFinal" in refusal:
            raise Refusal(refusal["error"], is_final=refusal["isFinal"]) from None
        raise CommandError(refusal["error"]) from None


def carry_out(command: str, arguments: Sequence[str], of_stack: Callable[[Bootstrap, Sequence[str]], str]) -> None:
    """Print what a command tells, of the local server at `URL` or of a stack; end with an error in words."""
    no_metrics()
    url = os.environ.get("URL")
    try:
        print(ask(url, command, arguments) if url else of_stack(deployed(), arguments))
    except CommandError as error:
        sys.exit(str(error))


@contextmanager
def addressing(address: str | None) -> Iterator[None]:
    """Refuse in words what turns out to be no address.

    Raises:
        CommandError: it is none.
    """
    try:
        yield
    except InvalidIdentifier as error:
        message = f"{address!r} is no email address."
        raise CommandError(message) from error


def principal() -> str:
    """Return who runs the command: the ARN that AWS knows the credentials by."""
    arn: str = boto3.client("sts").get_caller_identity()["Arn"]
    return arn


def no_metrics() -> None:
    """Print nothing but what is for people and programs: no metrics, and records on standard error."""
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
