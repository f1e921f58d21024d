"""The study: `study.toml` as frozen, checked parameters (the input contract).

Unknown keys are errors that name the nearest known key. Paths are relative to the study's folder
and may not leave it, symbolic links included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.study.decay import DecayKey
from geo.study.indicator import SET_BY_OFFICE, Indicator
from geo.study.keys import FILE, OTHER, RULE, KeyGroup
from geo.study.languages import DEFAULT_LOCALE, Locale, Text
from geo.study.limit import Limit
from geo.study.preset_values import with_preset, with_preset_band
from geo.study.presets import Preset, presets
from geo.study.problems import unknown_preset
from geo.study.profiles import ProfileInput, ProfileName
from geo.study.section import Axis, Crs, Datum, Origin, Positive, Section, Sources, Strings, Tags
from geo.study.travel_keys import TravelKeys

__all__ = [
    "DemandInput",
    "Layer",
    "NetworkInput",
    "ProfileInput",
    "ProfileName",
    "Study",
    "StudyInfo",
    "UnitsInput",
    "share_column",
]

# The note on areas that were drawn around seats, where the study has none of its own.
_APPROXIMATE: dict[Locale, str] = {
    "zh-CN": "评价单元范围为近似范围：按最近驻地在上级边界内划分，非官方界线。",
    "en": "Unit areas are approximate: drawn around the nearest seat within the parent boundary, "
    "not official.",
}


# What the share of covered demand is called under each rule; it is one by time elsewhere.
_SHARES = {"rate": "share_by_rate", "supply": "share_by_supply", "radius": "share_by_radius"}


def share_column(rule: str) -> str:
    """The column of the share of covered demand under a rule, in units.csv and summary.json."""
    return _SHARES.get(rule, "share_by_time")


class StudyInfo(Section):
    """``[study]``: what the study is called and how it is shown."""

    name: Text
    # None instead of "": a key that is not given must not change the hash of the parameters.
    place: Text | None = None
    office: Text | None = None
    locale: Locale = DEFAULT_LOCALE
    as_of: str = ""
    map_approval_number: str = ""
    # The user's own key: it changes no result and must not appear in one.
    tianditu_key: str = Field(default="", pattern=r"^[0-9A-Za-z]*$", exclude=True, repr=False)
    sources: tuple[Text, ...] = Field(default=(), strict=False)


class UnitsInput(Section):
    """``[units]``: the administrative areas of the finest level, with columns for their parents."""

    # Every key says something of the file.
    key_group: ClassVar[KeyGroup] = FILE

    path: str = ""
    osm: Tags | None = None
    seats: str | None = None
    within: str | None = None
    layer: str | None = None
    sheet: str | None = None
    id: str = "id"
    name: str = "name"
    lon: str = "lon"
    lat: str = "lat"
    crs: Crs | None = None
    inexact_datum: bool = False
    axis: Axis = "xy"
    level: str = "unit"
    parents: tuple[str, ...] = Field(default=(), strict=False)
    datum: Datum = "wgs84"
    within_datum: Datum | None = None
    origin: Origin = ""
    within_origin: Origin = ""
    sources: Sources = ()
    approximate: Text | None = None
    # None: a key that is not given must not change the hash of the parameters.
    land: str | None = None
    land_name: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _approximate(cls, data: Any) -> Any:
        # Areas around seats are always approximate.
        if isinstance(data, dict) and "seats" in data and "approximate" not in data:
            return {**data, "approximate": _APPROXIMATE}
        return data

    @model_validator(mode="after")
    def _one_source(self) -> UnitsInput:
        if sum((bool(self.path), self.osm is not None, self.seats is not None)) != 1:
            raise ValueError("units_source")
        if (self.seats is None) != (self.within is None):
            raise ValueError("units_seats_within")
        return self


class DemandInput(Section):
    """``[demand]``: where people are."""

    # Every key says something of the file.
    key_group: ClassVar[KeyGroup] = FILE

    path: str = ""
    osm: Tags | None = None
    layer: str | None = None
    sheet: str | None = None
    id: str = "id"
    name: str = "name"
    lon: str = "lon"
    lat: str = "lat"
    crs: Crs | None = None
    inexact_datum: bool = False
    axis: Axis = "xy"
    weight: str | None = None
    weight_unit: Literal["人", "户", "个"] | None = None
    bands: dict[str, str] = Field(default_factory=dict)
    group: str | None = None
    class_: str | None = Field(default=None, alias="class")
    rank: str | None = None
    unit: str | None = None
    spread: bool = False
    datum: Datum = "wgs84"
    origin: Origin = ""
    sources: Sources = ()

    @model_validator(mode="after")
    def _one_source(self) -> DemandInput:
        if bool(self.path) == (self.osm is not None):
            raise ValueError("demand_source")
        return self

    @property
    def unit_word(self) -> str:
        """The weight's unit: as given, else 人 with a weight column or a raster and 个 without."""
        # The cells of a raster hold people; here only its file name is known.
        weighed = self.weight or self.path.lower().endswith((".tif", ".tiff"))
        return self.weight_unit or ("人" if weighed else "个")


