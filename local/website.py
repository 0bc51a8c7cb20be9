"""The hosted pages on one machine, with the headers that the distribution in the cloud gives them."""

import gzip
import json
import mimetypes
import os
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path

from pydantic import ValidationError
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from infra.assets import DIST
from infra.documents import document, in_languages
from infra.icons import icon_files
from infra.pages import (
    IMMUTABLE,
    NAMES,
    PageSettings,
    association_files,
    brand_files,
    page_config,
    page_headers,
)
from password_reset.bootstrap import bootstrap
from password_reset.channels.brands import look
from password_reset.channels.words.catalogue import choose_language
from password_reset.settings import SettingsError, explain

# On this machine alone, and so added as a page is served: what is built, and deployed, knows nothing of them.
_STYLES = '<link rel="stylesheet" href="/_local/pages/links.css">'
_LINKS = (
    '<nav class="local-links" aria-label="Local pages" lang="en" dir="ltr">'
    '<a href="/outbox">Outbox</a> <a href="/docs">API</a></nav>'
)
_COMPRESSED = {"application/json", "image/svg+xml", "text/css", "text/html", "text/javascript"}


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
    return Response(json.dumps(_config()), mimetype="application/json")


def is_built() -> bool:
    """Whether there are pages: they are built with Node.js."""
    return (DIST / "index.html").is_file()


def page(request: Request) -> Response:
    """Return a page's document as the distribution chooses it, with links to the local pages."""
    settings, brands = bootstrap().settings, bootstrap().channels.brands
    client = request.args.get("client", "")
    brand = brands.get(client if client in brands else "")
    chosen = look(settings, brand)
    wanted = (request.args.get("lang", ""), *request.accept_languages.values(), chosen.default_locale)
    language = choose_language(*wanted, languages=chosen.languages)
    html = document(
        (DIST / "index.html").read_text("utf-8"),
        page=routed(request.path)[1:] or NAMES[0],
        language=language,
        settings=settings,
        pages=page_settings(),
        brand=brand,
        config=_config(),
    )
    html = html.replace("</head>", f"{_STYLES}</head>").replace("</body>", f"{_LINKS}</body>")
    return _response(html.encode(), "index.html")


def change_password(_: Request) -> Response:
    """Lead a password manager to the page where a password is changed."""
    return redirect(f"/{NAMES[0]}", 302)


def association(request: Request) -> Response:
    """Return what ties the pages' domain to apps."""
    body = association_files(page_settings()).get(request.path)
    if body is None:
        return _file(request.path.lstrip("/"))
    response = _response(body.encode(), "association.json")
    response.headers["Content-Type"] = "application/json"
    return response


def icon(_: Request, name: str) -> Response:
    """Return an icon in the brand's colour."""
    return _response(icon_files(bootstrap().channels.mails.brand_color)[name], name)


def brand_file(_: Request, brand: str, name: str) -> Response:
    """Return what a brand has beside the pages."""
    content = brand_files(bootstrap().channels.brands).get(f"brands/{brand}/{name}")
    return _file(f"brands/{brand}/{name}") if content is None else _response(content, name)


def notices(_: Request) -> Response:
    """Return the licences of what the pages bundle."""
    return _file("third-party-notices.txt")


def asset(_: Request, name: str) -> Response:
    """Return a script or style sheet."""
    response = _file(f"assets/{name}")
    if response.status_code == HTTPStatus.OK:
        response.headers["Cache-Control"] = IMMUTABLE
    return response


def extra_file(request: Request) -> Response | None:
    """Return a file of the team's own beside the pages, such as its logo; None where there is none."""
    path = DIST / request.path.lstrip("/")
    mine = path.is_file() and path.suffix != ".html" and path.resolve().is_relative_to(DIST)
    return _file(request.path.lstrip("/")) if mine and request.method in ("GET", "HEAD") else None


def routed(path: str) -> str:
    """Return a path as the distribution's function reads it.

    Without doubled and final slashes, a fragment that a mail program escaped, and a page's name before a file's.
    """
    path = re.sub("/+", "/", path.partition("#")[0])
    return re.sub(f"^/(?:{'|'.join(NAMES)})/(?=.)", "/", path).rstrip("/") or "/"


def compressed(request: Request, response: Response) -> Response:
    """Return a response as the distribution sends it to a browser."""
    if request.accept_encodings.quality("gzip") and response.mimetype in _COMPRESSED:
        response.set_data(gzip.compress(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _config() -> dict[str, object]:
    return page_config(bootstrap().settings, page_settings(), api_url="", brands=bootstrap().channels.brands)


def _file(name: str) -> Response:
    path = DIST / name
    if path.is_file():
        return _response(_content(path), name)
    if not is_built():
        raise NoSuchPage
    return _response(_content(DIST / "not-found.html"), "not-found.html", 404)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    mails = bootstrap().channels.mails
    languages = {language for brand in (mails, *mails.branded.values()) for language in brand.languages}
    return in_languages(content.decode(), languages).encode() if path.suffix == ".html" else content


def _response(content: bytes, name: str, status: int = 200) -> Response:
    response = Response(content, status, mimetype=mimetypes.guess_type(name)[0])
    response.headers |= page_headers(page_settings(), api_origin=None, brands=bootstrap().channels.brands)
    return response
