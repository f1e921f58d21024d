"""One symbol for each service: shapes differ as well as colours, for grey print."""

from __future__ import annotations

from typing import TypedDict

from geo.study.model import Study
from layers.style.escape import escape

__all__ = ["SHAPES", "SiteSymbol", "site_symbol", "symbol_svg"]


class SiteSymbol(TypedDict):
    """Keyword arguments of `layers.web_map.sites.site_layer`."""

    shape: str
    colour: str


# Corners around the origin (y down), of about equal area; a test compares them with those in
# map_js/field.js.
SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "triangle": ((0, -1.25), (1.2, 0.85), (-1.2, 0.85)),
    "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "wedge": ((0, 1.25), (1.2, -0.85), (-1.2, -0.85)),
    "plus": (
        (-0.42, -1.2), (0.42, -1.2), (0.42, -0.42), (1.2, -0.42), (1.2, 0.42), (0.42, 0.42),
        (0.42, 1.2), (-0.42, 1.2), (-0.42, 0.42), (-1.2, 0.42), (-1.2, -0.42), (-0.42, -0.42),
    ),
    "hexagon": (
        (1.12, 0), (0.56, 0.97), (-0.56, 0.97), (-1.12, 0), (-0.56, -0.97), (0.56, -0.97),
    ),
    "cross": (
        (-1.15, -0.6), (-0.6, -1.15), (0, -0.55), (0.6, -1.15), (1.15, -0.6), (0.55, 0),
        (1.15, 0.6), (0.6, 1.15), (0, 0.55), (-0.6, 1.15), (-1.15, 0.6), (-0.55, 0),
    ),
}  # fmt: skip
# Dark, and different from the colours of causes (orange, magenta) and shares (green to blue).
_SYMBOLS = (
    ("square", "#111111"),
    ("triangle", "#8b1a1a"),
    ("diamond", "#5b2a86"),
    ("hexagon", "#6b4400"),
    ("plus", "#004d40"),
    ("wedge", "#4a148c"),
    ("cross", "#37474f"),
)


def site_symbol(study: Study, key: str) -> SiteSymbol:
    """Shape and colour of a layer's sites: one pair for each service, in the order of the study.

    A service has the symbol of its preset, if no service before it has it. With more services than
    symbols, symbols are used again.
    """
    wanted: dict[str, str] = {}
    for layer in study.layers:
        symbol = layer.template.symbol if layer.template else ""
        wanted[layer.service_key] = wanted.get(layer.service_key) or symbol
    own = study.layer(key).service_key
    free: list[str] = []
    for service, symbol in wanted.items():
        free = free or [shape for shape, _ in _SYMBOLS]
        shape = symbol if symbol in free else free[0]
        free.remove(shape)
        if service == own:
            break
    return SiteSymbol(shape=shape, colour=dict(_SYMBOLS)[shape])


def symbol_svg(shape: str, colour: str, *, size: int = 13) -> str:
    """The symbol as inline SVG for a legend: hidden from screen readers, which read the text."""
    if shape in SHAPES:
        points = " ".join(f"{x:g},{y:g}" for x, y in SHAPES[shape])
        drawn = f'<polygon points="{points}"'
    else:
        drawn = '<circle r="1.1"'
    return (
        f'<svg class="qh-symbol" aria-hidden="true" width="{size}" height="{size}" '
        f'viewBox="-1.5 -1.5 3 3">{drawn} fill="{escape(colour)}" stroke="#fff" '
        'stroke-width=".2"/></svg>'
    )
