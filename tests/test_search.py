from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from socio import scenario as scenario_file
from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.intake import library
from socio.measures import Baseline, change
from socio.scenario import Need, Pot
from socio.search import fit
from tests.strategies import proposal, schools

NEEDS = {"Föräldrarnas utbildning": "Ej eftergymnasial", "Bakgrund": "Utländsk"}


def paid(file):
    (dataset,) = (listed for listed in library.datasets() if listed.file == file)
    composition = library.read(dataset)
    return composition.only(~np.isnan(composition.old_amount))


@pytest.mark.parametrize(("term", "misplaced"), [("vt", 0.0687), ("ht", 0.0979)])
def test_the_start_of_huddinge_is_the_setting_closest_to_what_was_paid(term, misplaced):
    """The setting that comes with the program is what the search finds, and misplaces what is said of it."""
    composition = paid(f"huddinge_2019_{term}.csv")
    found = fit(composition, NEEDS, name=f"Närmast Huddinges belopp 2019 {term}", year=f"2019 {term}")
    kept = (library.FOLDER / f"huddinge_2019_{term}.toml").read_text(encoding="utf-8")
    assert found.scenario == scenario_file.read(kept)
    assert found.misplaced == pytest.approx(misplaced, abs=5e-5)
    again = allocate(composition, found.scenario)
    today = Baseline(amount=composition.old_amount, pupils=composition.pupils_paid.astype(float))
    assert change(again, today).moved / again.pot == pytest.approx(found.misplaced)


def test_no_neighbour_comes_closer():
    """One step of any dial from what the search finds misplaces as much or more."""
    composition = paid("huddinge_2019_vt.csv")
    found = fit(composition, NEEDS, name="", year="")
    today = Baseline(amount=composition.old_amount, pupils=composition.pupils_paid.astype(float))
    given, weights = found.scenario.redistribution, found.scenario.need.weights
    neighbours = [
        replace(
            found.scenario,
            redistribution=replace(given, degree=given.degree + step, progression=given.progression + bend),
        )
        for step in (-0.05, 0, 0.05)
        for bend in (-0.05, 0, 0.05)
    ]
    neighbours += [
        replace(found.scenario, need=Need(weights={**weights, "Bakgrund": {"Utländsk": 3.6 + step, "Svensk": 0.0}}))
        for step in (-0.1, 0.1)
    ]
    for neighbour in neighbours:
        result = allocate(composition, neighbour)
        assert change(result, today).moved / result.pot >= found.misplaced - 1e-12


def test_a_known_setting_is_found_again():
    """Amounts that were computed with a setting give that setting back, and nothing is misplaced."""
    factors = {"Education": ["Short", "Long"], "Background": ["Foreign", "Swedish"]}
    cells = [
        [0.9, 0.1, 0.2, 0.8],
        [0.5, 0.5, 0.7, 0.3],
        [0.2, 0.8, 0.1, 0.9],
        [0.4, 0.6, 0.4, 0.6],
        [0.1, 0.9, 0.5, 0.5],
    ]
    composition = schools([300, 250, 400, 120, 510], cells, factors)
    weights = {"Education": {"Short": 10.0, "Long": 0.0}, "Background": {"Foreign": 4.5, "Swedish": 0.0}}
    known = proposal(need=Need(weights=weights), pot=Pot(total=9_000_000), degree=1.35, progression=1.6)
    amounts = allocate(composition, known).amount.astype(float)
    table = replace(composition, old_amount=amounts)
    found = fit(table, {"Education": "Short", "Background": "Foreign"}, name="A proposal", year="2019 vt")
    assert found.misplaced < 1e-3
    assert found.scenario.pot == Pot(total=9_000_000)
    assert np.abs(allocate(composition, found.scenario).amount - amounts).max() < 0.01 * amounts.max()


def test_a_search_without_amounts_or_with_an_unknown_category_is_refused():
    """There is nothing to come close to without amounts, and no weight for what the table lacks."""
    composition = schools([10, 20], [[0.2, 0.8], [0.6, 0.4]], {"F": ["yes", "no"]})
    with pytest.raises(ScenarioError, match="no school has an amount today"):
        fit(composition, {"F": "yes"}, name="", year="")
    amounts = replace(composition, old_amount=np.array([100.0, np.nan]))
    with pytest.raises(ScenarioError, match="no category with this name, the table has F: yes, F: no"):
        fit(amounts, {"F": "maybe"}, name="", year="")
