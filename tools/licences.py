"""Which licences come with what is deployed: judged by an allow-list, and written out as third-party notices.

`python -m tools.licences` fails on a licence that is not allowed and on notices that are out of date; with `--write` it
writes them.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from license_expression import ExpressionError, get_spdx_licensing

from tools.components import ROOT, Component, layer, pages

ALLOWED = frozenset(
    {
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Unicode-3.0",
        "Unicode-DFS-2016",
        "Unlicense",
        "Zlib",
    }
)
"""Permissive licences: they ask for their notice, and nothing of whoever deploys this."""
NOTICES: dict[Path, tuple[str, Callable[[], list[Component]]]] = {
    ROOT / "layers" / "dependencies" / "THIRD-PARTY-NOTICES.txt": ("The dependencies layer", layer),
    ROOT / "web" / "public" / "third-party-notices.txt": ("The hosted pages", pages),
}
"""Where the notices of what are. Both files are deployed with what they are about."""
_SPDX = get_spdx_licensing()
_RULE = "-" * 78


def allowed(expression: str) -> bool:
    """Tell whether an SPDX expression can be met with allowed licences alone; not if it is none."""
    try:
        parsed = _SPDX.parse(expression, validate=True, strict=True)
    except ExpressionError:
        return False
    return parsed is not None and _met(parsed)


def _met(node: object) -> bool:
    """Tell it of a part of the expression: one of several, all of several, or a licence."""
    if isinstance(node, _SPDX.OR):
        return any(map(_met, node.args))
    if isinstance(node, _SPDX.AND):
        return all(map(_met, node.args))
    return str(node) in ALLOWED


def refused(components: Iterable[Component]) -> Iterator[str]:
    """Yield a line for each component, or part of one, that may not be deployed as it is."""
    for component in components:
        named = f"{component.name} {component.version}"
        if not allowed(component.licence):
            yield f"{named}: {component.licence or 'no licence'} is not on the allow-list."
        if not component.texts:
            yield f"{named}: it comes without the text of its licence."
        for part in component.parts:
            if not allowed(part.licence):
                inside = f"{part.name} {part.version} in it"
                yield f"{named}: {inside}: {part.licence or 'no licence'} is not on the allow-list."


def notices(title: str, components: Iterable[Component]) -> str:
    """Return the notices of all components, each with the whole text of its licence."""
    return "\n".join([f"{title} contains the following third-party software.\n", *map(_notice, components)])


def _notice(component: Component) -> str:
    compiled = [f"  {part.name} {part.version} ({part.licence})" for part in component.parts]
    return "\n".join(
        [
            _RULE,
            f"{component.name} {component.version}",
            f"License: {component.licence}",
            *(["It was built with:", *compiled] if compiled else []),
            _RULE,
            "",
            *(f"{text}\n" for text in component.texts),
        ]
    )


def main() -> None:
    """Write the notices, or compare them; end with an error if anything is wrong."""
    faults: list[str] = []
    count = 0
    for path, (title, components) in NOTICES.items():
        found = components()
        faults += refused(found)
        count += len(found)
        text = notices(title, found)
        if "--write" in sys.argv[1:]:
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            faults.append(f"{path.relative_to(ROOT)} is out of date: run make notices.")
    if faults:
        sys.exit("\n".join(faults))
    print(f"{count} packages are deployed, and every licence is on the allow-list.")


if __name__ == "__main__":
    main()
