"""The source of a layer's limit in words, and whether its pass line is reached."""

from __future__ import annotations

from geo.study.indicator import Indicator
from geo.study.languages import Text
from geo.study.model import Layer
from geo.study.presets import Preset
from layers.words.catalogue import Words

__all__ = ["indicator_text", "limit_line", "pass_text", "preset_text", "required_file"]


def indicator_text(layer: Layer, words: Words, *, with_pass: bool = True) -> str:
    """Where the layer's limit is from; empty where the study does not say.

    `with_pass` adds the pass line, where there is one.
    """
    if layer.indicator is None:
        return ""
    preset = layer.template
    own = preset is None or layer.indicator != preset.indicator
    shown = layer.indicator
    if not with_pass:
        shown = shown.model_copy(update={"pass_line": None})
    return _text(shown, "" if own or preset is None else preset.denominator, words)


def limit_line(layer: Layer, words: Words) -> str:
    """The source of the layer's limit as a sentence; empty where the study does not say."""
    text = indicator_text(layer, words)
    return words("indicator.line", text=text) if text else ""


def preset_text(preset: Preset, words: Words) -> str:
    """Where the limit of a preset is from."""
    return _text(preset.indicator or Indicator(), preset.denominator, words)


def _text(indicator: Indicator, denominator: Text, words: Words) -> str:
    comma = words("indicator.comma")
    named = (indicator.authority, indicator.document, indicator.clause)
    parts = [text for text in map(words.text, named) if text]
    if indicator.version:
        parts.append(words("indicator.version", version=indicator.version))
    source = comma.join(parts)
    kind = indicator.verified if parts else "office" if indicator.verified == "office" else "none"
    key = "office_about" if kind == "office" and parts else kind
    lines = [words(f"indicator.{key}", source=source)]
    if of := words.text(denominator):
        lines.append(words("indicator.denominator", of=of))
    if indicator.pass_line is not None:
        lines.append(words("indicator.pass", share=words.share(indicator.pass_line)))
    return words("indicator.join").join(lines)


def pass_text(share: float | None, layer: Layer, words: Words) -> str:
    """Whether a share reaches the layer's pass line; empty without a line or a share."""
    line = None if layer.indicator is None else layer.indicator.pass_line
    if line is None or share is None or share != share:
        return ""
    return words("indicator.holds" if share >= line else "indicator.holds_not")


def required_file(preset: Preset, words: Words) -> str:
    """The name of the file that a preset expects: its template, filled in."""
    key = "preset.file_objects" if preset.rule == "rate" else "preset.file"
    return words(key, title=words.text(preset.title))
