"""OpenStreetMap ways from osmium's line format (OPL), a block of lines at a time.

Osmium writes the lines itself, without a call into Python for a way, a tag or a node; Arrow and
numpy then work on whole columns. A line is ``w<id> T<key>=<value>,… N<node>,…`` with a node as
``n<id>x<lon>y<lat>``; separators within a value are written as ``%<code point>%``
(https://osmcode.org/opl-file-format/).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

__all__ = ["OPL_OPTIONS", "Ways", "read_lines"]

# Osmium's options for writing: without versions and authors, with node coordinates.
OPL_OPTIONS = "opl,add_metadata=none,locations_on_ways"

# A line must fit into a block; one of the 2,000 nodes that a way may have takes 80 KB.
_BLOCK_BYTES = 16 * 2**20
_ESCAPED = re.compile("%([0-9a-f]+)%")
# From "Nn1x8.7y49.4,n2x8.8y49.5" to lines of id, lon, lat.
_AS_TABLE = bytes.maketrans(b"nxy", b"\n,,")
_NO_TAG = -1


@dataclass(frozen=True)
class Ways:
    """Ways in file order.

    Attributes
    ----------
    ids, counts : int64 (n)
        Id of each way, and how many nodes it has.
    combinations : list of tuples
        Distinct values of the wanted tags, in order of their first appearance; None for no tag.
    combination_of : int64 (n)
        Position of each way's values among them.
    refs : int64 (m)
        Ids of the nodes, way after way.
    lonlat : float64 (m, 2)
        Their coordinates in degrees, NaN where the file does not contain the node.
    """

    ids: NDArray[np.int64]
    counts: NDArray[np.int64]
    combinations: list[tuple[str | None, ...]]
    combination_of: NDArray[np.int64]
    refs: NDArray[np.int64]
    lonlat: NDArray[np.float64]


def read_lines(path: Path, keys: Sequence[str], ferries: str) -> Ways:
    """Read the ways that carry the first of `keys`, and those whose `ferries` is ``ferry``.

    Parameters
    ----------
    path : Path
        A file of ways with at least one tag each, written with `OPL_OPTIONS`.
    keys : sequence of str
        The wanted tags.
    ferries : str
        One of `keys`.

    Raises
    ------
    ValueError
        A line is longer than 16 MB, or the file is not in this format.
    """
    values: dict[str, int] = {}
    combinations: dict[tuple[int, ...], int] = {}
    parts: list[tuple[NDArray[np.int64], ...]] = []
    tables: list[pa.Table] = []
    for block in _blocks(path):
        tags = _tag_values(block.column("tags"), keys, values)
        words = [number for value, number in values.items() if value.lower() == "ferry"]
        ferry = np.isin(tags[:, keys.index(ferries)], words)
        kept = np.flatnonzero((tags[:, 0] != _NO_TAG) | ferry)
        ids = pc.utf8_slice_codeunits(block.column("way").take(pa.array(kept)), 1)
        nodes = block.column("nodes").take(pa.array(kept))
        counts = np.asarray(pc.count_substring(nodes, "n"), dtype=np.int64)
        # Numbered by block, since the tags of all ways take 300 MB in a province.
        combination_of = _combinations(tags[kept], combinations, len(values))
        parts.append((np.asarray(pc.cast(ids, pa.int64())), counts, combination_of))
        tables.append(_nodes(nodes))
    none = (np.empty(0, np.int64),) * 3
    ids, counts, combination_of = (np.concatenate(of) for of in zip(none, *parts, strict=True))
    names = [*values, None]  # _NO_TAG is the last place
    table = pa.concat_tables([_NO_NODES, *tables])
    lonlat = np.column_stack([table.column("lon").to_numpy(), table.column("lat").to_numpy()])
    # Coordinates outside the range of degrees count as missing.
    lonlat[~((np.abs(lonlat[:, 0]) <= 180.0) & (np.abs(lonlat[:, 1]) <= 90.0))] = np.nan
    return Ways(
        ids=ids,
        counts=counts,
        combinations=[tuple(names[value] for value in row) for row in combinations],
        combination_of=combination_of,
        refs=table.column("id").to_numpy(),
        lonlat=lonlat,
    )


_NO_NODES = pa.table(
    {
        "id": pa.array([], pa.int64()),
        "lon": pa.array([], pa.float64()),
        "lat": pa.array([], pa.float64()),
    }
)


def _blocks(path: Path) -> Sequence[pa.RecordBatch]:
    if path.stat().st_size == 0:
        return ()
    names = ["way", "tags", "nodes"]
    reader: Sequence[pa.RecordBatch] = csv.open_csv(
        path,
        read_options=csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    return reader


def _tag_values(
    column: pa.StringArray, keys: Sequence[str], values: dict[str, int]
) -> NDArray[np.int64]:
    """The values of the wanted tags, as their numbers in `values`, which grows.

    Returns
    -------
    int64 (lines, keys)
        `_NO_TAG` where a way does not carry the tag.
    """
    lists = pc.split_pattern(pc.utf8_slice_codeunits(column, 1), ",")
    pairs = lists.flatten().dictionary_encode()
    texts = pairs.dictionary
    # Keys count whatever their case.
    names = pc.utf8_lower(pc.list_element(pc.split_pattern(texts, "=", max_splits=1), 0))
    key_of = np.asarray(pc.fill_null(pc.index_in(names, pa.array(keys)), -1), dtype=np.int64)
    wanted = np.flatnonzero(key_of >= 0)
    value_of = np.full(len(texts), _NO_TAG, dtype=np.int64)
    value_of[wanted] = [
        values.setdefault(_unescaped(text.partition("=")[2]), len(values))
        for text in texts.take(pa.array(wanted)).to_pylist()
    ]
    pair = np.asarray(pairs.indices)
    # Of two equal keys the first counts. In an assignment numpy keeps the last, hence the reversal.
    hit = np.flatnonzero(key_of[pair] >= 0)[::-1]
    found = np.full((len(column), len(keys)), _NO_TAG, dtype=np.int64)
    line = np.asarray(pc.list_parent_indices(lists))[hit]
    found[line, key_of[pair[hit]]] = value_of[pair[hit]]
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _nodes(column: pa.StringArray) -> pa.Table:
    """Id, longitude and latitude of all nodes of a column of node lists, in order."""
    text = "".join(column.to_pylist()).encode().translate(_AS_TABLE, delete=b"N,")
    if not text:
        return _NO_NODES
    return csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(column_names=_NO_NODES.column_names),
        convert_options=csv.ConvertOptions(column_types=_NO_NODES.schema),
    )


def _combinations(
    tags: NDArray[np.int64], known: dict[tuple[int, ...], int], values: int
) -> NDArray[np.int64]:
    """The number of each row of `tags` in `known`, which grows by first appearance."""
    number = np.zeros(len(tags), dtype=np.int64)
    for column in tags.T:
        number = pd.factorize(number * (values + 1) + (column - _NO_TAG))[0].astype(np.int64)
    first = np.unique(number, return_index=True)[1]
    names = [known.setdefault(tuple(row), len(known)) for row in tags[first].tolist()]
    return np.array(names, dtype=np.int64)[number]
