"""`ENV=prod python -m tools.start ADDRESS`: start a reset for somebody, an invitation, or a forced reset of many.

`STACK=name` names another stack, and `URL=http://127.0.0.1:8000` the local server. The person is emailed a link to the
account's own address. You see no token, and choose no password.

`--user-id ID` in place of an address; `--invite` for an account without a password; also
`--lifetime SECONDS`, `--locale de`.
`--force` first replaces the password by one that nobody knows, and ends every session: after a breach.
`--list FILE` does it for every account id in a file, a line each, `--rate` of them a second. What is done stands in
`FILE.done`: run it again to go on where it ended. Whoever's turn it was when it was interrupted may have two messages.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from password_reset.accounts.directory import Change, Refused
from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.errors import (
    Error,
    HasPassword,
    InvalidRequest,
    NoAccount,
    OutcomeUnknown,
    StartedTooOften,
    Superseded,
    Unavailable,
)
from tools.commands import CommandError, Parser, Refusal, addressing, ask, no_metrics, principal
from tools.deployment import deployed

MAX_RATE = 100
TOLD_EVERY = 25
_TRIES = 3
_REFUSALS: dict[type[Error], str] = {
    InvalidRequest: "this lifetime is too long or none, or address and id are both given or both missing.",
    NoAccount: "no account that can reset its password here.",
    HasPassword: "the account has a password: start a reset instead.",
    StartedTooOften: "too many messages to this account within an hour.",
    OutcomeUnknown: "no answer: the password may have been replaced; run it again.",
    Unavailable: "out of reach, or paused: try again.",
}
_FINAL = (NoAccount, HasPassword)
"""What would be refused again: a list goes on behind it."""


def run(app: Bootstrap, arguments: Sequence[str], by: str) -> str:
    """Start one; return what to tell the operator.

    Raises:
        Refusal: it cannot be done for this account.
        CommandError: it means nothing.
    """
    asked = _parser().parse_args(arguments)
    if asked.force and (asked.invite or not asked.user_id):
        message = "--force needs --user-id or --list, and is no invitation: whose password goes must be certain."
        raise CommandError(message)
    request_id = f"operator-{secrets.token_hex(8)}"
    try:
        with addressing(asked.address), app.audit.attempt("start-reset", request_id) as attempt:
            attempt.operator = by
            app.start_reset(
                attempt,
                email=asked.address or "",
                user_id=asked.user_id,
                purpose="invitation" if asked.invite else "reset",
                lifetime_seconds=asked.lifetime,
                locale=asked.locale,
                force=partial(_force, app, attempt) if asked.force else None,
            )
    except Error as error:
        text = next(text for kind, text in _REFUSALS.items() if isinstance(error, kind))
        told = f"{asked.address or asked.user_id}: {text}"
        raise Refusal(told, is_final=isinstance(error, _FINAL)) from error
    app.change_levers.note({"start": attempt.user_id, "forced": asked.force, "invitation": asked.invite}, by=by)
    return f"{asked.address or asked.user_id}: a message is on its way (request {request_id})."


def _force(app: Bootstrap, attempt: Attempt, user_id: str) -> None:
    """Replace a password by one that nobody knows, which voids tokens and sessions, and tell other systems.

    Raises:
        NoAccount: there is none that can reset its password here.
        Unavailable: nothing was changed, or somebody else keeps changing it.
    """
    directory, passwords = app.accounts.directory, app.passwords
    for _ in range(_TRIES):
        account = directory.get(user_id)
        if account is None or not account.may_reset:
            raise NoAccount
        attempt.user_id = user_id
        if account.secret is not None and not passwords.recognises(account.password_hash):
            raise NoAccount(why="unrecognised_hash")
        now = app.audit.clock()
        change = Change(
            attempt=attempt.request_id,
            password_hash=passwords.hash(secrets.token_urlsafe(32), account.password_hash),
            history=passwords.history(account.password_hash, account.history),
            at=now,
        )
        try:
            directory.change(account, change)
        except Superseded:
            continue
        except Refused as refused:
            raise NoAccount(*refused.issues) from refused
        directory.end_sessions(user_id)
        app.delivery.events.password_changed(attempt.request_id, user_id, now)
        return
    raise Unavailable


def run_list(
    path: Path, rate: float, start: Callable[[str], str], *, sleep: Callable[[float], None] = time.sleep
) -> str:
    """Start one for every id of a file, so many a second, and return how it went; what was done before is left alone.

    Raises:
        CommandError: something is out of reach: the rest is for the next time.
    """
    ids = list(dict.fromkeys(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()))
    record = path.with_name(f"{path.name}.done")
    done = dict(line.split("\t", 1) for line in (record.read_text("utf-8") if record.exists() else "").splitlines())
    left = [user_id for user_id in ids if user_id not in done]
    with record.open("a", encoding="utf-8") as written:
        for number, user_id in enumerate(left, 1):
            try:
                start(user_id)
                done[user_id] = "started"
            except Refusal as refusal:
                if not refusal.is_final:
                    message = f"{refusal}\n{_progress(done, ids)} Run it again to go on."
                    raise CommandError(message) from refusal
                done[user_id] = str(refusal)
            # On disk before the next one: whatever ends this process, one account at the most is forced twice for it.
            written.write(f"{user_id}\t{done[user_id]}\n")
            written.flush()
            if number % TOLD_EVERY == 0:
                print(_progress(done, ids), file=sys.stderr)
            if number < len(left):
                sleep(1 / rate)
    refused = [told for user_id in ids if (told := done[user_id]) != "started"]
    return "\n".join([_progress(done, ids), *refused])


def _progress(done: dict[str, str], ids: Sequence[str]) -> str:
    told = [done[user_id] for user_id in ids if user_id in done]
    started = told.count("started")
    return f"{len(told)} of {len(ids)}: {started} started, {len(told) - started} refused."


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m tools.start", add_help=False)
    parser.add_argument("address", nargs="?")
    parser.add_argument("--user-id", default="")
    parser.add_argument("--invite", action="store_true")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--lifetime", type=int, default=0)
    parser.add_argument("--locale", default="")
    return parser


def _list_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m tools.start", add_help=False)
    parser.add_argument("--list", type=Path)
    parser.add_argument("--rate", type=_rate, default=5)
    return parser


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= MAX_RATE:
        raise ValueError
    return rate


def main(arguments: Sequence[str]) -> None:
    """Start one or many, in a stack or on the local server."""
    no_metrics()
    url = os.environ.get("URL")
    try:
        many, rest = _list_parser().parse_known_args(arguments)
        start_one = _there(url) if url else _here(deployed(), principal())
        if many.list is None:
            print(start_one(rest))
        else:
            print(run_list(many.list, many.rate, lambda user_id: start_one([*rest, "--user-id", user_id])))
    except (CommandError, OSError) as error:
        sys.exit(str(error))


def _here(app: Bootstrap, by: str) -> Callable[[Sequence[str]], str]:
    return lambda arguments: run(app, arguments, by)


def _there(url: str) -> Callable[[Sequence[str]], str]:
    return lambda arguments: ask(url, "start", arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
