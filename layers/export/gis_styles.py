"""Style files, so that the spatial files look in QGIS and other programs as on the map.

QGIS applies ``gaps.qml`` when ``gaps.geojson`` is opened; SLD 1.0 is for other programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from geo.analysis import Analysis
from layers.style.palette import BAND_COLOURS, SHARE_COLOURS
from layers.words.catalogue import Words

__all__ = ["STYLE_FILES", "style_bytes"]

# gaps.geojson is shaded by the share that is *not* covered: dark for a large share.
_BREAKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
STYLE_FILES = ("gaps.qml", "gaps.sld", "isochrones.qml", "isochrones.sld")
_VERSION = "3.22.0"
_POLYGONS = 2  # QGIS's number of this geometry type


def style_bytes(analysis: Analysis, words: Words, name: str) -> bytes:
    """One of `STYLE_FILES`.

    Parameters
    ----------
    analysis : Analysis
        Its bands make the classes of the isochrones.
    words : Words
        Of the legend.
    name : str
    """
    rules = _gap_rules(words) if name.startswith("gaps") else _band_rules(analysis, words)
    return (_qml(rules) if name.endswith(".qml") else _sld(name[:-4], rules)).encode("utf-8")


class _Rule:
    """A class: column, bounds (lower open unless it is the first), legend, colours."""

    def __init__(
        self, column: str, low: float, high: float, text: str, fill: str, line: str
    ) -> None:
        self.column, self.low, self.high = column, low, high
        self.text, self.fill, self.line = text, fill, line


def _gap_rules(words: Words) -> list[_Rule]:
    """Five classes of uncovered_share."""
    rules = []
    for number, colour in enumerate(SHARE_COLOURS):
        low, high = _BREAKS[number], _BREAKS[number + 1]
        text = words("html.class", low=words.share(low, 0), high=words.share(high, 0))
        rules.append(_Rule("uncovered_share", low, high, text, colour, "#666666"))
    return rules


def _band_rules(analysis: Analysis, words: Words) -> list[_Rule]:
    """One class a band, in minutes or metres, outlines only."""
    rules = []
    table = analysis.isochrones
    for column, unit in (("minutes", "export.minutes"), ("metres", "export.metres")):
        bands = sorted(float(value) for value in table[column].dropna().unique())
        low = 0.0
        for number, band in enumerate(bands):
            colour = BAND_COLOURS[min(number, len(BAND_COLOURS) - 1)]
            text = words("html.band", limit=words(unit, value=f"{band:g}"))
            rules.append(_Rule(column, low, band, text, "", colour))
            low = band
    return rules


def _qml(rules: Sequence[_Rule]) -> str:
    """A rule-based renderer of QGIS 3; symbols are written as 3.20 reads them and as before."""
    listed = []
    symbols = []
    for number, rule in enumerate(rules):
        bound = ">=" if rule.low == 0 else ">"
        wanted = f'"{rule.column}" {bound} {rule.low:g} AND "{rule.column}" <= {rule.high:g}'
        listed.append(
            f"<rule key={quoteattr(f'{{r{number}}}')} symbol={quoteattr(str(number))} "
            f"label={quoteattr(rule.text)} filter={quoteattr(wanted)}/>"
        )
        fill = _rgba(rule.fill) if rule.fill else "0,0,0,0"
        style = "solid" if rule.fill else "no"
        options = {
            "color": fill,
            "style": style,
            "outline_color": _rgba(rule.line),
            "outline_style": "solid",
            "outline_width": "0.2" if rule.fill else "0.5",
            "outline_width_unit": "MM",
            "joinstyle": "bevel",
        }
        older = "".join(f"<prop k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in options.items())
        inner = "".join(
            f'<Option type="QString" name={quoteattr(key)} value={quoteattr(value)}/>'
            for key, value in options.items()
        )
        symbols.append(
            f'<symbol type="fill" name={quoteattr(str(number))} alpha="1" clip_to_extent="1" '
            'force_rhr="0">'
            f'<layer class="SimpleFill" enabled="1" locked="0" pass="0"><Option type="Map">{inner}'
            f"</Option>{older}</layer></symbol>"
        )
    return (
        f'<qgis version="{_VERSION}" styleCategories="Symbology">\n'
        '<renderer-v2 type="RuleRenderer" symbollevels="0" forceraster="0" enableorderby="0">\n'
        f'<rules key="{{root}}">{"".join(listed)}</rules>\n'
        f"<symbols>{''.join(symbols)}</symbols>\n</renderer-v2>\n"
        f"<layerGeometryType>{_POLYGONS}</layerGeometryType>\n</qgis>\n"
    )


def _sld(name: str, rules: Sequence[_Rule]) -> str:
    """SLD 1.0 with one rule a class."""
    parts = []
    for rule in rules:
        low = "GreaterThanOrEqualTo" if rule.low == 0 else "GreaterThan"
        conditions = "".join(
            f"<ogc:PropertyIs{kind}><ogc:PropertyName>{rule.column}</ogc:PropertyName>"
            f"<ogc:Literal>{value:g}</ogc:Literal></ogc:PropertyIs{kind}>"
            for kind, value in ((low, rule.low), ("LessThanOrEqualTo", rule.high))
        )
        fill = f'<Fill><CssParameter name="fill">{rule.fill}</CssParameter></Fill>'
        parts.append(
            f"<Rule><Title>{escape(rule.text)}</Title><ogc:Filter><ogc:And>{conditions}</ogc:And>"
            f"</ogc:Filter><PolygonSymbolizer>{fill if rule.fill else ''}<Stroke>"
            f'<CssParameter name="stroke">{rule.line}</CssParameter>'
            f'<CssParameter name="stroke-width">{0.6 if rule.fill else 1.5}</CssParameter>'
            "</Stroke></PolygonSymbolizer></Rule>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld" '
        'xmlns:ogc="http://www.opengis.net/ogc">\n'
        f"<NamedLayer><Name>{escape(name)}</Name><UserStyle><FeatureTypeStyle>"
        f"{''.join(parts)}</FeatureTypeStyle></UserStyle></NamedLayer>\n</StyledLayerDescriptor>\n"
    )


def _rgba(colour: str) -> str:
    """#rrggbb as r,g,b,255."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"
