"""The hosted pages on one machine, with the headers that the distribution in the cloud gives them."""

import json
import mimetypes
import os
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Request, Response

from infra.pages import IMMUTABLE, PageSettings, page_config, page_headers
from password_reset.bootstrap import bootstrap
from password_reset.settings import SettingsError, explain

DIST = Path(__file__).parent.parent / "web" / "dist"
# On this machine alone, and so added as a page is served: what is built, and deployed, knows nothing of them.
_STYLES = b'<link rel="stylesheet" href="/_local/pages/links.css">'
_LINKS = (
    b'<nav class="local-links" aria-label="Local pages" lang="en" dir="ltr">'
    b'<a href="/outbox">Outbox</a> <a href="/docs">API</a></nav>'
)


@cache
def page_settings() -> PageSettings:
    """Return what the environment says of the pages alone.

    Raises:
        SettingsError: with a line for each value that is unusable.
    """
    names = {name.upper(): name for name in PageSettings.model_fields}
    try:
        return PageSettings.model_validate({names[name]: text for name, text in os.environ.items() if name in names})
    except ValidationError as error:
        raise SettingsError("\n".join(explain(PageSettings, error, str.upper))) from None


def config_file(_: Request) -> Response:
    """Return `config.json`."""
    return Response(
        json.dumps(page_config(bootstrap().settings, page_settings(), api_url="")), mimetype="application/json"
    )


def is_built() -> bool:
    """Whether there are pages: they are built with Node.js."""
    return (DIST / "index.html").is_file()


def page(_: Request) -> Response:
    """Return the one document of every page, with links to the local ones; its script reads the address."""
    response = _file("index.html")
    document = response.get_data().replace(b"</head>", _STYLES + b"</head>").replace(b"</body>", _LINKS + b"</body>")
    response.set_data(document)
    return response


def icon(_: Request) -> Response:
    """Return the icon."""
    return _file("icon.svg")


def notices(_: Request) -> Response:
    """Return the licences of what the pages bundle."""
    return _file("third-party-notices.txt")


def asset(_: Request, name: str) -> Response:
    """Return a script or style sheet.

    Raises:
        NoSuchPage: the build has none of this name.
    """
    response = _file(f"assets/{name}")
    response.headers["Cache-Control"] = IMMUTABLE
    return response


def _file(name: str) -> Response:
    path = DIST / name
    if not path.is_file():
        raise NoSuchPage
    response = Response(path.read_bytes(), mimetype=mimetypes.guess_type(name)[0])
    response.headers |= page_headers(page_settings(), api_origin=None)
    return response
