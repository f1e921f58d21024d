"""Roads of a study, with the networks and positions of all profiles."""

from __future__ import annotations

import hashlib
import threading
from copy import copy
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.cache import Arrays, stored
from geo.base.checksums import digest
from geo.base.files import file_sha256
from geo.base.quality_log import InputCount, QualityLog, QualityRow
from geo.coordinates.plane import Plane, plane_of
from geo.network.build import build_network
from geo.network.join_ends import join_ends
from geo.network.near_misses import report_near_misses
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import Profile, profile_of
from geo.network.snapping import Snapper
from geo.readers.roads.overrides import read_overrides
from geo.readers.roads.read import read_roads
from geo.roads.roads import Roads
from geo.study.model import ProfileInput, Study

__all__ = ["RoadSource"]

# Increase a version when the meaning or the shape of the cached arrays changes.
_ROADS_VERSION = 4
_NETWORK_VERSION = 6
_POSITIONS_VERSION = 2


class RoadSource:
    """Provides the roads of a study and their networks, from the cache if possible."""

    def __init__(self, study: Study, quality: QualityLog, *, cache: Path | None) -> None:
        self._study = study
        self._cache = cache
        self._key = digest(
            "roads",
            _ROADS_VERSION,
            file_sha256(study.file(study.network.path, "network.path")),
            study.network.path,
            study.network.datum,
            study.network.layer,
            study.network.join_within_m,
            study.network.inexact_datum,
        )
        arrays, notes = stored(cache, self._key, self._read)
        plane = {name: arrays.pop(name) for name in ("plane.xy", "plane.centre")}
        self.roads = Roads(**arrays)
        lon, lat = plane["plane.centre"].tolist()
        self.plane = Plane(plane["plane.xy"], (lon, lat))
        quality.rows.extend(QualityRow(**row) for row in notes["quality"])
        quality.inputs.extend(InputCount(**count) for count in notes["inputs"])
        self._networks: dict[tuple[str, str], Network] = {}
        self._snappers: dict[str, Snapper] = {}
        self._lock = threading.Lock()
        self._overrides: pd.DataFrame | None = None
        self._overrides_key = ""
        self._speed_factor = 1.0
        self._edges_changed = False
        if study.network.overrides is not None:
            path = study.file(study.network.overrides, "network.overrides")
            self._overrides = read_overrides(study, self.roads, quality)
            self._overrides_key = file_sha256(path)

    def _read(self) -> tuple[Arrays, dict[str, Any]]:
        log = QualityLog()
        network = self._study.network
        roads = read_roads(self._study, log)
        if network.join_within_m is not None:
            roads, joined = join_ends(roads, within_m=network.join_within_m)
            log.add("info", "road_ends_joined", file=network.path, action="repaired", value=joined)
        report_near_misses(roads, log, file=network.path)
        arrays: Arrays = {f.name: getattr(roads, f.name) for f in fields(Roads)}
        plane = plane_of(roads)
        arrays |= {"plane.xy": plane.xy, "plane.centre": np.array(plane.centre)}
        notes = {
            "quality": [asdict(row) for row in log.rows],
            "inputs": [asdict(count) for count in log.inputs],
        }
        return arrays, notes

    @property
    def key(self) -> str:
        """Hash of the road file and of the parameters for reading it."""
        return self._key

    @property
    def overrides(self) -> pd.DataFrame | None:
        """The overrides of edges, in the format that `read_overrides` returns; None without any."""
        return self._overrides

    @property
    def edges_changed(self) -> bool:
        """Whether `varied` has changed edges, so that they are no longer those of the files."""
        return self._edges_changed

    def varied(
        self,
        *,
        profiles: dict[str, ProfileInput] | None = None,
        overrides: pd.DataFrame | None = None,
        roads: Roads | None = None,
        speed_factor: float | None = None,
        cached: bool = True,
    ) -> RoadSource:
        """Return the same roads with other speeds of profiles or with other overrides, or others.

        Roads and plane are shared unless `roads` are given, so only the networks of the variant
        need time and memory.

        Parameters
        ----------
        profiles : dict, optional
            Replaces the ``[profiles]`` of study.toml.
        overrides : pd.DataFrame, optional
            Replaces the overrides of the study; in the format that `read_overrides` returns.
        roads : Roads, optional
            Replaces the roads; overrides of the study then need `overrides`, too.
        speed_factor : float, optional
            Multiplies every speed (`Profile.with_speed_factor`). Positions on the networks stay
            valid.
        cached : bool
            Whether networks are kept between runs. False for networks that are used once.
        """
        found = copy(self)
        found._edges_changed |= overrides is not None or roads is not None
        if speed_factor is not None:
            found._speed_factor = self._speed_factor * speed_factor
        if not cached:
            found._cache = None
        found._networks, found._snappers, found._lock = {}, {}, threading.Lock()
        if profiles is not None:
            found._study = self._study.model_copy(update={"profiles": profiles})
        if overrides is not None:
            found._overrides = overrides
            # Floats in their shortest exact form: two overrides must not share a cached network.
            found._overrides_key = digest(overrides.to_csv(index=False))
        if roads is not None:
            found.roads, found.plane = roads, plane_of(roads)
            arrays = (getattr(roads, f.name) for f in fields(Roads))
            sums = [hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest() for a in arrays]
            found._key = digest("roads", "varied", self._key, sums)
        return found

    def network(self, profile_name: str, direction: str) -> Network:
        """Return the network of one profile for a search in one direction."""
        # Networks are kept, because each read of the cache creates a new memory map.
        if (profile_name, direction) not in self._networks:
            found = self._network(profile_name, direction)
            self._networks[profile_name, direction] = found
        return self._networks[profile_name, direction]

    def _profile(self, name: str) -> Profile:
        profile = profile_of(name, self._study.profiles)
        if self._speed_factor == 1.0:
            return profile
        return profile.with_speed_factor(self._speed_factor)

    def _network_key(self, profile_name: str, direction: str) -> str:
        profile = self._profile(profile_name)
        varied: tuple[str, ...] = () if self._speed_factor == 1.0 else (repr(self._speed_factor),)
        varied += tuple(f"avoid {name}" for name in profile.avoid)
        return digest(
            "network",
            _NETWORK_VERSION,
            self._key,
            self._overrides_key,
            profile_name,
            direction,
            profile.mode,
            str(profile.kmh),
            dict(profile.class_kmh),
            *varied,
        )

    def snapper(self, profile_name: str, direction: str) -> Snapper:
        """Return the snapping grid of one profile. Its edges are the same in both directions."""
        with self._lock:
            found = self._snappers.get(profile_name)
            if found is None:
                found = Snapper(self.roads, self.network(profile_name, direction).road)
                self._snappers[profile_name] = found
        return found

    def drop_grids(self) -> None:
        """Release the snapping grids, which use as much memory as the roads.

        They are built again when they are needed.
        """
        with self._lock:
            self._snappers.clear()

    def positions(
        self,
        profile_name: str,
        direction: str,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        *,
        max_access_m: float,
    ) -> Positions:
        """Return the positions of a file's points (degrees, WGS-84), from the cache if possible."""
        places = hashlib.sha256(np.column_stack([lon, lat]).astype("<f8").tobytes()).hexdigest()
        road_key = self._network_key(profile_name, "")
        key = digest("positions", _POSITIONS_VERSION, road_key, places, max_access_m)

        def build() -> tuple[Arrays, dict[str, Any]]:
            snapper = self.snapper(profile_name, direction)
            found = snapper.snap(lon, lat, max_access_m=max_access_m)
            return {f.name: getattr(found, f.name) for f in fields(Positions)}, {}

        arrays, _ = stored(self._cache if len(lon) else None, key, build)
        return Positions(**arrays)

    def _network(self, profile_name: str, direction: str) -> Network:
        profile = self._profile(profile_name)
        key = self._network_key(profile_name, direction)

        def build() -> tuple[Arrays, dict[str, Any]]:
            network = build_network(
                self.roads,
                profile,
                direction=direction,
                overrides=self._overrides,
                file=self._study.network.path,
            )
            return dict(network.arrays()), {}

        arrays, _ = stored(self._cache, key, build)
        return Network.from_arrays(dict(arrays), profile.off_road_kmh)
