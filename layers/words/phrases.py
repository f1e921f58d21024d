"""Names, definitions (口径) and notices that files, maps and the terminal share.

Every share is shown with its definition: `presence_basis` or `time_basis`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.analysis import Analysis
from geo.network.profiles import profile_of
from geo.readers.osm.attribution import holds_osm
from geo.rules import rule_of
from geo.rules.layer_demand import CAUSES
from geo.study.limit import Limit
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.nouns import WEIGHTS, counted_noun, counted_study, level_name, people
from layers.words.programmes.indicator import required_file
from layers.words.travel_terms import travel_terms

__all__ = [
    "CAUSE_ORDER",
    "as_of_text",
    "cause_name",
    "counted_study",
    "counted_units",
    "figures",
    "group_name",
    "known_causes",
    "layer_causes",
    "layer_notes",
    "layer_title",
    "level_name",
    "limit_text",
    "limit_words",
    "map_notice",
    "note_line",
    "notices",
    "office_name",
    "osm_attribution",
    "people",
    "people_reached",
    "place_name",
    "presence_basis",
    "presence_text",
    "profile_by",
    "profile_name",
    "rule_key",
    "rule_phrase",
    "sentence",
    "service_title",
    "share_by_time_name",
    "sources",
    "speed_text",
    "time_basis",
    "uncovered_of",
    "unit_word",
    "weight_header",
]

# The order of causes in legends, charts and tables: the reverse of that in which they apply.
CAUSE_ORDER = tuple(reversed(CAUSES))


def sentence(text: str) -> str:
    """With a capital first letter, for a header or a cell; Chinese is unchanged."""
    return text[:1].upper() + text[1:]


def layer_title(layer: Layer, words: Words) -> str:
    """The layer's title in this language, else that of its preset, else its key."""
    title = words.text(layer.title)
    if not title and layer.template is not None:
        title = words.text(layer.template.title)
    return title or layer.key


def profile_name(layer: Layer, words: Words) -> str:
    """The profile in words: 步行, walk; one of the study's own by its title; what stands for it
    under a rule without travel.
    """
    if layer.travels and layer.profile_title is not None:
        return words.text(layer.profile_title)
    return words(rule_key(layer, "profile", words, plain=f"export.profile.{layer.profile}"))


def profile_by(layer: Layer, words: Words) -> str:
    """The profile as the start of a rule: 步行, on foot; one of the study's own by its title."""
    if layer.profile_title is not None:
        return words.text(layer.profile_title)
    return words.get(f"lead.by.{layer.profile}", default="")


def cause_name(cause: str, words: Words, about: Layer | Study | None = None) -> str:
    """A cause in words; an unknown or empty one as it is.

    Parameters
    ----------
    cause : str
    words : Words
    about : Layer or Study, optional
        What is beyond the limit is called by the limits of this layer, or of all layers of this
        study: a time, a distance, or (by default) either.
    """
    layers = about.layers if isinstance(about, Study) else [about] if about else []
    kinds = {layer.limit.unit for layer in layers}
    if len(kinds) == 1:
        own = f"export.cause.{cause}.{kinds.pop()}"
        if own in words:
            return words(own)
    return words.get(f"export.cause.{cause}", default=cause)


def known_causes(analysis: Analysis) -> list[str]:
    """The causes that the rules of these layers can give, in the order of legends.

    They are the keys of ``by_cause`` in the summary of each layer, whether or not they occur.
    """
    layers = analysis.summary["layers"].values()
    return [cause for cause in CAUSE_ORDER if any(cause in entry["by_cause"] for entry in layers)]


def counted_units(level: str, words: Words) -> str:
    """What a share by presence counts: 乡镇（街道）, units (township or street), or just units."""
    if level == "unit":
        return words("export.units")
    return words("export.units_of", level=level_name(level, words))


def limit_words(limit: Limit, words: Words) -> str:
    """A limit or band in words: 15分钟, 300 m."""
    return words(f"export.{limit.unit}", value=f"{limit.value:g}")


def limit_text(layer: Layer, words: Words) -> str:
    """The layer's limit: 15分钟, 300 m; of a rate, that there is a condition."""
    if layer.of_objects:
        return words("rule.rate.limit")
    key, value = f"layers.{layer.key}.{layer.limit.unit}", layer.limit.value
    return words(f"export.{layer.limit.unit}", value=figure(key, value, words))


def rule_phrase(layer: Layer, words: Words) -> str:
    """The rule by which the layer is measured: 步行 15分钟; walk, 15 min."""
    return words(
        rule_key(layer, "phrase", words, plain="export.rule"),
        profile=profile_name(layer, words),
        limit=limit_text(layer, words),
        condition=layer.condition or "",
    )


