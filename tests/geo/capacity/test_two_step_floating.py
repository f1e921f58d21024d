"""2SFCA and crowding against plain Python and published values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from access.fca import two_stage_fca
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.capacity.two_step_floating import crowding, decay_weights, supply_within_reach
from tests.worlds.assignment_oracle import plain_2sfca, plain_crowding


def pairs_of(people: list[tuple[float, float]], providers: list[tuple[float, float]]):
    """Every pair, with its straight-line distance."""
    site, point = np.divmod(np.arange(len(people) * len(providers)), len(people))
    metres = [math.dist(providers[s], people[p]) for s, p in zip(site, point, strict=True)]
    return site, point, np.array(metres)


def test_published_e2sfca() -> None:
    # A catchment of 2 has a Gaussian of scale 1 and holds all pairs.
    site, point, distance = pairs_of([(0, 0), (1, 0), (2, 0)], [(0, 0), (2, 0)])
    weight = decay_weights(distance, 2.0, "gaussian")
    found = supply_within_reach(site, point, weight, np.full(3, 100.0), np.full(2, 10.0))
    assert found.round(6).tolist() == [0.065179, 0.069641, 0.065179]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 30), min_size=4, max_size=4), min_size=3, max_size=3),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
    st.lists(st.integers(0, 9), min_size=3, max_size=3),
    st.sampled_from(["none", "gaussian", ((5.0, 1.0), (10.0, 0.68), (15.0, 0.22))]),
)
def test_plain_python(minutes, people, seats, decay) -> None:
    site, point = np.divmod(np.arange(12), 4)
    distance = np.array([minutes[s][p] for s, p in zip(site, point, strict=True)])
    plain = {}
    for s in range(3):
        for p in range(4):
            t = minutes[s][p]
            if t > 15.0:
                continue
            if decay == "none":
                plain[f"s{s}", f"p{p}"] = 1.0
            elif decay == "gaussian":
                plain[f"s{s}", f"p{p}"] = math.exp(-(t**2) / (2 * 7.5**2))
            else:
                plain[f"s{s}", f"p{p}"] = next(w for end, w in decay if t <= end)
    weight = decay_weights(distance, 15.0, decay)
    amount, capacity = np.array(people, float), np.array(seats, float)
    names = {f"p{i}": x for i, x in enumerate(people)}, {f"s{i}": x for i, x in enumerate(seats)}
    found = supply_within_reach(site, point, weight, amount, capacity)
    assert found == pytest.approx(list(plain_2sfca(plain, *names).values()))
    crowd = crowding(site, point, weight, amount, capacity)
    expected = plain_crowding(plain, *names)
    assert {f"s{i}" for i in np.flatnonzero(~np.isnan(crowd))} == set(expected)
    assert crowd[~np.isnan(crowd)] == pytest.approx(list(expected.values()))


@pytest.mark.parametrize("decay", ["none", "gaussian"])
def test_pysal_on_symmetric_times(decay: str) -> None:
    """PySAL takes the times in one direction for the other, so it is right on symmetric ones only.

    Its catchments are those of places that have both people and seats.
    """
    draw = np.random.default_rng(7)
    for _ in range(20):
        places = draw.uniform(0, 30, (12, 2))
        site, point, minutes = pairs_of(places.tolist(), places.tolist())
        people, seats = draw.integers(1, 500, 12), draw.integers(0, 40, 12)
        names = np.arange(12)
        theirs = two_stage_fca(
            pd.DataFrame({"demand": people}, index=pd.Index(names, name="geoid")),
            pd.DataFrame({"supply": seats}, index=pd.Index(names, name="geoid")),
            pd.DataFrame({"origin": point, "dest": site, "cost": minutes}),
            max_cost=15.0,
            weight_fn=None if decay == "none" else lambda cost: np.exp(-(cost**2) / (2 * 7.5**2)),
        )
        ours = supply_within_reach(
            site,
            point,
            decay_weights(minutes, 15.0, decay),
            people.astype(float),
            seats.astype(float),
        )
        assert ours == pytest.approx(theirs.reindex(names).to_numpy(), rel=1e-12)


def test_all_capacity_is_shared_out() -> None:
    # Σ demand × supply within reach is the capacity that anybody reaches.
    site, point = np.array([0, 0, 1]), np.array([0, 1, 1])
    people, seats = np.array([10.0, 30.0]), np.array([4.0, 6.0])
    found = supply_within_reach(site, point, np.array([1.0, 0.5, 0.2]), people, seats)
    assert (found * people).sum() == pytest.approx(10.0)


def test_steps_end_at_the_last_zone() -> None:
    weight = decay_weights(np.array([0.0, 5.0, 5.001, 12.0]), 15.0, ((5, 1.0), (10, 0.5)))
    assert weight.tolist() == [1.0, 1.0, 0.5, 0.0]
