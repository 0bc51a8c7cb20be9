"""The hosted pages on one machine, with the headers that the distribution in the cloud gives them."""

import json
import mimetypes
import os
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Request, Response

from password_reset.bootstrap import bootstrap
from password_reset.settings import Settings

DIST = Path(__file__).parent.parent / "web" / "dist"
LANGUAGES = ("en", "de", "fr", "es", "ja", "ar")
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name has a hash of what is in them. Nothing else is stored: an address may hold a token."""


def config(settings: Settings) -> dict[str, object]:
    """Return what the pages read at run time, as `web/src/config.ts` describes it."""
    return {
        "apiUrl": "",
        "productName": settings.product_name,
        "logoUrl": os.environ.get("LOGO_URL"),
        "brandColor": settings.brand_color,
        "signInUrl": os.environ.get("SIGN_IN_URL"),
        "signInAction": os.environ.get("SIGN_IN_ACTION"),
        "sessions": settings.sessions,
        "supportEmail": settings.support_email,
        "locales": LANGUAGES,
        "defaultLocale": settings.default_locale,
        "tokenTtlSeconds": settings.token_ttl_seconds,
    }


def content_security_policy(sign_in_action: str | None) -> str:
    """Return the pages' policy: nothing inline, nothing of third parties, one place for the one real form."""
    form_action = "'none'"
    if sign_in_action is not None:
        url = urlsplit(sign_in_action)
        form_action = f"{url.scheme}://{url.netloc}" if url.netloc else "'self'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def config_file(_: Request) -> Response:
    """Return `config.json`."""
    return Response(json.dumps(config(bootstrap().settings)), mimetype="application/json")


def page(_: Request) -> Response:
    """Return the one document of every page; its script reads the address."""
    return _file("index.html")


def icon(_: Request) -> Response:
    """Return the icon."""
    return _file("icon.svg")


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
    response.headers["Content-Security-Policy"] = content_security_policy(os.environ.get("SIGN_IN_ACTION"))
    return response
