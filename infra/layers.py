"""The layers of every function: prebuilt in the package; in a checkout built here, anew only when they change."""

import hashlib
import json
import tempfile
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, FileSystem, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import packages
from infra.assets import DEPENDENCIES, LAYERS, SHARED, built
from infra.packages import PLATFORMS, PYTHON, build_dependencies, build_shared
from password_reset.channels.brands import FILE, TEMPLATE, Brand

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}


@jsii.implements(ILocalBundling)
class _Dependencies:
    def __init__(self, architecture: str) -> None:
        self._architecture = architecture

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        build_dependencies(LAYERS / "dependencies" / "requirements.txt", Path(output_dir), self._architecture)
        return True


@jsii.implements(ILocalBundling)
class _Shared:
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        build_shared(LAYERS / "shared", Path(output_dir))
        return True


class Layers(Construct):
    """The two layers of every function, for its processor: `all`, the dependencies first; and the `brands`' own.

    The brands' is of the function that sends alone.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, architecture: str, brands: Collection[Brand] = ()
    ) -> None:
        super().__init__(scope, construct_id)
        self._architecture = architecture
        self.all = [
            self._layer("Dependencies", DEPENDENCIES.format(architecture), _Dependencies(architecture)),
            self._layer("Shared", SHARED, _Shared()),
        ]

        self.brands = [self._brands(brands)] if brands else []

    def _brands(self, brands: Collection[Brand]) -> lambda_.LayerVersion:
        with tempfile.TemporaryDirectory() as folder:
            for path, content in layer_files(brands).items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            return lambda_.LayerVersion(self, "Brands", code=lambda_.Code.from_asset(folder))

    def _layer(self, name: str, prebuilt: str, bundling: ILocalBundling) -> lambda_.LayerVersion:
        ready = built(prebuilt)
        return lambda_.LayerVersion(
            self,
            name,
            code=lambda_.Code.from_asset(ready) if ready else self._bundled(LAYERS / name.lower(), bundling),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURES[self._architecture]],
        )

    def _bundled(self, folder: Path, bundling: ILocalBundling) -> lambda_.Code:
        return lambda_.Code.from_asset(
            str(folder),
            # Of the inputs, so that a layer is built again only when one of them changes.
            asset_hash_type=AssetHashType.CUSTOM,
            asset_hash=asset_hash(folder, self._architecture),
            bundling=BundlingOptions(image=DockerImage.from_registry("unused"), local=bundling),
        )


def layer_files(brands: Collection[Brand]) -> dict[str, bytes]:
    """Return what mails and messages need of brands, by path below `/opt`: no font, and none of the pages' words."""
    files = {}
    for brand in brands:
        folder = f"branding/{brand.name}"
        files[f"{folder}/{FILE}"] = (brand.folder / FILE).read_bytes()
        if brand.template:
            files[f"{folder}/{TEMPLATE}"] = brand.template.encode()
        if brand.mail_logo:
            files[f"{folder}/{brand.file.mail_logo}"] = brand.mail_logo
        for language in brand.own_languages:
            words = json.loads((brand.locales / f"{language}.json").read_text("utf-8"))
            words.pop("pages", None)
            files[f"{folder}/locales/{language}.json"] = json.dumps(words).encode()
    return files


def asset_hash(folder: Path, architecture: str) -> str:
    """Return the hash of everything that decides on a layer's bytes: its folder, how it is built, the target."""
    content = FileSystem.fingerprint(str(folder), exclude=["__pycache__"])
    target = (PLATFORMS[architecture], str(PYTHON), version("jinja2"))
    inputs = [content, Path(packages.__file__).read_text("utf-8"), *target]
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()