def share_by_time_name(layer: Layer, words: Words) -> str:
    """What the share of covered demand is called: 15分钟可达率（步行）, or as the rule calls it."""
    return words(
        rule_key(layer, "share", words, plain="export.share_by_time"),
        limit=limit_text(layer, words),
        profile=profile_name(layer, words),
    )


def people_reached(study: Study, words: Words, layer: Layer | None = None) -> str:
    """Who reaches a site, as the noun of a share: 住户, households; with the age band."""
    noun = counted_noun("reached", study, words, layer)
    if layer is None or layer.demand is None:
        return noun
    return words("export.noun_band", noun=noun, band=layer.demand)


def group_name(band: str, kind: str, study: Study, words: Words) -> str:
    """A group of the demand: the band (empty: everybody) and the class (empty: all)."""
    who = band or words("compare.everybody", unit=unit_word(study, words))
    name = words.get(f"class.{kind}", default=kind)
    return words("compare.group", band=who, kind=name) if kind else who


def weight_header(kind: str, study: Study, words: Words) -> str:
    """A column's header with the weight's unit; `kind` is total, uncovered, weight and the like."""
    return words(f"export.header.{kind}.{WEIGHTS[study.demand.unit_word]}")


def unit_word(study: Study, words: Words, layer: Layer | None = None) -> str:
    """The unit of what is counted in words: 人, 户, 个; people, households, estates, objects."""
    counted = study if layer is None else counted_study(study, layer)
    return words(f"export.unit.{WEIGHTS[counted.demand.unit_word]}")


def speed_text(study: Study, layer: Layer, words: Words, *, brief: bool = False) -> str:
    """The layer's speed: one figure, or for driving the speeds by road class (unless brief)."""
    if not layer.travels:
        return "—"
    profile = profile_of(layer.profile, study.profiles)
    if profile.mode != "drive":
        return words("export.kmh", value=f"{profile.kmh:g}")
    if brief:
        return words("export.kmh_by_class")
    speeds = ", ".join(f"{name} {kmh:g}" for name, kmh in profile.class_kmh.items())
    return words("export.kmh_drive", speeds=speeds)


def figures(analysis: Analysis, key: str) -> Mapping[str, Any]:
    """The layer's entry in the summary."""
    found: Mapping[str, Any] = analysis.summary["layers"][key]
    return found


def uncovered_of(entry: Mapping[str, Any]) -> float:
    """Uncovered demand of a layer's entry in the summary, without the error of the subtraction."""
    return round(float(entry["demand_total"]) - float(entry["demand_covered"]), 6)


def presence_basis(analysis: Analysis, key: str, words: Words) -> str:
    """What the share by presence counts."""
    entry = figures(analysis, key)
    layer = analysis.study.layer(key)
    counts = (entry["units_with_site"], entry["units_total"])
    return presence_text(analysis.study, layer, *counts, words)


def presence_text(study: Study, layer: Layer, present: int, total: int, words: Words) -> str:
    """How many units count for the share by presence, in the words of the layer's rule."""
    own = f"layers.{layer.key}"
    return words(
        rule_key(layer, "presence_basis", words, plain="export.presence_basis"),
        units=counted_units(study.units.level, words),
        with_site=figure(f"{own}.units_with_site", present, words),
        total=figure(f"{own}.units_total", total, words),
    )


def rule_key(layer: Layer, name: str, words: Words, *, plain: str) -> str:
    """The key of a phrase: that of the layer's rule where it has one, else `plain`."""
    own = f"{rule_of(layer.rule).phrases}.{name}"
    return own if own in words else plain


def layer_causes(analysis: Analysis, key: str) -> list[str]:
    """The causes that the rule of one layer can give, in the order of legends."""
    return [cause for cause in CAUSE_ORDER if cause in figures(analysis, key)["by_cause"]]


def time_basis(analysis: Analysis, key: str, words: Words) -> str:
    """What the share of covered demand counts, with limit, profile, speed and direction."""
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    limit = f"export.time_basis.{layer.limit.unit}"
    capacity, of = entry.get("capacity", {}), f"layers.{key}"
    text = words(
        rule_key(layer, "share_basis", words, plain=limit),
        limit=limit_text(layer, words),
        profile=profile_name(layer, words),
        speed=speed_text(study, layer, words, brief=True),
        people=people(study, words, layer),
        unit=unit_word(study, words, layer),
        covered=figure(f"{of}.demand_covered", entry["demand_covered"], words),
        total=figure(f"{of}.demand_total", entry["demand_total"], words),
        condition=layer.condition or "",
        unknown=figure(f"{of}.unknown", entry.get("unknown", 0.0), words),
        served=figure(f"{of}.capacity.served", capacity.get("served", 0.0), words),
        needed=figure(f"{of}.capacity.amount", capacity.get("amount", 0.0), words),
        direction=words(f"export.direction.{layer.direction}"),
    )
    own = words.get(f"{rule_of(layer.rule).phrases}.time_basis", default="")
    land = _land_sentence(study, key, entry, words)
    for further in filter(None, (own, travel_terms(layer, study, words), land)):
        text = words("export.sentences", first=text, second=further)
    return text


