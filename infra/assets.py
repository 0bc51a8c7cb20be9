"""Where the files lie that are deployed: prebuilt in the package, in the checkout as what they are built of."""

from pathlib import Path

_HERE = Path(__file__).parent
BUILT = _HERE / "assets"
DEPENDENCIES, SHARED, FUNCTION, PAGES = "dependencies-{}.zip", "shared.zip", "functions/{}.zip", "pages.zip"
"""What the package brings."""
LAYERS, FUNCTIONS, DIST = (_HERE.parent / name for name in ("layers", "functions", "web/dist"))
"""What a checkout has."""


def built(name: str) -> str | None:
    """Return the path of a file that the package brings; None in a checkout, where the CDK has it built."""
    path = BUILT / name
    return str(path) if path.exists() else None
