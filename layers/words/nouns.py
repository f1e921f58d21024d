"""Names of what is counted, and of the levels of units."""

from __future__ import annotations

from geo.readers.table.header_text import parent_level
from geo.study.model import Layer, Study
from layers.words.catalogue import Words

__all__ = ["WEIGHTS", "counted_noun", "counted_study", "level_name", "named_profile", "people"]

# The weight's unit as the catalogues call it.
WEIGHTS = {"人": "people", "户": "households", "个": "estates"}
# The same for layers that count objects of their own: by number, or by a column of amounts.
WEIGHTS |= {"对象": "objects", "加权": "weighted"}


def level_name(level: str, words: Words) -> str:
    """A level of units in words: by its name, else by the header of its column, else itself."""
    known = words.get(f"export.level.{level}", default="")
    if not known and (by_header := parent_level(level)):
        known = words(f"export.level.{by_header}")
    return known or level


def people(study: Study, words: Words, layer: Layer | None = None) -> str:
    """What is counted (人口, households), with the layer's age band if it has one."""
    noun = counted_noun("noun", study, words, layer)
    if layer is None or layer.demand is None:
        return noun
    return words("export.noun_band", noun=noun, band=layer.demand)


def counted_study(study: Study, layer: Layer) -> Study:
    """The study with the unit in which a layer counts: its own objects, else unchanged."""
    if not layer.of_objects:
        return study
    unit = "加权" if layer.weight else "对象"
    demand = study.demand.model_copy(update={"weight_unit": unit})
    return study.model_copy(update={"demand": demand})


def counted_noun(kind: str, study: Study, words: Words, layer: Layer | None) -> str:
    """The word for what a layer counts, by the kind of phrase: noun, reached."""
    if layer is not None and layer.of_objects and layer.weight:
        return words("export.noun_weighted", column=layer.weight)
    counted = study if layer is None else counted_study(study, layer)
    return words(f"export.{kind}.{WEIGHTS[counted.demand.unit_word]}")


def named_profile(name: str, study: Study, words: Words) -> str:
    """A profile of a study in words: 步行, walk; one of its own by its title."""
    own = study.profiles.get(name)
    if own is not None and own.base is not None:
        return words.text(own.title or name)
    return words(f"export.profile.{name}")
