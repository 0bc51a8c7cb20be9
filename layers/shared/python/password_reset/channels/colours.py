"""Shades of a brand's colours that people can read (WCAG 2.2, 1.4.3 and 1.4.11), on pages and in mails."""

from collections.abc import Mapping
from dataclasses import dataclass

TEXT = 4.5
"""What text's contrast is at least."""
SHAPE = 3
"""What a control's edge has at least with what is beside it."""


@dataclass(frozen=True)
class Colours:
    """The colours of one scheme: behind a card, of the card, of texts on both, between them and around fields."""

    page: str
    surface: str
    text: str
    muted: str
    line: str = ""
    outline: str = ""


PAGE_COLOURS = {
    "light": Colours("#f3f5f8", "#ffffff", "#18202c", "#525d6c", "#dfe4ea", "#77828f"),
    "dark": Colours("#0f1318", "#171c23", "#e9edf2", "#a8b2be", "#2b333d", "#76818f"),
}
"""Of the pages, where there is no brand; their style sheet has the same."""
MAIL_COLOURS = {
    "light": Colours("#f3f4f6", "#ffffff", "#16181d", "#5b6270"),
    "dark": Colours("#16181d", "#22252c", "#e8eaed", "#a9afb9"),
}
"""Of mails, where there is no brand."""
SURFACES = {scheme: colours.surface for scheme, colours in PAGE_COLOURS.items()}
EDGE = "#7b818c"
"""What sets a button off from a card of its own colour, light or dark."""
_SPARE = 0.6
"""For the tint behind some texts."""
_STEPS = 20


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours given as `#rrggbb`: from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_color_on(background: str) -> str:
    """Return the more legible of black and white on a colour."""
    return max("#ffffff", "#000000", key=lambda text: contrast(text, background))


def readable(colour: str, surface: str) -> str:
    """Return the colour, mixed with black or white no more than it takes to be read on the surface."""
    towards = text_color_on(surface)
    for step in range(_STEPS):
        mixed = _mix(colour, towards, step / _STEPS)
        if contrast(mixed, surface) >= TEXT + _SPARE:
            return mixed
    return towards


def edge_on(surface: str, fill: str, edge: str = EDGE) -> str:
    """Return the colour of the edge of what is filled with a colour: its own, where that shows on the surface."""
    return fill if contrast(surface, fill) >= SHAPE else edge


def palette(brand: str, surfaces: Mapping[str, str] = SURFACES) -> dict[str, str]:
    """Return the custom properties of the pages' style sheet that a brand's colour decides on, on its surfaces.

    An edge is that of what the colour fills: white on white, or black on black, would have no shape.
    """
    accents = {scheme: readable(brand, surface) for scheme, surface in surfaces.items()}
    return {
        "brand": brand,
        "on-brand": text_color_on(brand),
        **{f"accent-on-{scheme}": accent for scheme, accent in accents.items()},
        **{f"edge-on-{scheme}": edge_on(surfaces[scheme], brand, accent) for scheme, accent in accents.items()},
    }


def _mix(one: str, other: str, share: float) -> str:
    parts = (a + (b - a) * share for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{round(part):02x}" for part in parts)


def _luminance(colour: str) -> float:
    channels = [channel / 255 for channel in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # noqa: PLR2004 - sRGB
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
