"""The local server's WSGI application: the gateway's routes, and what only a local server has."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from infra.pages import CHANGE_PASSWORD, NAMES
from infra.tables import TABLES
from local import accounts, audit, bus, clock, gateway, openapi, outbox, website
from password_reset.aws.items import from_item
from password_reset.bootstrap import bootstrap
from password_reset.clock import rfc3339
from password_reset.delivery.feedback import UnknownReport
from password_reset.edge.problems import SECURITY_HEADERS
from tools import levers, person, start, trace, users_check
from tools.commands import CommandError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=StrictUndefined
)
_VIEWER = Path(__file__).parent.parent / "node_modules" / "swagger-ui-dist"
_ASSETS = {"local.css": "text/css", "links.css": "text/css", "outbox.js": "text/javascript"}
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'
# The viewer styles itself inline; mails carry their own styles and run nothing.
_PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
_PAGE_POLICY += "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"


class _Advance(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    advance_seconds: float


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    arguments: list[str]


def show_outbox(_: Request) -> Response:
    """Return every message sent, the oldest first."""
    return _json(outbox.messages())


def clear_outbox(_: Request) -> Response:
    """Forget every message."""
    outbox.clear()
    return Response(status=204)


def create_user(request: Request) -> Response:
    """Create an account."""
    user_id = accounts.create(accounts.NewAccount.model_validate_json(request.get_data()))
    return _json({"userId": user_id}, 201)


def show_user(_: Request, email: str) -> Response:
    """Return an account's item as it is in the table."""
    return _json(accounts.get(email))


def change_user(request: Request, email: str) -> Response:
    """Change an account as another application would, and return its item."""
    return _json(accounts.change(email, accounts.Changes.model_validate_json(request.get_data())))


def show_table(_: Request, name: str) -> Response:
    """Return every item of a table."""
    table = next((table for table in TABLES if table.name == name), None)
    if table is None:
        return _json({"error": f"the tables are: {', '.join(table.name for table in TABLES)}"}, 404)
    scan = boto3.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=getattr(bootstrap().settings, table.setting.lower()))
    return _json([from_item(item) for page in pages for item in page["Items"]])


def show_audit(_: Request) -> Response:
    """Return the audit records so far."""
    return _json(audit.records())


def check_users(request: Request) -> Response:
    """Return what `make users-check` has to say of the table here."""
    lines = users_check.check(bootstrap(), request.args.get("email", "")).lines()
    return Response("\n".join(lines), mimetype="text/plain")


def report_mail(request: Request) -> Response:
    """Take an event as EventBridge brings it from Amazon SES."""
    try:
        gateway.function("feedback")(json.loads(request.get_data()), gateway.Context())
    except UnknownReport:
        return _json({"error": "this is no event of Amazon SES"}, 400)
    return Response(status=204)


def show_events(_: Request) -> Response:
    """Return what was put on the event bus."""
    return _json(bus.events())


def move_clock(request: Request) -> Response:
    """Move the service's clock ahead, and its queue's and its tables' with it; return the time that it tells."""
    now = clock.advance(_Advance.model_validate_json(request.get_data()).advance_seconds)
    return _json({"now": rfc3339(now)})


def pull_levers(request: Request) -> Response:
    """Do what `python -m tools.levers` does with a stack."""
    asked = _Command.model_validate_json(request.get_data())
    return _json({"told": levers.run(bootstrap(), asked.arguments, by="local")})


def start_somebodys(request: Request) -> Response:
    """Do what `python -m tools.start` does with a stack."""
    asked = _Command.model_validate_json(request.get_data())
    return _json({"told": start.run(bootstrap(), asked.arguments, by="local")})


def trace_somebody(request: Request) -> Response:
    """Do what `python -m tools.trace` does with a stack, over the records of this run."""
    asked = _Command.model_validate_json(request.get_data())
    return _json({"told": trace.run(bootstrap(), asked.arguments, lambda _: trace.KeptRecords(audit.records()))})


def show_or_erase_somebody(request: Request) -> Response:
    """Do what `python -m tools.person` does with a stack; erasing empties their mailbox here as well."""
    asked = _Command.model_validate_json(request.get_data())
    kept = trace.KeptRecords(audit.records())
    told = person.run(bootstrap(), asked.arguments, lambda _: kept, by="local")
    if asked.arguments[0] == "erase":
        outbox.forget(asked.arguments[1])
    return _json({"told": told})


def outbox_page(_: Request) -> Response:
    """Show the messages to people."""
    return _page("outbox.html", messages=list(map(outbox.for_people, outbox.messages()[::-1])))


def message_page(_: Request, message_id: str) -> Response:
    """Show one message to people."""
    return _page("message.html", message=outbox.for_people(_message(message_id)))