class NetworkInput(Section):
    """``[network]``: the roads."""

    path: Annotated[str, FILE]
    layer: Annotated[str | None, FILE] = None
    max_access_m: Annotated[Positive, OTHER] = Field(default=500.0, strict=False)
    horizon_minutes: Annotated[Positive, OTHER] = Field(default=120.0, strict=False)
    overrides: Annotated[str | None, FILE] = None
    # For sensitivity only; they stay when the road file is replaced.
    alternative: Annotated[str | None, OTHER] = None
    alternative_datum: Annotated[Datum | None, OTHER] = None
    inexact_datum: Annotated[bool, FILE] = False
    join_within_m: Annotated[Positive | None, FILE] = Field(default=None, strict=False)
    datum: Annotated[Datum, FILE] = "wgs84"
    note: Annotated[Text | None, FILE] = None
    # Of maps only; it stays when the road file is replaced.
    water: Annotated[str | None, OTHER] = None
    water_datum: Annotated[Datum | None, OTHER] = None
    origin: Annotated[Origin, FILE] = ""
    sources: Annotated[Sources, FILE] = ()


class Layer(TravelKeys):
    """``[[layers]]``: the sites of one service with one rule."""

    key: Annotated[str, OTHER] = Field(pattern=r"^[A-Za-z0-9_-]+$")
    service: Annotated[str, RULE] = ""
    title: Annotated[Text, RULE] = ""
    path: Annotated[str | None, FILE] = None
    osm: Annotated[Tags | None, FILE] = None
    # It also gives the rule, so that it stays when a file takes the place of its tags.
    preset: Annotated[str | None, OTHER] = None
    sites: Annotated[Literal["none"] | None, FILE] = None
    layer: Annotated[str | None, FILE] = None
    sheet: Annotated[str | None, FILE] = None
    id: Annotated[str, FILE] = "id"
    name: Annotated[str, FILE] = "name"
    lon: Annotated[str, FILE] = "lon"
    lat: Annotated[str, FILE] = "lat"
    crs: Annotated[Crs | None, FILE] = None
    inexact_datum: Annotated[bool, FILE] = False
    axis: Annotated[Axis, FILE] = "xy"
    rule: Annotated[str, FILE] = "reach"
    serves: Annotated[str, FILE] = "serves"
    profile: Annotated[str, RULE] = "walk"
    minutes: Annotated[Positive | None, RULE] = Field(default=None, strict=False)
    metres: Annotated[Positive | None, RULE] = Field(default=None, strict=False)
    bands: Annotated[tuple[Positive, ...], RULE] = Field(default=(), strict=False)
    direction: Annotated[Literal["to", "from"], RULE] = "to"
    demand: Annotated[str | None, RULE] = None
    only: Annotated[dict[str, Strings], RULE] = Field(default_factory=dict)
    capacity: Annotated[str | None, FILE] = None
    # None: as "none". A key that is not given must not change the hash of the parameters.
    decay: Annotated[DecayKey | None, RULE] = None
    # Columns of the demand: an amount that is needed in place of the weight, and what is there.
    need: Annotated[str | None, RULE] = None
    own: Annotated[str | None, RULE] = None
    need_per_weight: Annotated[Positive | None, RULE] = Field(default=None, strict=False)
    # Of the objects of a rate: when one is met, and the column of their amounts.
    condition: Annotated[str | None, FILE] = None
    land: Annotated[str | None, RULE] = None
    weight: Annotated[str | None, FILE] = None
    unit: Annotated[str | None, FILE] = None
    datum: Annotated[Datum, FILE] = "wgs84"
    buffer_m: Annotated[Positive, OTHER] = Field(default=50.0, strict=False)
    # It is shown, and changes no result; summary.json has it with the layer's figures.
    indicator: Annotated[Indicator | None, RULE] = Field(default=None, exclude=True)
    proxy: Annotated[Text | None, FILE] = None
    origin: Annotated[Origin, FILE] = ""
    sources: Annotated[Sources, FILE] = ()

    _profile_title: Text | None = PrivateAttr(default=None)

    @property
    def profile_title(self) -> Text | None:
        """What a profile of the study's own is called; None for the built-in ones."""
        return self._profile_title

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, data: Any) -> Any:
        return with_preset(data, cls.model_fields.keys())

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, name: str | None) -> str | None:
        if name is not None and name not in presets():
            raise unknown_preset(name, list(presets()))
        return name

    @model_validator(mode="after")
    def _one_source_one_limit(self) -> Layer:
        sources = [value is not None for value in (self.path, self.osm, self.sites)]
        if sum(sources) != 1 and (any(sources) or self.preset is None):
            raise ValueError("layer_source")
        if not any(sources) and not self.tags:
            raise ValueError("preset_no_tags")
        limits = (self.minutes, self.metres)
        if not self.of_objects and sum(value is not None for value in limits) != 1:
            raise ValueError("layer_limit")
        needs = (self.need, self.need_per_weight)
        if self.capacity is None and (*needs, self.own) != (None, None, None):
            raise ValueError("need_without_capacity")
        if None not in needs:
            raise ValueError("need_twice")
        return self

    @property
    def tags(self) -> Mapping[str, Sequence[str]] | None:
        """The OSM tags of the sites, as given or by the preset; None without either."""
        if self.path is not None or self.sites is not None or self.preset is None:
            return self.osm
        return self.osm or presets()[self.preset].tags

    @property
    def template(self) -> Preset | None:
        """The preset that the layer names."""
        return None if self.preset is None else presets()[self.preset]

    @property
    def waiting(self) -> bool:
        """Whether the layer waits for the list of sites that its preset expects."""
        return self.sites == "none" and self.preset is not None

    @property
    def of_objects(self) -> bool:
        """Whether the layer counts objects of its own instead of the study's demand."""
        return self.rule == "rate"

    @property
    def travels(self) -> bool:
        """Whether travel on the network decides what is covered."""
        return self.rule not in ("rate", "radius")

    @property
    def tried(self) -> bool:
        """Whether travel alone decides, so that limits and sites can be tried on the layer."""
        return self.travels and self.rule != "supply"

    @property
    def counts_places(self) -> bool:
        """Whether capacities count something else than the weight: what is needed."""
        return self.need is not None or self.need_per_weight is not None

    @property
    def share(self) -> str:
        """The column of the layer's share of covered demand, in units.csv and summary.json."""
        return share_column(self.rule)

    @property
    def limit(self) -> Limit:
        """The limit, in minutes or in metres; 0 metres for a layer that has none."""
        if self.minutes is not None:
            return Limit(self.minutes, "minutes")
        return Limit(self.metres or 0.0, "metres")

    @property
    def amounts(self) -> tuple[str, ...]:
        """The columns of the demand that hold amounts: what is needed, and what is there."""
        return tuple(name for name in (self.need, self.own) if name is not None)

    def with_limit(self, value: float) -> Layer:
        """The layer under another limit in its own unit; bands beyond the limit go."""
        bands = tuple(band for band in self.bands if band <= value)
        update: dict[str, Any] = {self.limit.unit: float(value), "bands": bands}
        if self.indicator is not None and value != self.limit.value:
            update["indicator"] = SET_BY_OFFICE
        return self.model_copy(update=update)

    @property
    def service_key(self) -> str:
        """Layers with the same service are shown together; a layer alone is its own service."""
        return self.service or self.key


