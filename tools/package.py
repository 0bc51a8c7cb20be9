"""`make package`: the wheel `password-reset-cdk` for CDK apps, with all that is deployed prebuilt in it.

It has one namespace. `infra`, `password_reset` and the operators' commands are moved under it, their imports of each
other with them, so that nothing of ours meets what a team calls by the same names.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.assets import DEPENDENCIES, DIST, FUNCTION, FUNCTIONS, LAYERS, PAGES, SHARED
from infra.packages import NOTICES, PLATFORMS, build_dependencies, build_shared
from password_reset import __version__
from tools.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
NAME = "password_reset_cdk"
TARGET = ROOT / "build" / "package"
DOMAIN = LAYERS / "shared" / "python" / "password_reset"
PUBLIC = ROOT / "infra" / "public.py"
_HERE_ALONE = {"__init__.py", "public.py", "permissions.py"}
"""What only a checkout has a use for, and what becomes the package's own start."""
_FOR_OPERATORS = (
    *(
        f"tools/{name}.py"
        for name in ("__init__", "__main__", "clients", "commands", "deployment", "firewall", "pool_check", "ses")
    ),
    "tools/synthesised.py",
    *(f"local/{name}.py" for name in ("__init__", "definition", "shapes")),
)
"""What the commands of `tools/__main__.py` are made of."""
_MOVED = {"infra": NAME, **{name: f"{NAME}.{name}" for name in ("password_reset", "tools", "local")}}
_IMPORTED = re.compile(rf"^(\s*)(from|import) ({'|'.join(_MOVED)})(?=[.\s])", re.MULTILINE)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NEEDED = ("aws-cdk-lib", "constructs", "aws-lambda-powertools", "idna", "jinja2", "pydantic", "tzdata")
"""What synthesis imports, of what pyproject.toml names for us or what that brings."""
_FOR_TOOLS = ("bcrypt", "boto3", "botocore", "httpx[http2]")
"""What the operators' commands import beside it."""
_BELOW = {"aws-cdk-lib": ",<3", "constructs": ",<11", "pydantic": ",<3"}


def sources() -> Iterator[tuple[str, str]]:
    """Yield the package's modules: path in it, and text."""
    yield "__init__.py", moved(PUBLIC.read_text("utf-8"))
    for module in sorted((ROOT / "infra").glob("*.py")):
        if module.name not in _HERE_ALONE:
            yield module.name, moved(module.read_text("utf-8"))
    for module in [*map(ROOT.joinpath, _FOR_OPERATORS), *commands()]:
        yield f"{module.relative_to(ROOT)}", moved(module.read_text("utf-8"))
    for module in sorted(DOMAIN.rglob("*.py")):
        yield f"password_reset/{module.relative_to(DOMAIN)}", moved(module.read_text("utf-8"))


def commands() -> Iterator[Path]:
    """Yield the modules of the operators' commands."""
    for command in COMMANDS:
        path = ROOT / "tools" / command.replace("-", "_")
        yield from sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def moved(text: str) -> str:
    """Return a module's text with its imports of ours where they are in the package."""
    return _IMPORTED.sub(lambda found: f"{found[1]}{found[2]} {_MOVED[found[3]]}", text)


def write_sources(package: Path) -> None:
    """Write the modules, and what lies beside them."""
    for path, text in sources():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, "utf-8")
    for data in DOMAIN.rglob("*"):
        if data.is_file() and data.suffix not in {".py", ".pyc"}:
            copied = package / "password_reset" / data.relative_to(DOMAIN)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data, copied)
    (package / "py.typed").touch()


def write_assets(assets: Path) -> None:
    """Build the layers for each processor, and pack them, the functions and the pages."""
    (assets / "functions").mkdir(parents=True)
    for architecture in PLATFORMS:
        with TemporaryDirectory() as folder:
            build_dependencies(LAYERS / "dependencies" / "requirements.txt", Path(folder), architecture)
            pack(Path(folder), assets / DEPENDENCIES.format(architecture))
    with TemporaryDirectory() as folder:
        build_shared(LAYERS / "shared", Path(folder))
        pack(Path(folder), assets / SHARED)
    for handler in sorted(FUNCTIONS.glob("*/handler.py")):
        pack(handler.parent, assets / FUNCTION.format(handler.parent.name), without="__pycache__")
    pack(DIST, assets / PAGES)


def pack(folder: Path, archive: Path, *, without: str = "") -> None:
    """Zip a folder, the same bytes each time."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and without not in path.parts):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def project() -> str:
    """Return the package's pyproject.toml."""
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = [*ours["project"]["dependencies"], *ours["dependency-groups"]["infra"]]
    named += [each for each in ours["dependency-groups"]["dev"] if isinstance(each, str)]
    least = dict(re.findall(r"^([a-z0-9[\]-]+)[=>]=([0-9.]+[0-9])", "\n".join(named), re.MULTILINE))
    least["botocore"] = least["boto3"]
    needed, for_tools = (
        json.dumps([f"{name}>={least[name]}{_BELOW.get(name, '')}" for name in names], indent=4)
        for names in (_NEEDED, _FOR_TOOLS)
    )
    major, minor, _ = metadata.version("uv").split(".")
    # Of uv's own version, uv builds without fetching a backend.
    backend = f"uv_build>={major}.{minor},<{major}.{int(minor) + 1}"
    return _PROJECT.format(version=__version__, needed=needed, for_tools=for_tools, backend=backend)


def main() -> None:
    """Build the wheel in `build/package`."""
    shutil.rmtree(TARGET, ignore_errors=True)
    package = TARGET / "src" / NAME
    write_sources(package)
    write_assets(package / "assets")
    (TARGET / "pyproject.toml").write_text(project(), "utf-8")
    shutil.copyfile(ROOT / "docs" / "in-your-app.md", TARGET / "README.md")
    shutil.copyfile(ROOT / "LICENSE", TARGET / "LICENSE")
    shutil.copyfile(LAYERS / "dependencies" / NOTICES, TARGET / NOTICES)
    shutil.copyfile(ROOT / "web" / "public" / "third-party-notices.txt", TARGET / "pages-third-party-notices.txt")
    subprocess.run([sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--offline", str(TARGET)], check=True)  # noqa: S603 - no shell, our arguments
    (wheel,) = (TARGET / "dist").glob("*.whl")
    print(f"{wheel.relative_to(ROOT)} ({wheel.stat().st_size / 1e6:.1f} MB)")


_PROJECT = """[project]
name = "password-reset-cdk"
version = "{version}"
description = "Password reset for the AWS account and the users that you already have: a construct for AWS CDK."
readme = "README.md"
requires-python = ">=3.13"
license = "Apache-2.0"
license-files = ["LICENSE", "*NOTICES.txt", "*notices.txt"]
keywords = ["aws", "cdk", "password-reset", "cognito", "dynamodb"]
classifiers = ["Framework :: AWS CDK :: 2", "Programming Language :: Python :: 3.13", "Typing :: Typed"]
dependencies = {needed}

[project.optional-dependencies]
tools = {for_tools}

[project.scripts]
password-reset = "password_reset_cdk.tools.__main__:main"

[build-system]
requires = ["{backend}"]
build-backend = "uv_build"
"""

if __name__ == "__main__":
    main()
