"""Bills of materials of what is deployed, as CycloneDX: each component with its licence, its hashes and what it needs.

They say nothing of when and where they were made: the same locks give the same bytes.
"""

import json
import sys
import tomllib
from collections.abc import Sequence

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as Entry
from cyclonedx.model.component import ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.components import ROOT, Component, layer, pages

FOLDER = ROOT / "build" / "sbom"


def bill(title: str, components: Sequence[Component]) -> str:
    """Return the bill of a deployed part of the project, which is of the project's version and licence."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    licences = LicenseFactory()
    whole = Entry(
        type=ComponentType.APPLICATION,
        name=title,
        version=project["version"],
        bom_ref=title,
        licenses=[licences.make_from_string(project["license"])],
    )
    entries = {component.name: _entry(component, licences) for component in components}
    bom = Bom(components=entries.values())
    bom.metadata.component = whole
    for component in components:
        bom.register_dependency(entries[component.name], [entries[name] for name in component.needs])
    needed = {name for component in components for name in component.needs}
    bom.register_dependency(whole, [entry for name, entry in entries.items() if name not in needed])
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2) + "\n"


def _entry(component: Component, licences: LicenseFactory) -> Entry:
    url = PackageURL.from_string(f"pkg:{component.kind}/{component.name.replace('@', '%40')}@{component.version}")
    hashes = [HashType(alg=HashAlgorithm(name), content=digest) for name, digest in component.hashes]
    return Entry(
        type=ComponentType.LIBRARY,
        name=component.name,
        version=component.version,
        bom_ref=str(url),
        purl=url,
        licenses=[licences.make_from_string(component.licence)],
        external_references=[
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(str(url)), hashes=hashes)
        ],
        components=[_entry(part, licences) for part in component.parts],
    )


def main() -> None:
    """Write both bills."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, components in {"layer": layer(), "pages": pages()}.items():
        path = FOLDER / f"{name}.cdx.json"
        path.write_text(bill(f"password-reset {name}", components), "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
