"""Which units of a study lie inside a unit that a grant names."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.inputs.areas import build_areas, parent_chain, parent_ids
from geo.study.load import read_study

__all__ = ["units_inside"]

# The chains of units of so many studies are kept.
_MOST = 50
_LOCK = Lock()
_Chains = dict[str, tuple[str, ...]]
_kept: OrderedDict[tuple[object, ...], _Chains] = OrderedDict()


def units_inside(folder: Path, unit: str) -> frozenset[str]:
    """The ids of a unit and of all units inside it, of every level.

    Parameters
    ----------
    folder : Path
        The study's folder.
    unit : str
        The id of a unit (units.csv): of a finest unit, or of a parent, the chain of names.

    Returns
    -------
    frozenset of str
        Empty where the study has no such unit, or its units cannot be read. An id that units of
        two levels have is that of the finest one.
    """
    chains = _chains(folder)
    if unit in chains:
        return frozenset((unit,))
    inside = {finest: chain for finest, chain in chains.items() if unit in chain}
    # Only the parents below the unit: those above it hold other units too.
    below = {item for chain in inside.values() for item in chain[chain.index(unit) :]}
    return frozenset(inside) | below


def _chains(folder: Path) -> _Chains:
    """The parents of each finest unit, the topmost first."""
    # Imported here: the readers take long to load, and a laptop does not need them for this.
    from geo.readers.inputs.units import read_units

    try:
        study = read_study(folder)
        files = [folder / name for name in ("study.toml", *study.files)]
        stamps = tuple((str(path), path.stat().st_mtime_ns) for path in files if path.is_file())
        key = (str(folder.resolve()), stamps)
        with _LOCK:
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
        frame = build_areas(read_units(study, QualityLog()), study.units).frame
    except StudyError:
        return {}
    ids = [str(item) for item in frame["unit_id"]]
    if study.units.parents:
        above = [parent_chain(item) for item in parent_ids(frame, study.units.parents, 0)]
    else:
        above = [[] for _ in ids]
    found = {finest: tuple(map(str, chain)) for finest, chain in zip(ids, above, strict=True)}
    with _LOCK:
        _kept[key] = found
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found
