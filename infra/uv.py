"""uv, told where pip would look for packages: by itself it reads neither pip's files nor its variables.

What uv's own variables say comes first. An index's address may hold a credential, so it goes from environment to
environment, into no argument, file or log.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_SECTIONS = ("global", "install", ":env:")
"""Of pip's configuration: each is stronger than those before it."""

ONES_OWN = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_CONFIG_FILE")
"""Where one of these is set, somebody has told uv where to look."""


def install(*arguments: str | Path) -> None:
    """Run `uv pip install` on the places that pip is configured with.

    Raises:
        CalledProcessError: uv has told why it did not.
    """
    settings = pip_settings()
    no_index = ["--no-index"] if without_index(settings) else []
    subprocess.run(  # noqa: S603 - no shell, our arguments
        [sys.executable, "-m", "uv", "pip", "install", *no_index, *map(str, arguments)],
        check=True,
        env=environment_for(settings, os.environ),
    )


def pip_settings() -> dict[str, str]:
    """Return what pip install is configured with, by the options' names."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        check=True,
        capture_output=True,
        text=True,
    )
    return read(listed.stdout)


def read(listed: str) -> dict[str, str]:
    """Return the options in what `pip config list` prints."""
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.partition(".")
        if section in found:
            found[section][option] = ast.literal_eval(value)
    return {option: value for section in _SECTIONS for option, value in found[section].items()}


def environment_for(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a uv that asks the indexes of pip's settings.

    pip takes the best file from all of its indexes; uv by default stops at the first that knows the name. Every file
    is locked by its hash, so that no index can pass off another's.
    """
    told = {
        "UV_INSECURE_HOST": settings.get("trusted-host", ""),
        "UV_HTTP_TIMEOUT": settings.get("default-timeout", settings.get("timeout", "")),
        "SSL_CERT_FILE": settings.get("cert", ""),
        "SSL_CLIENT_CERT": settings.get("client-cert", ""),
        "ALL_PROXY": settings.get("proxy", ""),
        "UV_KEYRING_PROVIDER": "subprocess" if settings.get("keyring-provider") == "subprocess" else "",
    }
    if not any(environment.get(name) for name in ONES_OWN):
        extra = settings.get("extra-index-url", "").split()
        told |= {
            "UV_DEFAULT_INDEX": settings.get("index-url", ""),
            "UV_INDEX": " ".join(extra),
            "UV_INDEX_STRATEGY": "unsafe-best-match" if extra else "",
            "UV_FIND_LINKS": ",".join(filter(_is_there, settings.get("find-links", "").split())),
        }
    return {**{name: value for name, value in told.items() if value}, **environment}


def without_index(settings: Mapping[str, str]) -> bool:
    """Whether pip is told to ask no index at all."""
    return settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}


def _is_there(place: str) -> bool:
    """Whether a place may be looked in: uv ends at a folder that is missing, pip goes on."""
    return bool(urlsplit(place).scheme) or Path(place).exists()


if __name__ == "__main__":
    try:
        install(*sys.argv[1:])
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
