"""QML and SLD beside the spatial files, held to the structure that QGIS and OGC SLD 1.0 document.

QGIS itself cannot be installed by pip. What is compared: elements, attributes and keys of a
rule-based renderer as QGIS 3.4 to 3.44 write them, the order of elements in SLD 1.0.0's schema, and
what each class catches, evaluated on numbers.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest

from geo.analysis import Analysis
from layers.export.gis_styles import STYLE_FILES, style_bytes
from layers.words.catalogue import LOCALES, words_for

ZH = words_for("zh-CN")
SLD, OGC = "{http://www.opengis.net/sld}", "{http://www.opengis.net/ogc}"
# Keys that QGIS' own simple fill reads (QgsSimpleFillSymbolLayer).
FILL_KEYS = {
    "color", "style", "outline_color", "outline_style", "outline_width", "outline_width_unit",
    "joinstyle",
}  # fmt: skip
_BOUNDS = re.compile(r'^"(\w+)" (>=?) ([\d.]+) AND "\1" <= ([\d.]+)$')
_RGBA = re.compile(r"^(\d{1,3},){3}\d{1,3}$")
Bounds = tuple[str, bool, float, float]


def _qml(analysis: Analysis, name: str) -> ET.Element:
    return ET.fromstring(style_bytes(analysis, ZH, f"{name}.qml"))


def _qml_classes(root: ET.Element) -> list[Bounds]:
    found = []
    for rule in root.findall("renderer-v2/rules/rule"):
        bounds = _BOUNDS.match(rule.attrib["filter"])
        assert bounds is not None, rule.attrib["filter"]
        found.append((bounds[1], bounds[2] == ">=", float(bounds[3]), float(bounds[4])))
    return found


def _sld_classes(root: ET.Element) -> list[Bounds]:
    found = []
    for rule in root.iter(f"{SLD}Rule"):
        low, high = rule.findall(f"{OGC}Filter/{OGC}And/*")
        column = low.findtext(f"{OGC}PropertyName")
        assert column and column == high.findtext(f"{OGC}PropertyName")
        assert high.tag == f"{OGC}PropertyIsLessThanOrEqualTo"
        including = low.tag == f"{OGC}PropertyIsGreaterThanOrEqualTo"
        assert including or low.tag == f"{OGC}PropertyIsGreaterThan"
        values = (low.findtext(f"{OGC}Literal"), high.findtext(f"{OGC}Literal"))
        found.append((column, including, float(values[0] or "x"), float(values[1] or "x")))
    return found


@pytest.mark.parametrize("name", ["gaps", "isochrones"])
def test_qml_has_the_structure_of_a_rule_based_renderer(analysis: Analysis, name: str) -> None:
    root = _qml(analysis, name)
    assert root.tag == "qgis" and re.match(r"3\.\d+", root.attrib["version"])
    assert root.attrib["styleCategories"] == "Symbology"
    assert root.findtext("layerGeometryType") == "2"
    (renderer,) = root.findall("renderer-v2")
    assert renderer.attrib["type"] == "RuleRenderer"
    assert [child.tag for child in renderer] == ["rules", "symbols"]
    rules = renderer.findall("rules/rule")
    symbols = {symbol.attrib["name"]: symbol for symbol in renderer.findall("symbols/symbol")}
    keys = [rule.attrib["key"] for rule in rules]
    assert len(set(keys)) == len(keys) >= 3
    assert [rule.attrib["symbol"] for rule in rules] == list(symbols)
    assert all(rule.attrib["label"] for rule in rules)
    for symbol in symbols.values():
        assert symbol.attrib["type"] == "fill" and symbol.attrib["alpha"] == "1"
        (layer,) = symbol.findall("layer")
        assert layer.attrib["class"] == "SimpleFill" and layer.attrib["enabled"] == "1"
        (options,) = layer.findall("Option")
        assert options.attrib == {"type": "Map"}
        newer = {option.attrib["name"]: option.attrib["value"] for option in options}
        older = {prop.attrib["k"]: prop.attrib["v"] for prop in layer.findall("prop")}
        assert newer == older and set(newer) == FILL_KEYS
        assert _RGBA.match(newer["color"]) and _RGBA.match(newer["outline_color"])
        assert newer["style"] in ("solid", "no") and float(newer["outline_width"]) > 0


@pytest.mark.parametrize("name", ["gaps", "isochrones"])
def test_sld_follows_the_order_of_its_schema(analysis: Analysis, name: str) -> None:
    root = ET.fromstring(style_bytes(analysis, ZH, f"{name}.sld"))
    assert root.tag == f"{SLD}StyledLayerDescriptor" and root.attrib["version"] == "1.0.0"
    (layer,) = root
    assert [child.tag for child in layer] == [f"{SLD}Name", f"{SLD}UserStyle"]
    for rule in root.iter(f"{SLD}Rule"):
        tags = [child.tag.replace(SLD, "") for child in rule]
        assert tags == ["Title", f"{OGC}Filter", "PolygonSymbolizer"]
        shown = [child.tag.replace(SLD, "") for child in rule[-1]]
        assert shown in (["Fill", "Stroke"], ["Stroke"])
        for parameter in rule.iter(f"{SLD}CssParameter"):
            wanted = (
                r"#[0-9a-fA-F]{6}" if parameter.attrib["name"] in ("fill", "stroke") else r"[\d.]+"
            )
            assert re.fullmatch(wanted, parameter.text or "")


@pytest.mark.parametrize("read", ["qml", "sld"])
def test_every_value_falls_into_exactly_one_class(analysis: Analysis, read: str) -> None:
    for name in ("gaps", "isochrones"):
        root = ET.fromstring(style_bytes(analysis, ZH, f"{name}.{read}"))
        classes = _qml_classes(root) if read == "qml" else _sld_classes(root)
        for column in {one[0] for one in classes}:
            known = [one for one in classes if one[0] == column]
            assert known[0][1] and not any(one[1] for one in known[1:])
            assert all(first[3] == second[2] for first, second in pairwise(known))
            for value in {0.0, *(one[3] for one in known), *(one[2] + 0.01 for one in known)}:
                hits = [
                    1 for _, including, low, high in known
                    if (value >= low if including else value > low) and value <= high
                ]  # fmt: skip
                assert len(hits) == 1, (column, value)


def test_the_classes_name_columns_that_the_files_have(analysis: Analysis, out: Path) -> None:
    gaps = gpd.read_file(out / "gaps.geojson")
    assert {one[0] for one in _qml_classes(_qml(analysis, "gaps"))} <= set(gaps.columns)
    assert gaps["uncovered_share"].between(0, 1).all()
    bands = gpd.read_file(out / "isochrones.gpkg")
    classes = _qml_classes(_qml(analysis, "isochrones"))
    assert {one[0] for one in classes} <= set(bands.columns)
    for column in ("minutes", "metres"):
        ends = {one[3] for one in classes if one[0] == column}
        assert set(bands[column].dropna()) == ends


@pytest.mark.parametrize("locale", LOCALES)
def test_labels_speak_the_language(analysis: Analysis, locale: str) -> None:
    text = "".join(style_bytes(analysis, words_for(locale), name).decode() for name in STYLE_FILES)
    assert ("分钟" in text) == (locale == "zh-CN")
