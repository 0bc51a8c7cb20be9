"""The layers, built for real: for arm64, compiled, small, and the same bytes each time."""

import hashlib
import importlib.util
import shutil
import struct
import subprocess
import sys
import zipfile
from email.parser import BytesParser
from importlib.metadata import version
from pathlib import Path

import pytest

from infra.assets import LAYERS
from infra.layers import asset_hash
from infra.packages import PYTHON, build_dependencies, build_shared
from password_reset.channels import email
from tests.infra.conftest import ROOT
from tests.waiting import PATIENCE_SECONDS
from tools import components
from tools.licences import refused

pytestmark = pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers")

MEGABYTE = 10**6
AARCH64, X86_64 = 183, 62
UNCHECKED_HASH = 0b01
# Imports what the functions import, and lists the files that came from installed packages.
IMPORTS = """
import importlib, os, site, sys
sys.modules["cffi"] = sys.modules["botocore"] = None  # which the layer has not
names = ["USERS", "RESET_TOKENS", "CODES", "LIMITS", "DELIVERIES", "SUPPRESSIONS", "LEVERS", "ACCOUNTS"]
os.environ |= {name + "_TABLE": "name" for name in names} | {
    "FRONTEND_URL": "https://example.com", "PRODUCT_NAME": "Example", "SUPPORT_EMAIL": "a@example.com",
    "MAIL_FROM": "a@example.com", "QUEUE_URL": "name", "PEPPER_SECRET": "name", "AWS_DEFAULT_REGION": "eu-central-1"}
for name in sorted(os.listdir("functions")):
    if os.path.exists(f"functions/{name}/handler.py"):
        importlib.import_module(f"functions.{name}.handler")
from password_reset.bootstrap import Bootstrap
from password_reset.channels.email import templates
app = Bootstrap()
app.request_reset, app.verify_token, app.reset_password, app.deliver_reset, app.notify_change
app.verify_code, app.record_feedback
from password_reset.accounts import identifiers
from password_reset.passwords import common
from password_reset.passwords.hashers import FORMS, make_hasher
for algorithm in FORMS:
    make_hasher(algorithm, form="phc", cost=10).hash("password1")
identifiers.email_key("a@ex\u00e4mple.com"), common.is_common("password1")
for client in ("dynamodb", "directory", "cognito", "secrets_manager", "sqs", "kms", "events", "ses", "sns"):
    getattr(app.clients, client)
templates().get_template("mail.html.j2"), templates().get_template("mail.txt.j2")
[packages] = site.getsitepackages()
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None) or ""
    if file.startswith(packages) and file.endswith(".py"):
        print(os.path.relpath(file, packages))
"""


@pytest.fixture(scope="module")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dependencies layer."""
    target = tmp_path_factory.mktemp("dependencies")
    build_dependencies(LAYERS / "dependencies" / "requirements.txt", target, "arm64")
    return target


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared layer."""
    target = tmp_path_factory.mktemp("shared")
    build_shared(LAYERS / "shared", target)
    return target


def files(folder: Path) -> dict[str, bytes]:
    """Return a folder's files by path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def content_hash(folder: Path) -> str:
    """Return a hash over names and bytes."""
    return hashlib.sha256(repr(files(folder)).encode()).hexdigest()


@pytest.mark.parametrize(("architecture", "elf"), [("arm64", AARCH64), ("x86_64", X86_64)])
def test_native_code_is_for_the_processor_that_the_environment_chose(
    architecture: str, elf: int, dependencies: Path, tmp_path: Path
) -> None:
    """By the ELF header's machine: a wheel for another one would fail on Lambda alone."""
    target = dependencies
    if architecture != "arm64":
        target = tmp_path
        build_dependencies(LAYERS / "dependencies" / "requirements.txt", target, architecture)
    native = {name: data for name, data in files(target).items() if ".so" in name}
    assert len(native) == 5
    for name, data in native.items():
        assert struct.unpack_from("<H", data, 18) == (elf,), name


