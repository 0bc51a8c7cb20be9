"""The pages' icons in the brand's colour: a padlock, as SVG, and drawn for those who ask for pixels."""

import math
import struct
import zlib
from functools import cache

_BOX = 32
"""Units to a side; the padlock's measures are in them."""
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="{brand}"/>'
    '<path d="M11 15v-3a5 5 0 0 1 10 0v3" fill="none" stroke="{ink}" stroke-width="2.5"/>'
    '<rect x="8.5" y="14.5" width="15" height="10.5" rx="2.5" fill="{ink}"/></svg>'
)


def icon_files(brand: str) -> dict[str, bytes]:
    """Return the icons that browsers look for, by name; `brand` is `#rrggbb`."""
    return {
        "icon.svg": _SVG.format(brand=brand, ink=_ink(brand)).encode(),
        "favicon.ico": _ico(_png(brand, 32, corner=8)),
        "apple-touch-icon.png": _png(brand, 180, corner=0),  # iOS rounds the corners itself
    }


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _ink(brand: str) -> str:
    """Return what can be read on it: white, from a contrast of 4.5 (WCAG 1.4.3), or black."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in _channels(brand))]  # noqa: PLR2004 - sRGB's
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= 4.5 else "#000000"  # noqa: PLR2004 - WCAG's number


@cache
def _png(brand: str, size: int, *, corner: float) -> bytes:
    """Draw the padlock: each pixel by its distance from the shapes, which smooths their edges."""
    ground, ink = _channels(brand), _channels(_ink(brand))
    scale = size / _BOX
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # unfiltered
        for column in range(size):
            x, y = (column + 0.5) / scale, (row + 0.5) / scale
            lock = _coverage(min(_slab(x, y, 16, 19.75, 7.5, 5.25, 2.5), _shackle(x, y)), scale)
            rows.extend(round(a + (b - a) * lock) for a, b in zip(ground, ink, strict=True))
            rows.append(round(255 * _coverage(_slab(x, y, 16, 16, 16, 16, corner), scale)) if corner else 255)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _coverage(distance: float, scale: float) -> float:
    return min(1.0, max(0.0, 0.5 - distance * scale))


def _slab(x: float, y: float, middle_x: float, middle_y: float, half_x: float, half_y: float, corner: float) -> float:  # noqa: PLR0913, PLR0917 - a shape's measures
    """Return the distance from a rectangle with round corners; below 0 is inside."""
    over_x, over_y = abs(x - middle_x) - half_x + corner, abs(y - middle_y) - half_y + corner
    return math.hypot(max(over_x, 0), max(over_y, 0)) + min(max(over_x, over_y), 0) - corner


def _shackle(x: float, y: float) -> float:
    """Return the distance from half a ring on two legs."""
    above = abs(math.hypot(x - 16, y - 12) - 5)
    legs = math.hypot(abs(abs(x - 16) - 5), max(0.0, y - 15))
    return (above if y < 12 else legs) - 1.25  # noqa: PLR2004 - where the legs begin


def _ico(png: bytes) -> bytes:
    """Wrap a picture of 32 pixels; a PNG in an ICO is read since Windows Vista."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 32, 32, 0, 0, 1, 32, len(png), 22) + png
