"""How the layers' packages are got: from where pip would take them, and by the runtime's Python alone."""

import base64
import hashlib
import http.server
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import uv
from infra.packages import WrongPythonError, install, refuse_other_pythons

WHEEL = "madeup_package-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("", {}),
        ("global.index-url='https://a.test/simple'", {"index-url": "https://a.test/simple"}),
        (
            ":env:.index-url='https://env.test'\nglobal.index-url='https://a.test'\ninstall.index-url='https://b.test'\n",
            {"index-url": "https://env.test"},
        ),
        ("global.index-url='https://a.test'\ninstall.index-url='https://b.test'", {"index-url": "https://b.test"}),
        ("download.index-url='https://c.test'\nglobal.no-index='true'", {"no-index": "true"}),
        (
            "global.extra-index-url='\\nhttps://a.test\\nhttps://b.test'",
            {"extra-index-url": "\nhttps://a.test\nhttps://b.test"},
        ),
        ("global.index-url='https://u:p=w@a.test/simple?x=1'", {"index-url": "https://u:p=w@a.test/simple?x=1"}),
    ],
)
def test_pips_settings_are_read(listed: str, expected: dict[str, str]) -> None:
    """By section, the strongest last: global, install, the environment."""
    assert uv.read(listed) == expected


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({}, {}, {}),
        ({"index-url": "https://a.test"}, {}, {"UV_DEFAULT_INDEX": "https://a.test"}),
        (
            {"extra-index-url": "\nhttps://a.test\nhttps://b.test"},
            {},
            {"UV_INDEX": "https://a.test https://b.test", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"index-url": "https://a.test"}, {"UV_INDEX_URL": "https://own.test"}, {"UV_INDEX_URL": "https://own.test"}),
        ({"index-url": "https://a.test"}, {"UV_INDEX": ""}, {"UV_DEFAULT_INDEX": "https://a.test", "UV_INDEX": ""}),
        (
            {"trusted-host": "a.test b.test", "cert": "/ca.pem", "proxy": "http://p.test", "timeout": "60"},
            {"SSL_CERT_FILE": "/own.pem"},
            {
                "UV_INSECURE_HOST": "a.test b.test",
                "SSL_CERT_FILE": "/own.pem",
                "ALL_PROXY": "http://p.test",
                "UV_HTTP_TIMEOUT": "60",
            },
        ),
        ({"find-links": "/nowhere-at-all https://a.test/files"}, {}, {"UV_FIND_LINKS": "https://a.test/files"}),
        ({"no-index": "true"}, {}, {}),
    ],
)
def test_uv_is_told(settings: dict[str, str], environment: dict[str, str], expected: dict[str, str]) -> None:
    assert uv.environment_for(settings, environment) == expected


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("yes", True), ("false", False)])
def test_no_index_is_none(value: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert uv.without_index({"no-index": value}) is expected


def digest(text: str) -> str:
    """Return a file's digest as a wheel's RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package that no public index has."""
    path = tmp_path / "wheels" / WHEEL
    path.parent.mkdir()
    files = {
        "madeup_package/__init__.py": "ANSWER = 42\n",
        "madeup_package-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: madeup-package\nVersion: 1.0\n",
        "madeup_package-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={digest(text)},{len(text)}\n" for name, text in files.items())
    files["madeup_package-1.0.dist-info/RECORD"] = record + "madeup_package-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def index(wheel: Path, socket_enabled: None) -> Iterator[tuple[str, list[str]]]:
    """An index with that package, at a port of this machine: its address, and the paths that it was asked for."""
    asked: list[str] = []
    page = f'<!doctype html><a href="/files/{WHEEL}">{WHEEL}</a>'.encode()

    class Index(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = {"/simple/madeup-package/": page, f"/files/{WHEEL}": wheel.read_bytes()}.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html" if body == page else "application/octet-stream")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple/", asked
        server.shutdown()
        thread.join(10)


@pytest.fixture
def requirements(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of it, and an environment that says nothing of indexes."""
    for name in uv.ONES_OWN:
        monkeypatch.delenv(name, raising=False)
    for option in ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CONFIG_FILE"):
        monkeypatch.delenv(f"PIP_{option}", raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "requirements.txt"
    path.write_text(f"madeup-package==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return path


@pytest.mark.parametrize("way", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE", "PIP_FIND_LINKS"])
def test_the_layer_comes_from_pips_index(
    way: str,
    index: tuple[str, list[str]],
    wheel: Path,
    requirements: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By pip's variables and by its file; nowhere else is this package to be had."""
    url, asked = index
    value = url
    if way == "PIP_CONFIG_FILE":
        (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")
        value = str(tmp_path / "pip.conf")
    elif way == "PIP_FIND_LINKS":
        value = str(wheel.parent)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
    elif way == "PIP_EXTRA_INDEX_URL":
        monkeypatch.setenv("PIP_INDEX_URL", url.replace("simple", "empty"))
    monkeypatch.setenv(way, value)
    install(requirements, tmp_path / "layer", "arm64")
    assert (tmp_path / "layer" / "madeup_package" / "__init__.py").read_text() == "ANSWER = 42\n"
    if way == "PIP_FIND_LINKS":
        assert asked == []
    else:
        assert "/simple/madeup-package/" in asked
        assert asked[-1].startswith("/files/") or f"/files/{WHEEL}" in asked


def test_another_python_builds_no_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.14 runs everything else here; its bytecode would be compiled anew on each cold start."""
    monkeypatch.setattr(sys, "version_info", (3, 14, 2, "final", 0))
    monkeypatch.setattr(sys, "version", "3.14.2 (main, Dec  5 2025) [GCC]")
    with pytest.raises(WrongPythonError) as refused:
        refuse_other_pythons()
    expected = "Python 3.13 builds the layers, whose bytecode the functions run on; this is 3.14.2."
    assert str(refused.value) == expected
