"""The hosted pages, as plain data: what they read at run time, and the headers that they are served with."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from password_reset.channels.brands import Brand, BrandFile, look
from password_reset.channels.colours import PAGE_COLOURS, palette
from password_reset.edge.problems import SECURITY_HEADERS
from password_reset.settings import ServiceSettings

NAMES = ("forgot-password", "reset-password", "sign-in", "report-change")
"""The pages, by their paths; `/` is the first."""
NO_BRANDS: Mapping[str, Brand] = {}
CHANGE_PASSWORD = "/.well-known/change-password"  # noqa: S105 - a path
"""Where password managers look for the page to change a password at (W3C, A Well-Known URL for Changing Passwords)."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name has a hash of what is in them. Nothing else is stored: an address may hold a token."""


def _separate(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


type _AndroidApp = Annotated[
    str,
    Field(max_length=200, pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+=[0-9A-F]{2}(:[0-9A-F]{2}){31}$"),
]
type _AppleApp = Annotated[str, Field(max_length=100, pattern=r"^[A-Z0-9]{10}(\.[A-Za-z0-9-]+)+$")]


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
    android_apps: Annotated[tuple[_AndroidApp, ...], BeforeValidator(_separate)] = Field(
        (),
        max_length=10,
        description="Android apps that open reset links, as in `com.example.app=14:6D:E9:…`, the SHA-256 of a signing "
        "certificate, in capitals; separated by commas, an app again for each certificate; at most 10",
    )
    apple_apps: Annotated[tuple[_AppleApp, ...], BeforeValidator(_separate)] = Field(
        (),
        max_length=10,
        description="Apple apps that open reset links, as in `A1B2C3D4E5.com.example.app`, prefix and bundle id, "
        "separated by commas; at most 10",
    )


def page_config(
    settings: ServiceSettings, pages: PageSettings, *, api_url: str, brands: Mapping[str, Brand] = NO_BRANDS
) -> dict[str, object]:
    """Return `config.json`, as `web/src/config.ts` describes it. `brands` are by client, ours under none."""
    return {
        "apiUrl": api_url,
        **page_brand(settings, pages, brands.get("")),
        "signInUrl": pages.sign_in_url,
        "signInAction": pages.sign_in_action,
        "sessions": settings.sessions,
        "tokenTtlSeconds": settings.token_ttl_seconds,
        "channels": settings.channels,
        "fallbackChannel": settings.fallback_channel,
        "emailStyle": settings.email_style,
        "codeTtlSeconds": settings.code_ttl_seconds,
        "passwordPolicy": settings.password_policy.model_dump(by_alias=True),
        "clients": {name: client.return_to for name, client in settings.clients.items()},
        "brands": {client: page_brand(settings, pages, brand) for client, brand in brands.items() if client},
    }


def page_brand(settings: ServiceSettings, pages: PageSettings, brand: Brand | None) -> dict[str, Any]:
    """Return what a brand, or the environment without one, decides on in `config.json`."""
    chosen, file = look(settings, brand), brand.file if brand else BrandFile()

    def url(name: str | None) -> str | None:
        return f"brands/{brand.name}/{name}" if brand and name else None

    return {
        "productName": chosen.product,
        "logoUrl": url(file.logo) or pages.logo_url,
        "logoDarkUrl": url(file.logo_dark),
        "faviconUrl": url(file.favicon),
        "brandColor": chosen.color,
        "theme": _theme(chosen.color, brand),
        "fontUrl": url(file.font),
        "supportEmail": chosen.support,
        "companyLine": file.company_line,
        "termsUrl": file.terms_url,
        "privacyUrl": file.privacy_url,
        "locales": chosen.languages,
        "defaultLocale": chosen.default_locale,
        "words": {language: url(f"{language}.json") for language in (brand.own_languages if brand else ())},
    }


def _theme(color: str, brand: Brand | None) -> dict[str, str]:
    if brand is None:
        return palette(color)
    own = {
        f"{name}-on-{scheme}": value
        for scheme, colours in (("light", brand.file.light), ("dark", brand.file.dark))
        for name, value in colours.model_dump(exclude_none=True).items()
    }
    radius = {} if brand.file.radius is None else {"radius": f"{brand.file.radius}px"}
    surfaces = {scheme: colours.surface for scheme, colours in brand.colours(PAGE_COLOURS).items()}
    return {**palette(color, surfaces), **own, **radius}


def brand_files(brands: Mapping[str, Brand]) -> dict[str, bytes]:
    """Return what brands have beside the pages, by path: pictures, fonts, and what pages say in their words."""
    files: dict[str, bytes] = {}
    for brand in brands.values():
        folder = f"brands/{brand.name}"
        files |= {f"{folder}/{name}": path.read_bytes() for name, path in brand.files().items()}
        for language in brand.own_languages:
            words = json.loads((brand.locales / f"{language}.json").read_text("utf-8"))
            files[f"{folder}/{language}.json"] = json.dumps(page_words(words)).encode()
    return files


def page_words(words: Mapping[str, Any]) -> dict[str, str]:
    """Return what the pages have of a catalogue, by its keys there."""
    told = {f"language.{key}": words[key] for key in ("direction", "digits") if key in words}
    told |= {f"footer.{key}": words[key] for key in ("terms", "privacy") if key in words}
    pages: dict[str, str] = words.get("pages", {})
    return told | pages


def page_headers(
    pages: PageSettings, *, api_origin: str | None, brands: Mapping[str, Brand] = NO_BRANDS
) -> dict[str, str]:
    """Return the headers of every page and file: nothing inline, nothing of third parties, one form's target.

    `api_origin` is None where pages and API share one.
    """
    form_action = "'none'"
    if pages.sign_in_action is not None:
        url = urlsplit(pages.sign_in_action)
        form_action = f"{url.scheme}://{url.netloc}" if url.netloc else "'self'"
    api = f"'self' {api_origin}" if api_origin else "'self'"
    fonts = " font-src 'self';" if any(brand.file.font for brand in brands.values()) else ""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';{fonts} connect-src {api}; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {**SECURITY_HEADERS, "Content-Security-Policy": policy}


def association_files(pages: PageSettings) -> dict[str, str]:
    """Return by path what ties the pages' domain to the team's apps, so that these, and no others, open its links.

    Google's Digital Asset Links and Apple's associated domains: JSON, at these very paths, without a redirect. Without
    apps there is no such file. An app opens the reset link alone, and passwords saved for the pages are offered in it.
    """
    files: dict[str, str] = {}
    if pages.android_apps:
        certificates: dict[str, list[str]] = {}
        for app in pages.android_apps:
            package, _, certificate = app.partition("=")
            certificates.setdefault(package, []).append(certificate)
        relation = ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"]
        links = [
            {
                "relation": relation,
                "target": {"namespace": "android_app", "package_name": package, "sha256_cert_fingerprints": prints},
            }
            for package, prints in certificates.items()
        ]
        files["/.well-known/assetlinks.json"] = json.dumps(links)
    if pages.apple_apps:
        components = [{"/": "/reset-password"}, {"/": "/reset-password/"}]
        details = [{"appIDs": list(pages.apple_apps), "components": components}]
        apple = {"applinks": {"details": details}, "webcredentials": {"apps": list(pages.apple_apps)}}
        files["/.well-known/apple-app-site-association"] = json.dumps(apple)
    return files