def _land_sentence(study: Study, key: str, entry: Mapping[str, Any], words: Words) -> str:
    """The share by land; empty where the layer has none."""
    found = entry.get("land")
    if found is None:
        return ""
    of = f"layers.{key}.land"
    return words(
        "programmes.land",
        land=words.text(study.units.land_name or "") or words("programmes.land_name"),
        share=figure(f"{of}.share_by_land", found["share_by_land"], words),
        reached=figure(f"{of}.reached_km2", found["reached_km2"], words),
        total=figure(f"{of}.land_km2", found["land_km2"], words),
    )


def place_name(study: Study, words: Words) -> str:
    """The place that the study is about, as sentences name it; the study's name without one."""
    return words.text(study.study.place or study.study.name)


def office_name(study: Study, words: Words) -> str:
    """The office that makes the study; empty if the study does not say."""
    return words.text(study.study.office or "")


def as_of_text(study: Study, words: Words) -> str:
    """The date of the data as the language writes it; as the study has it if it is no date."""
    try:
        return words.day(date.fromisoformat(study.study.as_of))
    except ValueError:
        return study.study.as_of


def note_line(about: str, text: str, words: Words) -> str:
    """A note with its subject, which is left out where the text begins with it."""
    if text.lower().startswith(about.lower()):
        return text
    return words("export.note_item", about=about, text=text)


def map_notice(study: Study, words: Words) -> str:
    """What every map with boundaries says about its approval."""
    number = study.study.map_approval_number.strip()
    if number:
        return words("export.map_approved", number=number)
    return words("export.map_not_approved")


def osm_attribution(study: Study, words: Words) -> list[str]:
    """What a map of the study says of OpenStreetMap; empty where none of its data is from there."""
    return [words("export.osm")] if holds_osm(study) else []


def sources(study: Study, words: Words) -> list[str]:
    """The study's sources; OpenStreetMap's attribution first where its data lacks one."""
    own = [words.text(source) for source in study.study.sources]
    named = any("openstreetmap" in source.lower() for source in own)
    return own if named else [*osm_attribution(study, words), *own]


def notices(study: Study, words: Words) -> list[tuple[str, str]]:
    """Notices for all layers, as (subject, text)."""
    found = [(words("export.about.map"), map_notice(study, words))]
    if study.units.approximate:
        found.append((words("export.about.units"), words.text(study.units.approximate)))
    if study.network.note:
        found.append((words("export.about.network"), words.text(study.network.note)))
    return found


def layer_notes(analysis: Analysis, key: str, words: Words) -> list[tuple[str, str]]:
    """Notes on one layer, as (subject, text): proxies first, then warnings."""
    layer = analysis.study.layer(key)
    found = []
    if layer.proxy:
        found.append((words("export.about.proxy"), words.text(layer.proxy)))
    about = words("export.about.warning")
    for warning in figures(analysis, key).get("warnings", []):
        if warning == "sites_missing" and layer.template is not None:
            file = required_file(layer.template, words)
            found.append((about, words("warning.sites_missing_file", file=file)))
        else:
            found.append((about, _warning_text(warning, words)))
    return found


def _warning_text(warning: object, words: Words) -> str:
    """A warning is a code, or a code with parameters; an unknown code is shown itself."""
    if isinstance(warning, Mapping):
        params = {str(name): value for name, value in warning.items() if name != "code"}
        code = str(warning.get("code", ""))
        return words.get(f"warning.{code}", default=code, **params)
    return words.get(f"warning.{warning}", default=str(warning))


_SEPARATORS = " ·,，、:：-–—(（"


def service_title(study: Study, service: str, words: Words) -> str:
    """The common beginning of the titles of a service's layers, else the first title.

    A profile at the end of a title (老年食堂·步行) is left out, since profile and limit are always
    shown beside it.
    """
    layers = [layer for layer in study.layers if layer.service_key == service]
    titles = [layer_title(layer, words) for layer in layers]
    common = titles[0]
    if len(titles) == 1:
        return _without_profile(common, layers[0], words)
    for title in titles[1:]:
        while not title.startswith(common):
            common = common[:-1]
    common = common.rstrip(_SEPARATORS)
    return common if len(common) > 1 else titles[0]


def _without_profile(title: str, layer: Layer, words: Words) -> str:
    way = profile_by(layer, words)
    rule = words("lead.rule", profile=way, limit=limit_text(layer, words))
    for end in (rule, way):
        start = title.removesuffix(end) if end else title
        if start != title and start.rstrip(_SEPARATORS) != start.rstrip():
            return start.rstrip(_SEPARATORS) or title
    return title
