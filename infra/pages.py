"""The hosted pages, as plain data: what they read at run time, and the headers that they are served with."""

from urllib.parse import urlsplit

from password_reset.problems import SECURITY_HEADERS
from password_reset.settings import ServiceSettings

LANGUAGES = ("en", "de", "fr", "es", "ja", "ar")
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name has a hash of what is in them. Nothing else is stored: an address may hold a token."""


def page_config(
    settings: ServiceSettings,
    *,
    api_url: str,
    logo_url: str | None,
    sign_in_url: str | None,
    sign_in_action: str | None,
) -> dict[str, object]:
    """Return `config.json`, as `web/src/config.ts` describes it."""
    return {
        "apiUrl": api_url,
        "productName": settings.product_name,
        "logoUrl": logo_url,
        "brandColor": settings.brand_color,
        "signInUrl": sign_in_url,
        "signInAction": sign_in_action,
        "supportEmail": settings.support_email,
        "locales": LANGUAGES,
        "defaultLocale": settings.default_locale,
        "tokenTtlSeconds": settings.token_ttl_seconds,
    }


def page_headers(*, api_origin: str, sign_in_action: str | None) -> dict[str, str]:
    """Return the headers of every page and file: nothing inline, nothing of third parties, one form's target."""
    form_action = "'none'"
    if sign_in_action is not None:
        url = urlsplit(sign_in_action)
        form_action = f"{url.scheme}://{url.netloc}" if url.netloc else "'self'"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {api_origin}; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {**SECURITY_HEADERS, "Content-Security-Policy": policy}
