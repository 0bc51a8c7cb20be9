"""`ENV=prod python -m tools.levers COMMAND`: stop, slow down, void or block, within a minute and without a deployment.

`STACK=name` names another stack, and `URL=http://127.0.0.1:8000` the local server. Every change is recorded with who
made it (`history`), and a function that notices one says so in its log.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from password_reset.bootstrap import Bootstrap
from password_reset.errors import NotFound, Superseded
from password_reset.levers import MAX_BLOCKED, network
from password_reset.limits.windows import MAX_LIMIT
from password_reset.service.change_levers import ChangeLevers
from tools import firewall
from tools.commands import CommandError, Parser, addressing, carry_out, principal
from tools.deployment import stack_name

MAX_HOURS = 24
_OFF = "0 turns this limit off: nothing limits these requests any more. To refuse requests instead, use `pause`."

type _Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def run(app: Bootstrap, arguments: Sequence[str], by: str) -> str:
    """Do what an operator asks for, and return what to tell them.

    Raises:
        CommandError: it cannot be done, or means nothing.
    """
    asked = _parser().parse_args(arguments)
    change_levers = app.change_levers
    match asked.command:
        case "show":
            return json.dumps(change_levers.current(), indent=1, sort_keys=True)
        case "history":
            return "\n".join(json.dumps(change, sort_keys=True) for change in change_levers.history())
        case "void-account":
            return _void_account(change_levers, asked.address, by)
        case "reopen":
            return _reopen(change_levers, asked.address, by)
    now = app.levers.clock()
    try:
        after = change_levers(_changes(asked, now), by=by)
    except Superseded as error:
        message = "Somebody else is changing the levers: look at `history`, and try again."
        raise CommandError(message) from error
    warning = f"{_OFF}\n" if asked.command == "limit" and asked.places == "0" else ""
    return f"{warning}In force within a minute: {json.dumps(after, sort_keys=True)}"


def _changes(asked: argparse.Namespace, now: datetime) -> _Change:  # noqa: PLR0911 - a line a command
    match asked.command:
        case "pause":
            paused = asked.how + ("+reset" if asked.reset else "")
            return lambda _: {"paused": paused}
        case "resume":
            # Said, not left out: where the settings pause, this is the way to resume without a deployment.
            return lambda _: {"paused": "off"}
        case "void-all":
            before = _past(asked.before, now)
            return lambda item: {"tokens_not_before": max(before, item.get("tokens_not_before", 0))}
        case "block":
            blocked = _network(asked.network)
            return lambda item: {"blocked": _most({*item.get("blocked", ()), blocked})}
        case "unblock":
            free = _network(asked.network)
            return lambda item: {"blocked": sorted({*item.get("blocked", ())} - {free})}
        case "limit":
            places = _places(asked.places)
            return lambda _: {f"limit_per_{asked.kind}": places}
        case "reveal-sources":
            until = int((now + timedelta(hours=asked.hours)).timestamp()) if asked.hours else None
            return lambda _: {"clear_sources_until": until}
    return lambda item: dict.fromkeys(item.keys() - {"revision"})  # clear


def _void_account(change_levers: ChangeLevers, address: str, by: str) -> str:
    try:
        with addressing(address):
            ids = change_levers.void_account(address, by=by)
    except Superseded as error:
        message = "The account changed at this very moment: try again."
        raise CommandError(message) from error
    return f"Void at once: tokens, codes and sessions of {', '.join(ids)}." if ids else "No account has this address."


def _reopen(change_levers: ChangeLevers, address: str, by: str) -> str:
    try:
        with addressing(address):
            reopened = change_levers.reopen(address, by=by)
    except NotFound as error:
        message = "FREEZE_SECONDS is 0: no account is ever frozen."
        raise CommandError(message) from error
    told = {True: "is open again", False: "was not frozen"}
    lines = [
        f"{user_id} {told[frozen]}; links of earlier notices no longer dispute." for user_id, frozen in reopened.items()
    ]
    return "\n".join(lines) or "No account has this address."


def _past(text: str | None, now: datetime) -> int:
    if text is None:
        # The second that has begun is void with the rest: what an intruder was sent in it must not survive.
        return int(now.timestamp()) + 1
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no time as in 2026-11-28T16:00:00Z."
        raise CommandError(message) from error
    if time.tzinfo is None or time > now:
        message = "The time needs a zone, as in 2026-11-28T16:00:00Z, and must be past: nothing is voided ahead."
        raise CommandError(message)
    return int(time.timestamp())


def _network(text: str) -> str:
    try:
        return network(text)
    except ValueError as error:
        message = f"{text!r} is no address or network, as in 203.0.113.7 or 2001:db8::/48."
        raise CommandError(message) from error


def _most(blocked: set[str]) -> list[str]:
    if len(blocked) > MAX_BLOCKED:
        message = f"{MAX_BLOCKED} sources are blocked, which is the most: block whole networks, or use the firewall."
        raise CommandError(message)
    return sorted(blocked)


def _places(text: str) -> int | None:
    if text == "default":
        return None
    if not text.isdecimal() or int(text) > MAX_LIMIT:
        message = f"A limit is a whole number from 0 (off) to {MAX_LIMIT}, or `default`."
        raise CommandError(message)
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m tools.levers", description=__doc__, add_help=False)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)

    def command(name: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, add_help=False)

    for name in ("show", "history", "resume", "clear"):
        command(name)
    pause = command("pause")
    pause.add_argument("how", choices=["silent", "refuse"])
    pause.add_argument("--reset", action="store_true")
    command("void-all").add_argument("--before")
    command("void-account").add_argument("address")
    command("reopen").add_argument("address")
    command("block").add_argument("network")
    command("unblock").add_argument("network")
    limit = command("limit")
    limit.add_argument("kind", choices=["identifier", "source"])
    limit.add_argument("places")
    command("reveal-sources").add_argument("hours", type=int, choices=range(MAX_HOURS + 1), metavar=f"0-{MAX_HOURS}")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Do it on a stack or on the local server, and print what there is to tell."""
    carry_out("levers", arguments, _of_stack)


def _of_stack(app: Bootstrap, arguments: Sequence[str]) -> str:
    told = run(app, arguments, by=principal())
    # Whatever the command was: what somebody left unfinished is finished by the next one.
    lists = firewall.block(firewall.sets_of(stack_name()), app.change_levers.blocked(app.settings.blocked_sources))
    return f"{told}\nThe firewall blocks the same sources." if lists else told


if __name__ == "__main__":
    main(sys.argv[1:])
