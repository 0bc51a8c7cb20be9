"""`password-reset COMMAND --stack NAME …`: the operators' commands, by the package that is installed.

`python -m tools` is the same in a checkout. What the commands read as variables may be given as options: `--stack` is
`STACK`. Secrets may not: `IMAP_PASSWORD` stays a variable.
"""

import os
import runpy
import sys
from collections.abc import Sequence

COMMANDS = {
    "doctor": "what would stop a deployment of what `cdk synth` wrote, or go unnoticed; reads alone",
    "smoke": "check a deployment from outside, with a whole reset: --stack; or an address alone: --url https://…",
    "users-check": "check the users table, and what would go wrong, without writing: [ADDRESS]",
    "mail-check": "send a test email, and explain what stops it: ADDRESS",
    "rotate-secret": "replace a secret's value: pepper, session-key or origin",
    "levers": "stop, slow down, void or block within a minute: show, pause, block …",
    "start": "start resets and invitations",
    "trace": "what happened to a request, an address or an account",
    "person": "what is kept about a person, and its deletion",
    "factors": "enrol a second factor",
    "delivery": "what became of an email",
    "suppression": "addresses that get no email: clear",
    "source": "the pseudonym of a network address in audit records",
    "put-back": "put back what a restored table has and this one lacks",
}
_FROM_THE_EXTRA = {"bcrypt", "boto3", "httpx"}
_OPTIONS = ("stack", "url", "origin", "pages", "imap", "to")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command as `python -m` does."""
    command, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    if command not in COMMANDS:
        lines = [f"  {name:14} {what}" for name, what in COMMANDS.items()]
        sys.exit("\n".join(["usage: password-reset COMMAND [--stack STACK[/CONSTRUCT]] …", *lines]))
    left: list[str] = []
    while rest:
        option, is_given, value = rest.pop(0).partition("=")
        name = option.removeprefix("--")
        if option.startswith("--") and name in _OPTIONS:
            if not is_given and not rest:
                sys.exit(f"{option} needs a value.")
            os.environ[name.upper()] = value if is_given else rest.pop(0)
        else:
            left.append(f"{option}{is_given}{value}")
    sys.argv = [f"password-reset {command}", *left]
    try:
        runpy.run_module(f"{__package__}.{command.replace('-', '_')}", run_name="__main__")
    except ModuleNotFoundError as error:
        if error.name not in _FROM_THE_EXTRA:
            raise
        sys.exit(f"{error.name} is missing: pip install 'password-reset-cdk[tools]'.")


if __name__ == "__main__":
    main()
