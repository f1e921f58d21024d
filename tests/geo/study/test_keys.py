"""Every key of the model is in a group, from which the workspace derives what it removes."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel

from geo.study.keys import FILE, OTHER, RULE, keys_of
from geo.study.model import DemandInput, Layer, NetworkInput, UnitsInput


@pytest.mark.parametrize("section", [DemandInput, UnitsInput, NetworkInput, Layer])
def test_every_key_is_in_one_group(section: type[BaseModel]) -> None:
    found = [key for group in (FILE, RULE, OTHER) for key in keys_of(section, group)]
    names = [field.alias or name for name, field in section.model_fields.items()]
    assert sorted(found) == sorted(names)


def test_a_key_in_no_group_is_an_error() -> None:
    class Layer(BaseModel):
        path: Annotated[str, FILE]
        new: str = ""

    with pytest.raises(TypeError, match=r"Layer\.new"):
        keys_of(Layer, FILE)


def test_the_groups() -> None:
    own = ("max_access_m", "horizon_minutes", "water", "water_datum")
    own += ("alternative", "alternative_datum")
    assert set(keys_of(NetworkInput, OTHER)) == set(own)
    assert keys_of(Layer, OTHER) == ("key", "preset", "buffer_m")
    assert {"path", "sites", "lon", "capacity", "proxy"} <= set(keys_of(Layer, FILE))
    rule = {"title", "service", "profile", "minutes", "metres", "bands", "direction"}
    assert rule | {"demand", "only"} <= set(keys_of(Layer, RULE))
    assert "class" in keys_of(DemandInput, FILE) and not keys_of(UnitsInput, RULE)