def message_html(_: Request, message_id: str) -> Response:
    """Return a message's HTML as a mail program would show it: what its links lead to opens in a tab of its own."""
    html: str = _message(message_id)["html"]
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return Response(html[:at] + _NEW_TAB + html[at:], mimetype="text/html")


def page_asset(_: Request, name: str) -> Response:
    """Return a file that the pages here need."""
    if name not in _ASSETS:
        raise NoSuchPage
    return Response((Path(__file__).parent / "pages" / name).read_bytes(), mimetype=_ASSETS[name])


def hosted_page(request: Request) -> Response:
    """Return a hosted page, or why there is none."""
    if website.is_built():
        return website.page(request)
    response = _page("no-pages.html")
    response.status_code = 404
    return response


def description(_: Request) -> Response:
    """Return the API's description, whose server is this one: at whatever port and by whatever name it was asked."""
    return _json(openapi.document())


def description_page(_: Request) -> Response:
    """Let people browse the API's description."""
    return _page("docs.html", viewer=_VIEWER.is_dir())


def description_asset(_: Request, name: str) -> Response:
    """Return a file of the viewer."""
    kinds = {"viewer.js": "text/javascript", "swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
    if name not in kinds:
        raise NoSuchPage
    path = (_VIEWER if name.startswith("swagger") else Path(__file__).parent / "pages") / name
    if not path.is_file():
        raise NoSuchPage
    return Response(path.read_bytes(), mimetype=kinds[name])


PAGES: "dict[str, Callable[..., Response]]" = {
    "GET /_local/outbox": show_outbox,
    "DELETE /_local/outbox": clear_outbox,
    "POST /_local/users": create_user,
    "GET /_local/users/<path:email>": show_user,
    "PATCH /_local/users/<path:email>": change_user,
    "POST /_local/mail-events": report_mail,
    "GET /_local/users-check": check_users,
    "GET /_local/events": show_events,
    "POST /_local/clock": move_clock,
    "POST /_local/operator/resets": gateway.start,
    "POST /_local/levers": pull_levers,
    "POST /_local/start": start_somebodys,
    "POST /_local/trace": trace_somebody,
    "POST /_local/person": show_or_erase_somebody,
    "GET /_local/tables/<name>": show_table,
    "GET /_local/audit": show_audit,
    "GET /_local/pages/<name>": page_asset,
    "GET /outbox": outbox_page,
    "GET /outbox/<message_id>": message_page,
    "GET /outbox/<message_id>/html": message_html,
    "GET /openapi.json": description,
    "GET /docs": description_page,
    "GET /docs/<name>": description_asset,
    "GET /": hosted_page,
    **{f"GET /{name}": hosted_page for name in NAMES},
    f"GET {CHANGE_PASSWORD}": website.change_password,
    "GET /.well-known/<any('assetlinks.json', 'apple-app-site-association'):_>": lambda request, _: website.association(
        request
    ),
    "GET /config.json": website.config_file,
    "GET /third-party-notices.txt": website.notices,
    "GET /<any('icon.svg', 'favicon.ico', 'apple-touch-icon.png'):name>": website.icon,
    "GET /assets/<name>": website.asset,
    "GET /brands/<brand>/<name>": website.brand_file,
}
ROUTES = Map([Rule(page.partition(" ")[2], methods=[page.partition(" ")[0]], endpoint=page) for page in PAGES])


@Request.application
def application(request: Request) -> Response:
    """Serve what only a local server has, and give everything else to the gateway."""
    try:
        name, arguments = ROUTES.bind_to_environ(request.environ).match(website.routed(request.path))
    except HTTPException:
        return website.extra_file(request) or gateway.serve(request)
    try:
        response = website.compressed(request, PAGES[name](request, **arguments))
    except NoSuchPage:
        response = _json({"error": "not found"}, 404)
    except accounts.NoSuchAccount:
        response = _json({"error": "no such user"}, 404)
    except accounts.EmailTaken:
        response = _json({"error": "email: taken"}, 409)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        response = _json({"error": problems}, 400)
    except Refusal as error:
        response = _json({"error": str(error), "isFinal": error.is_final}, 400)
    except CommandError as error:
        response = _json({"error": str(error)}, 400)
    except ValueError as error:  # an address, a password or a time that nothing can be done with
        response = _json({"error": str(error)}, 400)
    for header, value in {**SECURITY_HEADERS, "Content-Security-Policy": _PAGE_POLICY}.items():
        response.headers.setdefault(header, value)
    return response


def _message(message_id: str) -> dict[str, Any]:
    message = next((message for message in outbox.messages() if message["id"] == message_id), None)
    if message is None:
        raise NoSuchPage
    return message


def _page(template: str, **values: object) -> Response:
    return Response(_TEMPLATES.get_template(template).render(values), mimetype="text/html")


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status, mimetype="application/json")
