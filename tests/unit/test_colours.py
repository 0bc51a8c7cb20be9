"""Shades of a brand's colour: whatever it is, people can read what is in it, on it and beside it."""

import pytest

from password_reset.channels.colours import SURFACES, contrast, palette

BRANDS = ("#1f5fd0", "#ffffff", "#000000", "#ffd500", "#00ff00", "#777777", "#e4002b", "#171c23", "#7a00ff")
AROUND = {"light": "#f3f5f8", "dark": "#0f1318"}
"""`--page` of the style sheet."""


def tint(colour: str, surface: str, share: float) -> str:
    """As `color-mix(in srgb, …)` does it."""
    parts = ((int(colour[i : i + 2], 16), int(surface[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


def test_text_in_on_and_around_any_colour_can_be_read() -> None:
    for brand in BRANDS:
        shades = palette(brand)
        assert contrast(brand, shades["on-brand"]) >= 4.5, brand
        for scheme, surface in SURFACES.items():
            accent = shades[f"accent-on-{scheme}"]
            assert contrast(accent, surface) >= 4.5, brand
            assert contrast(accent, AROUND[scheme]) >= 4.5, brand
            assert contrast(accent, tint(accent, surface, 0.08)) >= 4.5, brand  # a button under the pointer
            assert contrast(accent, tint(accent, surface, 0.12)) >= 3, brand  # a badge's icon
            assert contrast(shades[f"edge-on-{scheme}"], surface) >= 3, brand


def test_contrast_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_colour_that_can_be_read_is_left_as_it_is() -> None:
    assert palette("#1f5fd0") == {
        "brand": "#1f5fd0",
        "on-brand": "#ffffff",
        "accent-on-light": "#1f5fd0",
        "accent-on-dark": "#628fde",
        "edge-on-light": "#1f5fd0",
        "edge-on-dark": "#628fde",
    }