@pytest.mark.parametrize("layer", ["dependencies", "shared"])
def test_every_module_is_compiled_for_the_runtime(layer: str, request: pytest.FixtureRequest) -> None:
    """3.13's magic number, and nothing to check at import; traces show Lambda's paths. Others' come without sources."""
    target: Path = request.getfixturevalue(layer)
    sources = {path: path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc" for path in target.rglob("*.py")}
    alone = {path.with_suffix(".py"): path for path in target.rglob("*.pyc") if path.parent.name != "__pycache__"}
    assert [bool(sources), bool(alone)] == [layer == "shared", layer == "dependencies"]
    assert len(sources | alone) > 20
    for source, compiled in (sources | alone).items():
        data = compiled.read_bytes()
        assert data[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(data[4:8], "little") == UNCHECKED_HASH
        assert f"/opt/{source.relative_to(target)}".encode() in data
        assert str(target).encode() not in data


def test_the_layers_are_small_and_hold_what_is_needed(dependencies: Path, shared: Path, tmp_path: Path) -> None:
    """Under 5 MB zipped together; of metadata, what scanners tell packages by."""
    size = 0
    for folder in (dependencies, shared):
        with zipfile.ZipFile(tmp_path / f"{folder.name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as layer:
            for name, data in files(folder).items():
                layer.writestr(name, data)
        size += (tmp_path / f"{folder.name}.zip").stat().st_size
    assert size < 5 * MEGABYTE
    held = files(dependencies)
    assert [name for name in held if not name.startswith("python/")] == ["THIRD-PARTY-NOTICES.txt"]
    assert {Path(name).parts[1] for name in held if "/" in name}.isdisjoint(
        {"boto3", "botocore", "bin", "aws_xray_sdk"}
    )
    assert {Path(name).name for name in held if ".dist-info" in name} == {"METADATA"}
    assert held["THIRD-PARTY-NOTICES.txt"] == (LAYERS / "dependencies" / "THIRD-PARTY-NOTICES.txt").read_bytes()
    assert "python/password_reset/passwords/common.txt" in files(shared)
    assert [name for name in held if "/tests/" in name or name.endswith(".pyi")] == []


def test_the_licence_of_whatever_is_in_the_layer_is_allowed_and_told(dependencies: Path) -> None:
    """A scan of the built layer, by the metadata in it: each package, of this version, is in its notices."""
    held = {
        Path(name).parent.name.removesuffix(".dist-info").replace("_", "-"): BytesParser().parsebytes(data)
        for name, data in files(dependencies).items()
        if name.endswith("/METADATA")
    }
    assert len(held) > 15
    locked = {f"{component.name}-{component.version}": component for component in components.layer()}
    assert sorted(held.keys() - locked.keys()) == []
    assert list(refused(locked[name] for name in held)) == []
    said = {name: found["License-Expression"] or found["License"] for name, found in held.items()}
    loose = {
        f"{component.name}-{component.version}" for component in components.layer() if component.name in components.READ
    }
    assert {name: licence for name, licence in said.items() if name not in loose} == {
        name: locked[name].licence for name in held if name not in loose
    }
    told = files(dependencies)["THIRD-PARTY-NOTICES.txt"].decode()
    assert [name for name in held if f"\n{locked[name].name} {locked[name].version}\nLicense: " not in told] == []


def test_whatever_the_functions_import_is_there(dependencies: Path) -> None:
    """What was left out of the layer is not missed."""
    imports = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    needed = set(imports.stdout.split())
    assert len(needed) > 100
    compiled = {str(Path(name).with_suffix(".pyc")) for name in needed}
    assert sorted(name for name in compiled if not (dependencies / "python" / name).exists()) == []


def test_two_builds_are_the_same_bytes(dependencies: Path, shared: Path, tmp_path: Path) -> None:
    """Reproducible, elsewhere too: neither the folder nor the time is in it."""
    build_dependencies(LAYERS / "dependencies" / "requirements.txt", tmp_path / "dependencies", "arm64")
    build_shared(LAYERS / "shared", tmp_path / "shared")
    assert content_hash(tmp_path / "dependencies") == content_hash(dependencies)
    assert content_hash(tmp_path / "shared") == content_hash(shared)


def test_templates_are_compiled(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the version that runs them. A brand's own is compiled where it is read, and extends ours."""
    templates = shared / "python" / "password_reset" / "channels" / "templates"
    monkeypatch.setattr(email, "_TEMPLATES", templates)
    names = {path.name for path in templates.glob("*.j2")}
    for own, compiled in ((None, names), ('{% extends "mail.html.j2" %}', names - {"brand.html.j2"})):
        read = email.templates.__wrapped__(own)
        files = {name: Path(read.get_template(name).root_render_func.__code__.co_filename) for name in names}
        assert {name for name, file in files.items() if file.parent.name == email.COMPILED} == compiled
    locked = (LAYERS / "dependencies" / "requirements.txt").read_text("utf-8")
    assert f"jinja2=={version('jinja2')} " in locked


def test_the_processor_is_part_of_the_hash() -> None:
    """Or layers that are there already would be deployed for another processor."""
    folder = LAYERS / "dependencies"
    assert asset_hash(folder, "arm64") != asset_hash(folder, "x86_64")


@pytest.mark.parametrize("folder", ["dependencies", "shared"])
def test_a_change_and_nothing_else_changes_the_hash(folder: str, tmp_path: Path) -> None:
    """A requirement or a line of code does, bytecode of this machine does not."""
    ignored = shutil.ignore_patterns("__pycache__")
    copy = shutil.copytree(LAYERS / folder, tmp_path / folder, ignore=ignored)
    before = asset_hash(LAYERS / folder, "arm64")
    assert asset_hash(copy, "arm64") == before
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "module.cpython-313.pyc").write_bytes(b"")
    assert asset_hash(copy, "arm64") == before
    changed = next(path for path in copy.rglob("*") if path.suffix in {".txt", ".py"})
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    assert asset_hash(copy, "arm64") != before
