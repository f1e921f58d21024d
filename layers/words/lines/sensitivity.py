"""The range of a share in words: for the terminal, the page and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.phrases import layer_title, share_by_time_name

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.sensitivity.result import LayerSensitivity, Sensitivity, ShareRange

__all__ = [
    "factor_name",
    "headline",
    "main_sentence",
    "range_aside",
    "range_rows",
    "range_sentence",
    "range_text",
    "reference_sentence",
    "scope_sentence",
    "sensitivity_lines",
    "tornado_text",
    "variant_rows",
]


def headline(found: ShareRange, words: Words) -> str:
    """The share with its range: 18.2%（15.3–21.4%）."""
    return words.share(found.share) + range_aside(found, words)


def range_aside(found: ShareRange, words: Words) -> str:
    """The range to stand behind the share: （15.3–21.4%）; "" without a share."""
    if found.share != found.share:
        return ""
    return words("sensitivity.aside", range=range_text(found.low, found.high, words))


def range_text(low: float, high: float, words: Words) -> str:
    """Two shares as a range; one share where both read the same."""
    texts = words.share(low), words.share(high)
    if texts[0] == texts[1]:
        return texts[0]
    return words("sensitivity.range", low=texts[0].removesuffix("%"), high=texts[1])


def factor_name(factor: str, words: Words) -> str:
    """What a factor changes."""
    return words(f"sensitivity.factor.{factor}")


def range_sentence(found: LayerSensitivity, layer: Layer, words: Words) -> str:
    """The share of a layer with its range, as a sentence of the report."""
    return words(
        "sensitivity.sentence",
        layer=layer_title(layer, words),
        name=share_by_time_name(layer, words),
        headline=headline(found.range, words),
    )


def main_sentence(found: LayerSensitivity, words: Words) -> str:
    """Which factor moves the share most, and from where to where."""
    main = found.range.main_factor
    if not main:
        return words("sensitivity.unmoved")
    low, high = next(bar[1:] for bar in found.bars() if bar[0] == main)
    return words(
        "sensitivity.main",
        factor=factor_name(main, words),
        range=range_text(low, high, words),
    )


def reference_sentence(found: LayerSensitivity, words: Words) -> str:
    """The shares that other assumptions of common tools would give; "" where there is none."""
    listed = [
        words(f"sensitivity.reference.{factor}", share=words.share(share))
        for factor, share in found.references()
    ]
    if not listed:
        return ""
    return words("sensitivity.references", listed=words("export.comma").join(listed))


def scope_sentence(words: Words) -> str:
    """What the range does not contain."""
    return words("sensitivity.scope")


def range_rows(found: Sensitivity, study: Study, words: Words) -> list[list[str]]:
    """Headers, then a row a layer: its share, the range, and the factor that moves it most."""
    rows = [[words(f"sensitivity.column.{name}") for name in ("layer", "share", "range", "main")]]
    for key, layer in found.layers.items():
        main = layer.range.main_factor
        rows.append(
            [
                layer_title(study.layer(key), words),
                words.share(layer.range.share),
                range_text(layer.range.low, layer.range.high, words),
                factor_name(main, words) if main else "—",
            ]
        )
    return rows


def variant_rows(found: LayerSensitivity, words: Words) -> list[list[str]]:
    """Headers, then a row a factor: its lowest and highest share; references come last."""
    rows = [[words(f"sensitivity.column.{name}") for name in ("factor", "low", "high", "in_range")]]
    for factor, low, high in found.bars():
        cells = [factor_name(factor, words), words.share(low), words.share(high)]
        rows.append([*cells, words("sensitivity.inside")])
    for factor, share in found.references():
        text = words.share(share)
        rows.append([factor_name(factor, words), text, text, words("sensitivity.outside")])
    return rows


def tornado_text(found: LayerSensitivity, words: Words) -> str:
    """A tornado chart in words, for those who cannot see it."""
    listed = [
        words(
            "export.note_item",
            about=factor_name(factor, words),
            text=range_text(low, high, words),
        )
        for factor, low, high in found.bars()
    ]
    return words(
        "sensitivity.chart_text",
        headline=headline(found.range, words),
        bars=words("export.semicolon").join(listed),
    ) + reference_sentence(found, words)


def sensitivity_lines(found: Sensitivity, words: Words) -> list[str]:
    """What the ranges hold and do not hold, and what was left out."""
    lines = [words("sensitivity.method", draws=found.draws), scope_sentence(words)]
    if "roads" in found.omitted:
        lines.append(words("sensitivity.roads_omitted"))
    return lines
