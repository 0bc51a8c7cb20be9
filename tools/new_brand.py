"""`make new-brand NAME=acme`: write a brand's folder that works as it is, and says what may be changed in it."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

from password_reset.channels.colours import PAGE_COLOURS

ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="200" height="48" viewBox="0 0 200 48" role="img">
<circle cx="24" cy="24" r="18" fill="#1f5fd0"/>
<text x="54" y="32" font-family="sans-serif" font-size="24" font-weight="700" fill="{color}">{name}</text>
</svg>
"""
_README = """# {name}

Set `BRANDING=branding/{name} make run`, or `"branding": "branding/{name}"` in an environment of `cdk.json`.
Everything here may be changed or left out; what is missing is as without a brand. docs/branding.md has every key.

- `brand.json`: names, languages, colours for light and dark, radius, font, logos, links.
- `locales/xx.json`: texts that differ, by the keys of
  `layers/shared/python/password_reset/channels/words/locales/xx.json`, or a whole language that we don't have.
- `mail.html.j2`: blocks of the email that differ: `styles`, `header`, `content`, `action`, `code`, `footer`.

`make preview BRAND={name}` shows all of it. What is wrong is said, a line each, by `make run` and `make synth`.
"""
_TEMPLATE = """{% extends "mail.html.j2" %}
{% block footer %}
{{ super() }}
{% endblock %}
"""


def write(name: str, root: Path = ROOT) -> Path:
    """Write the folder, and return it.

    Raises:
        ValueError: the name is none, or is taken.
    """
    folder = root / "branding" / name
    if not _NAME.fullmatch(name):
        message = "Say what it is called, as in `make new-brand NAME=acme`: letters, digits, hyphens and underscores."
        raise ValueError(message)
    if folder.exists():
        message = f"branding/{name} is there already."
        raise ValueError(message)
    (folder / "locales").mkdir(parents=True)
    brand = {
        "productName": name.capitalize(),
        "companyLine": f"{name.capitalize()} Ltd, 1 High Street, Example",
        "termsUrl": "https://www.example.com/terms",
        "privacyUrl": "https://www.example.com/privacy",
        "brandColor": "#1f5fd0",
        "light": asdict(PAGE_COLOURS["light"]),
        "dark": asdict(PAGE_COLOURS["dark"]),
        "radius": 10,
        "logo": "logo.svg",
        "logoDark": "logo-dark.svg",
    }
    words = {"reset": {"heading": "Reset your password"}, "pages": {"forgot.submit": "Send reset link"}}
    files = {
        "brand.json": json.dumps(brand, indent=2) + "\n",
        "locales/en.json": json.dumps(words, indent=2) + "\n",
        "mail.html.j2": _TEMPLATE,
        "logo.svg": _LOGO.format(name=name.capitalize(), color=PAGE_COLOURS["light"].text),
        "logo-dark.svg": _LOGO.format(name=name.capitalize(), color=PAGE_COLOURS["dark"].text),
        "README.md": _README.format(name=name),
    }
    for path, text in files.items():
        (folder / path).write_text(text, "utf-8")
    return folder


def main() -> int:
    """Write it, and say what next."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        write(name)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(
        f"branding/{name} works as it is: BRANDING=branding/{name} make run. Its README.md says what to change.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
