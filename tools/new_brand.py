"""`make new-brand NAME=acme`: write a brand's folder that works as it is, and says what may be changed in it."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

from password_reset.channels.colours import PAGE_COLOURS

ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
# A picture loads no font of the brand's: words in a logo are outlines.
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48" role="img">
<title>{name}</title>
<path fill="#1f5fd0" d="M24 4a20 20 0 1 1 0 40a20 20 0 0 1 0-40z"/>
<path fill="{color}" d="M24 14l9 20h-5l-4-10l-4 10h-5z"/>
</svg>
"""
_README = """# {name}

Set `BRANDING=branding/{name} make run`, or `"branding": "branding/{name}"` in an environment of `cdk.json`.
Everything here may be changed or left out; what is missing is as without a brand. docs/branding.md has every key.

- `brand.json`: names, languages, colours for light and dark, radius, font, logos, links.
- `mail.html.j2`: blocks of the email that differ.
- `locales/xx.json`, not written yet: texts that differ in a language on offer, or a whole language that we don't have.
  For example `locales/en.json`, by the keys of
  `layers/shared/python/password_reset/channels/words/locales/en.json`:

      {{"reset": {{"heading": "Reset your password"}}, "pages": {{"forgot.submit": "Send reset link"}}}}

`make preview BRAND={name}` shows all of it. What is wrong is said, a line each, by `make run` and `make synth`.
"""
_TEMPLATE = """{% extends "mail.html.j2" %}
{# Blocks to replace: styles, header, content, action, code, footer. A text needs the class and the style of its colour:
the style is for light, the class turns it in dark. #}
{% block footer %}
{{ super() }}
<p class="quiet" style="margin:16px 0 0;{{ quiet }}">{{ product }}</p>
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
    folder.mkdir(parents=True)
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
    files = {
        "brand.json": json.dumps(brand, indent=2) + "\n",
        "mail.html.j2": _TEMPLATE,
        "logo.svg": _LOGO.format(name=name.capitalize(), color=PAGE_COLOURS["light"].surface),
        "logo-dark.svg": _LOGO.format(name=name.capitalize(), color=PAGE_COLOURS["dark"].surface),
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