def _sources_of(section: Any) -> list[Any]:
    """The sources of a section before it is checked; what is no text is left to the check."""
    found = section.get("sources") if isinstance(section, dict) else None
    if not isinstance(found, list | tuple):
        return []
    return [item for item in found if isinstance(item, str | dict)]


class Study(Section):
    """A whole study: the parameters of study.toml, and the folder that holds its files.

    Examples
    --------
    >>> import geo
    >>> study = geo.load_study("mystudy")
    >>> study.layer("station").minutes
    15.0
    >>> study.files
    ('estates.csv', 'parking.csv', 'roads.geojson', 'stations.csv', 'units.geojson')
    """

    study: StudyInfo
    units: UnitsInput
    demand: DemandInput
    network: NetworkInput
    profiles: dict[str, ProfileInput] = Field(default_factory=dict)
    layers: tuple[Layer, ...] = Field(min_length=1, strict=False)
    folder: Path = Field(exclude=True)
    # The ids of the units that may be seen (`geo.base.access.guard`); None for all of them.
    within: frozenset[str] | None = Field(None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _all_sources(cls, data: Any) -> Any:
        """Add the sources of the inputs to those of the study, each once."""
        if not isinstance(data, dict) or not isinstance(info := data.get("study"), dict):
            return data
        layers = data.get("layers")
        named = [data.get(name) for name in ("network", "demand", "units")]
        named += layers if isinstance(layers, list) else []
        listed = info.get("sources", [])
        given = [source for section in named for source in _sources_of(section)]
        if not given or not isinstance(listed, list | tuple):
            return data
        found = [*listed, *given]
        unique = [source for at, source in enumerate(found) if source not in found[:at]]
        return {**data, "study": {**info, "sources": unique}}

    @model_validator(mode="before")
    @classmethod
    def _preset_bands(cls, data: Any) -> Any:
        """Give the layers of presets the band that counts, where the demand has it."""
        layers = data.get("layers") if isinstance(data, dict) else None
        if not isinstance(layers, list):
            return data
        demand = data.get("demand")
        bands = demand.get("bands") if isinstance(demand, dict) else None
        known = bands if isinstance(bands, dict) else {}
        return {**data, "layers": [with_preset_band(layer, known) for layer in layers]}

    @model_validator(mode="after")
    def _titles_of_profiles(self) -> Study:
        """Tell each layer what its profile is called, where it is one of the study's own."""
        for layer in self.layers:
            own = self.profiles.get(layer.profile)
            if own is not None and own.base is not None:
                layer._profile_title = own.title or layer.profile
        return self

    @property
    def origins(self) -> dict[str, str]:
        """The office's names of files, by their paths in the study; two files never share one."""
        named = [(self.units_file, self.units.origin), (self.demand_file, self.demand.origin)]
        named += [(self.units.within or "", self.units.within_origin)]
        named += [(self.network.path, self.network.origin)]
        named += [(layer.path or "", layer.origin) for layer in self.layers]
        found = {path: one_line(origin) for path, origin in named if path and origin.strip()}
        names = [found.get(path, path) for path in self.files]
        return {
            path: name if names.count(name) == 1 else f"{name} ({path})"
            for path, name in found.items()
        }

    def shown_file(self, path: str) -> str:
        """The name that the office knows a file of the study by."""
        return self.origins.get(path, path)

    @property
    def demand_file(self) -> str:
        """The file that the demand comes from, as study.toml names it."""
        return self.demand.path or self.network.path

    @property
    def units_file(self) -> str:
        """The file that the units come from: the areas, the seats or the network's own."""
        return self.units.path or self.units.seats or self.network.path

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that study.toml names, each once."""
        named = [self.units_file, self.units.within, self.demand_file, self.network.path]
        named += [
            self.network.overrides,
            self.network.alternative,
            self.network.water,
            self.units.land,
            *(layer.land for layer in self.layers),
            *(layer.path for layer in self.layers),
        ]
        return tuple(sorted({path for path in named if path}))

    def land_of(self, layer: Layer) -> tuple[str, str] | None:
        """The file of a layer's land and the key that names it; that of the units for a radius."""
        if layer.land is not None:
            number = [other.key for other in self.layers].index(layer.key) + 1
            return layer.land, f"layers[{number}].land"
        if layer.rule == "radius" and self.units.land is not None:
            return self.units.land, "units.land"
        return None

    def layer_file(self, layer: Layer) -> str:
        """The file that a layer's sites come from."""
        return layer.path or self.network.path

    def file(self, relative: str, field: str = "path") -> Path:
        """The full path of a file of the study.

        Raises
        ------
        StudyError
            The file is missing (``file_missing``) or outside the folder (``path_outside``).
        """
        root = self.folder.resolve()
        value = one_line(relative)
        try:
            path = (root / relative).resolve()
            exists = path.is_file()
        except (OSError, RuntimeError, ValueError) as error:
            # A name too long, links in a circle, a NUL.
            raise StudyError("file_missing", file="study.toml", field=field, value=value) from error
        if not path.is_relative_to(root):
            raise StudyError("path_outside", file="study.toml", field=field, value=value)
        if not exists:
            raise StudyError("file_missing", file="study.toml", field=field, value=value)
        return path

    def layer(self, key: str) -> Layer:
        """The layer with this key.

        Raises
        ------
        StudyError
            There is none (``layer_unknown``, with the known keys).
        """
        for layer in self.layers:
            if layer.key == key:
                return layer
        known = ", ".join(layer.key for layer in self.layers)
        raise StudyError("layer_unknown", value=key, known=known)

    def parameters(self) -> dict[str, Any]:
        """All parameters, defaults written out, as plain JSON types (for summary.json)."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
