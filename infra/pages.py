"""The hosted pages, as plain data: what they read at run time, and the headers that they are served with."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from password_reset.channels.colours import palette
from password_reset.edge.problems import SECURITY_HEADERS
from password_reset.settings import ServiceSettings

NAMES = ("forgot-password", "reset-password", "sign-in", "report-change")
"""The pages, by their paths; `/` is the first."""
CHANGE_PASSWORD = "/.well-known/change-password"  # noqa: S105 - a path
"""Where password managers look for the page to change a password at (W3C, A Well-Known URL for Changing Passwords)."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name has a hash of what is in them. Nothing else is stored: an address may hold a token."""


class PageSettings(BaseModel):
    """What a team chooses for the pages alone. A field's description is what it allows."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    sign_in_url: str | None = Field(
        None, pattern=r"^https?://[!#-;=?-Z_a-z~\[\]]+$", description="an address that people sign in at"
    )
    sign_in_action: str | None = Field(
        None,
        pattern=r"^(https:/)?/[!#-;=?-Z_a-z~\[\]]+$",
        description="an https URL, or a path, that takes a form with `email` and `password`",
    )
    logo_url: str | None = Field(
        None, pattern=r"^/[!#-;=?-Z_a-z~\[\]]+$", description="a path of the pages' own origin, to an image"
    )


def page_config(settings: ServiceSettings, pages: PageSettings, *, api_url: str) -> dict[str, object]:
    """Return `config.json`, as `web/src/config.ts` describes it."""
    return {
        "apiUrl": api_url,
        "productName": settings.product_name,
        "logoUrl": pages.logo_url,
        "brandColor": settings.brand_color,
        "theme": palette(settings.brand_color),
        "signInUrl": pages.sign_in_url,
        "signInAction": pages.sign_in_action,
        "sessions": settings.sessions,
        "supportEmail": settings.support_email,
        "locales": settings.languages,
        "defaultLocale": settings.default_locale,
        "tokenTtlSeconds": settings.token_ttl_seconds,
        "channels": settings.channels,
        "fallbackChannel": settings.fallback_channel,
        "emailStyle": settings.email_style,
        "codeTtlSeconds": settings.code_ttl_seconds,
        "clients": {name: client.return_to for name, client in settings.clients.items()},
    }


def document(html: str, languages: Sequence[str]) -> str:
    """Return a page as it is built with no paragraph in a language that is not on offer."""
    return re.sub(
        r'<p lang="([\w-]+)" dir="\w+">.*?</p>', lambda found: found[0] if found[1] in languages else "", html
    )


def page_headers(pages: PageSettings, *, api_origin: str | None) -> dict[str, str]:
    """Return the headers of every page and file: nothing inline, nothing of third parties, one form's target.

    `api_origin` is None where pages and API share one.
    """
    form_action = "'none'"
    if pages.sign_in_action is not None:
        url = urlsplit(pages.sign_in_action)
        form_action = f"{url.scheme}://{url.netloc}" if url.netloc else "'self'"
    api = f"'self' {api_origin}" if api_origin else "'self'"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {api}; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {**SECURITY_HEADERS, "Content-Security-Policy": policy}
