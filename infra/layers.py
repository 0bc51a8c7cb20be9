"""The layers, built on this machine for Lambda's: from locked, hashed wheels, and with bytecode.

`/opt` is read-only, so without bytecode in the layer Lambda would compile every module on every cold start.
Its invalidation is by unchecked hash: the timestamps in a zip mean nothing, and nothing is read to check.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, FileSystem, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

LAYERS = Path(__file__).parent.parent / "layers"
RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
_PYTHON = (3, 13)
_PLATFORM = "aarch64-manylinux_2_28"
_NOT_NEEDED = ("bin", ".lock", "**/tests", "**/*.pyi", "**/py.typed", "**/__pycache__")
_NOT_IMPORTED = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/streaming",
    "pydantic/mypy.py",
    "pydantic/v1",
    "jmespath*",
)
"""What no function imports, and what Lambda's boto3 brings. A test finds out when one does."""
_METADATA = "METADATA"
"""What is kept of a package's metadata: scanners such as Amazon Inspector tell by it what is installed."""


class WrongPythonError(RuntimeError):
    """Bytecode is good for one minor version alone."""


def build_dependencies(requirements: Path, target: Path) -> None:
    """Install what the requirements lock into `target`/python, for arm64, and compile it."""
    packages = target / "python"
    # fmt: off
    _run("-m", "uv", "pip", "install", "--quiet", "--target", packages, "--requirements", requirements,
         "--require-hashes", "--only-binary", ":all:", "--no-deps", "--link-mode", "copy",
         "--python-platform", _PLATFORM, "--python-version", ".".join(map(str, _PYTHON)))
    # fmt: on
    for pattern in (*_NOT_NEEDED, *_NOT_IMPORTED):
        _remove(list(packages.glob(pattern)))
    _remove([path for path in packages.glob("*.dist-info/*") if path.name != _METADATA])
    compile_bytecode(target)


def build_shared(source: Path, target: Path) -> None:
    """Copy the shared code into `target`/python, and compile it."""
    shutil.copytree(source / "python", target / "python", ignore=shutil.ignore_patterns("__pycache__"))
    compile_bytecode(target)


def compile_bytecode(target: Path) -> None:
    """Write the bytecode of all of `target`, the same bytes on every machine.

    Raises:
        WrongPythonError: this is not the runtime's Python.
    """
    if sys.version_info[:2] != _PYTHON:
        message = f"The layers are built with Python {'.'.join(map(str, _PYTHON))}; this is {sys.version.split()[0]}."
        raise WrongPythonError(message)
    # A process of its own: what a process has interned before shows in the bytes that it writes.
    # fmt: off
    _run("-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
         "-s", target, "-p", "/opt", target / "python")
    # fmt: on


def _remove(paths: list[Path]) -> None:
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _run(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, *map(str, arguments)], check=True)  # noqa: S603 - no shell, our arguments


@jsii.implements(ILocalBundling)
class _Dependencies:
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        build_dependencies(LAYERS / "dependencies" / "requirements.txt", Path(output_dir))
        return True


@jsii.implements(ILocalBundling)
class _Shared:
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        build_shared(LAYERS / "shared", Path(output_dir))
        return True


class Layers(Construct):
    """The two layers of every function: `all`, the dependencies first."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.all = [
            self._layer("Dependencies", LAYERS / "dependencies", _Dependencies()),
            self._layer("Shared", LAYERS / "shared", _Shared()),
        ]

    def _layer(self, name: str, folder: Path, bundling: ILocalBundling) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name,
            code=lambda_.Code.from_asset(
                str(folder),
                # Of the inputs, so that a layer is built again only when one of them changes.
                asset_hash_type=AssetHashType.CUSTOM,
                asset_hash=asset_hash(folder),
                bundling=BundlingOptions(image=DockerImage.from_registry("unused"), local=bundling),
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


def asset_hash(folder: Path) -> str:
    """Return the hash of everything that decides on a layer's bytes: its folder, this module, the target."""
    content = FileSystem.fingerprint(str(folder), exclude=["__pycache__"])
    inputs = [content, Path(__file__).read_text(), _PLATFORM, str(_PYTHON)]
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()
