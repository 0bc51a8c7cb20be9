"""`make smoke URL=https://… ENV=dev`: the suite against any address, as a table; ends with an error on a difference."""

import os
import sys
from typing import Literal

import httpx

from infra.region import use_region_of
from tools.deployment import api_url, stack_name
from tools.smoke.checks import Smoke
from tools.smoke.places import Local, Unable, place

ADVICE = {
    "preflight": "Preflights: is the origin in allowedOrigins, and does nothing in front answer OPTIONS itself?",
    "pages": "Pages: deploy website, and check that FRONTEND_URL is its address.",
    "policy": "Password policy: is another version or another block of cdk.json deployed?",
    "limit": "Limits: a firewall or proxy in front may count first; see RESET_LIMIT_PER_IDENTIFIER and CHALLENGE.",
    "whole reset": "A reset: look at the queue and its dead letters, then make mail-check (docs/operations.md).",
    "bounce": "Bounces: does the rule of SES's reports lead to functions/feedback, and is the configuration set used?",
    "": "Answers: something in front (CDN, firewall, proxy) may change them; compare with the API's own address.",
}
"""Where to look first, by what a check's name has in it."""

type Outcome = Literal["ok", "differs", "not here"]


def main() -> None:
    """Run every check and print what became of it."""
    use_region_of(os.environ.get("ENV", ""))
    url = (os.environ.get("URL") or (api_url(stack) if (stack := stack_name()) else "")).rstrip("/")
    if not url.startswith(("http://", "https://")):
        sys.exit(
            "usage: make smoke URL=https://… or ENV=dev (or both) [ORIGIN=https://…] [PAGES=https://…] [TO=… IMAP=imaps://…]"
        )
    with httpx.Client(http2=True, timeout=60) as client:
        there = place(url, client, os.environ)
        pages = os.environ.get("PAGES", "").rstrip("/") or (url if isinstance(there, Local) else "")
        smoke = Smoke(url=url, pages=pages, client=client, place=there, to=os.environ.get("TO", ""))
        print(f"{url} ({there.name})")
        try:
            outcomes = {name: _outcome(name, check) for name, check in smoke.checks().items()}
        finally:
            there.clean_up()
    if differing := [name for name, outcome in outcomes.items() if outcome == "differs"]:
        print("\nWhat to do:", *dict.fromkeys(f"  {advice(name)}" for name in differing), sep="\n")
        sys.exit(1)


def advice(name: str) -> str:
    """Return where to look first when a check differs."""
    return next((text for part, text in ADVICE.items() if part in name), ADVICE[""])


def _outcome(name: str, check: object) -> Outcome:
    outcome: Outcome = "ok"
    notes: list[str] = []  # what came before a fault explains it
    try:
        assert callable(check)  # noqa: S101 - for the type alone
        notes.extend(check())
        outcome = "differs" if notes else "ok"
    except Unable as unable:
        outcome = "differs" if notes else "not here"
        notes.append(str(unable))
    except (httpx.HTTPError, LookupError, ValueError, TimeoutError) as error:
        outcome = "differs"
        notes.append(f"{type(error).__name__}: {error}")
    print(f"{outcome:8}  {name}", *notes, sep="\n          " if notes else "")
    return outcome


if __name__ == "__main__":
    main()
