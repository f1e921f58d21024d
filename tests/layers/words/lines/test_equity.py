"""Equity in words: which groups are shown, and that their texts are those of the tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study
from layers.words.catalogue import LOCALES, words_for
from layers.words.lines.equity import (
    MOST_CLASSES,
    equity_figures,
    equity_groups,
    equity_sentence,
    group_cells,
    group_curves,
    measures,
)
from tests.geo.equity.test_by_band import write_ranked
from tests.worlds.made_analysis import made_analysis


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return run(load_study(write_ranked(tmp_path_factory.mktemp("hand"))))


def test_bands_beside_all_and_the_classes_of_those_who_count(analysis: Analysis) -> None:
    words = words_for("zh-CN")
    groups = equity_groups(analysis, "walk", words)
    assert [group.name for group in groups] == ["全部（人）", "60+", "乡村", "城镇"]
    assert [group.own for group in groups] == [True, False, False, False]
    # A layer that counts a band shows the classes of the band.
    groups = equity_groups(analysis, "old_rural", words)
    assert [group.name for group in groups] == ["全部（人）", "60+", "60+，乡村"]
    assert [group.own for group in groups] == [False, True, False]
    curves = group_curves(analysis, "old_rural", groups, most=2)
    assert [name for name, _ in curves] == ["全部（人）", "60+"]


def test_of_many_classes_the_largest_are_shown(analysis: Analysis) -> None:
    ids = [f"d{number:02}" for number in range(20)]
    row = analysis.demand[analysis.demand["layer"] == "walk"].iloc[[0]]
    weight = np.arange(20.0)
    columns = {"demand_id": ids, "class": ids, "weight": weight}
    demand = row.loc[row.index.repeat(20)].assign(**columns)
    points = analysis.points.iloc[[0] * 20].assign(weight=weight, **{"band:60+": 0.0})
    points.index = ids
    many = replace(analysis, demand=demand, points=points, equity=None)
    names = [group.name for group in equity_groups(many, "walk", words_for("en"))]
    # d00 weighs nothing, and nobody is 60 or older.
    assert names == ["Everybody (people)", *ids[-MOST_CLASSES:]]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_figure_says_how_many_are_filled(analysis: Analysis, locale: str) -> None:
    words, study = words_for(locale), analysis.study
    own = equity_groups(analysis, "walk", words)[0]
    found = equity_figures(own, study.layer("walk"), study, words)
    assert len(found) == 5
    for figure in found:
        assert "13" in figure.basis and "120" in figure.basis, figure
    entry = analysis.summary["layers"]["walk"]["equity"]
    values = {figure.label: figure.value for figure in found}
    assert values[words("equity.gini")] == f"{entry['gini']:.3f}" == "0.470"
    assert values[words("equity.palma")] == f"{entry['palma']:.2f}" == "2.49"
    assert values[words("equity.fgt1")] == f"{entry['fgt1'] * 100:.1f}%" == "49.8%"
    assert values[words("equity.concentration")].lstrip("-−") == "0.304"
    # A limit in metres is not a poverty line for times.
    parking = study.layer("parking")
    assert words("equity.fgt1") not in {
        figure.label for figure in equity_figures(own, parking, study, words)
    }
    car = equity_groups(analysis, "car_from", words)[-1]
    assert (
        words("equity.all_reached", horizon="120")
        in equity_figures(car, study.layer("car_from"), study, words)[0].basis
    )


def test_sentences_equal_the_summary(analysis: Analysis) -> None:
    words = words_for("en")
    for key, entry in analysis.summary["layers"].items():
        text, found = equity_sentence(analysis, key, words), entry["equity"]
        assert f"Gini index {found['gini']:.3f}" in text
        assert f"Palma ratio {found['palma']:.2f}" in text
        if "metres" in entry:
            assert "beyond" not in text
        else:
            assert f"{found['fgt1'] * 100:.1f}% of the limit" in text
        assert f"{found['unreached']:g} people without a service point" in text


def test_a_table_of_layers_has_the_columns_of_all_of_them(analysis: Analysis) -> None:
    words, study = words_for("en"), analysis.study
    assert measures([study.layer("parking")], study) == ["mean", "gini", "palma", "concentration"]
    names = measures(study.layers, study)
    assert names == ["mean", "fgt1", "gini", "palma", "concentration"]
    own = equity_groups(analysis, "parking", words)[0]
    assert group_cells(own, names, words) == ["17.3 min", "—", "0.470", "2.49", "-0.304"]


def test_without_people_there_is_nothing(analysis: Analysis) -> None:
    none = replace(made_analysis(), demand=made_analysis().demand.iloc[:0])
    assert equity_groups(none, "clinic", words_for("en")) == []
    assert equity_sentence(none, "clinic", words_for("en")) == ""
