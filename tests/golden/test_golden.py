from __future__ import annotations

import csv
import tomllib
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from socio.allocation import allocate
from socio.composition import Mark, MunicipalityRow
from socio.intake import library
from socio.measures import spread
from socio.scenario import Need, PhaseIn, Pot, Redistribution, Scenario
from socio.view.format import number
from tests import oracle
from tests.strategies import proposal, schools

HERE = Path(__file__).parent
TABLES = tomllib.loads((HERE / "schools.toml").read_text(encoding="utf-8"))
CASES = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))["case"]
TABELL1: dict[str, dict[str, float]] = {
    "Utbildning": {"Förgymnasial": 3, "Gymnasial": 2, "Eftergymnasial": 1},
    "Kön": {"Flickor": 1, "Pojkar": 1.5},
    "Försörjningsstöd": {"Nej": 1, "Ja": 3},
}
NEEDS = {
    "tabell1": Need(weights=TABELL1),
    "tabell1-from-zero": Need(
        weights={
            factor: {name: weight - min(weights.values()) for name, weight in weights.items()}
            for factor, weights in TABELL1.items()
        }
    ),
    "tabell1-with-an-even-factor": Need(weights={**TABELL1, "Jämn": {"Ena": 1, "Andra": 1}}),
    "risk": Need(method="risk"),
    "index": Need(method="index"),
}


def cases(name):
    found = [case for case in CASES if case["id"] == name]
    assert found, name
    return found


def case(name):
    (one,) = cases(name)
    return one


@cache
def table(name):
    given = TABLES[name]
    row = None
    if "municipality_row" in given:
        row = MunicipalityRow(shares=np.array(given["municipality_row"], dtype=float))
    elif "municipality_ready" in given:
        row = MunicipalityRow(ready=given["municipality_ready"])
    return schools(
        given["pupils"],
        given.get("shares", ()),
        given.get("factors", {}),
        names=given["names"],
        ready=given.get("ready", {}),
        municipality_row=row,
    )


def outcome(golden):
    """Every figure that a case may expect."""
    given, composition = golden["scenario"], table(golden["schools"])
    phase_in = given.get("phase_in")
    scenario = Scenario(
        name=golden["id"],
        year="",
        need=NEEDS[given["need"]],
        pot=Pot(**given["pot"]),
        redistribution=Redistribution(**given["redistribution"]),
        phase_in=phase_in and PhaseIn(**{**phase_in, "stages": tuple(phase_in.get("stages", (1.0,)))}),
    )
    result = allocate(composition, scenario, np.array(golden["old"], dtype=float) if "old" in golden else None)
    assert result.amount.sum() == result.pot + round(result.extra_cost)
    figures = {name: getattr(result, name) for name in result.__slots__}
    figures |= {name: getattr(spread(result), name) for name in spread(result).__slots__}
    figures["slope"] = (result.average + result.deduction) * result.theta
    figures["at_index_2"] = (
        2**scenario.redistribution.progression
        * result.shape[0]
        / (result.index[0] ** scenario.redistribution.progression)
    )
    return figures


def agrees(found, written):
    """Tell whether a figure is what is written, as exactly as it is written."""
    if "." in written:
        decimals = len(written.partition(".")[2])
        return abs(float(found) - float(written)) <= 0.5000001 * 10**-decimals
    exact = Fraction(written)
    return abs(float(found) - float(exact)) <= 1e-9 * max(1.0, abs(float(exact)))


def test_every_case_has_a_source():
    """A golden figure whose source nobody can look up proves nothing."""
    for golden in [*CASES, *TABLES.values()]:
        assert golden["source"].strip(), golden
    assert all(golden["id"] and golden["truth"] for golden in CASES)
    numbers = {golden["id"] for golden in CASES}
    assert numbers >= {f"G{number:02}" for number in (*range(1, 17), 23, 24, 26, 27, 28, 30)}


@pytest.mark.parametrize(
    "golden",
    [golden for golden in CASES if "scenario" in golden],
    ids=lambda golden: f"{golden['id']} {golden['truth']}",
)
def test_the_chain_gives_the_golden_figures(golden):
    """Each case's figures come out as exactly as they are written."""
    figures = outcome(golden)
    for name, written in golden["expect"].items():
        found = np.atleast_1d(figures[name])
        expected = [written] if isinstance(written, str) else written
        assert len(found) == len(expected), name
        for one, other in zip(found, expected, strict=True):
            assert not other or agrees(one, other), f"{name}: {one} is not {other}"


def test_the_printed_cells_of_tabell_1_come_out():
    """Weight times share and its sum, rounded half up, are what the guide prints (G02, R063)."""
    golden = case("G02")
    for row in golden["rows"]:
        products = [weight * share for weight, share in zip(golden["weights"], row["shares"], strict=True)]
        assert [number(product, 2) for product in products] == row["cells"]
    result = allocate(table("tabell1"), proposal(need=NEEDS["tabell1"]))
    assert [number(points, 2) for points in (*result.points, result.mean)] == [row["sum"] for row in golden["rows"]]
    naive = [f"{points:.2f}" for points in (0.945, 4.395)]
    assert naive == ["0.94", "4.39"]


def test_the_factors_of_tabell_1_sum_to_a_whole():
    """Each factor of each row of Tabell 1 is 100 per cent (G03)."""
    composition = table(case("G03")["schools"])
    start = 0
    for factor in composition.factors:
        columns = slice(start, start := start + len(factor.categories))
        for row in (*composition.cells, composition.municipality_row.shares):
            assert sum(Decimal(str(share)) for share in row[columns]) == 1


def test_the_municipality_of_tabell_1_is_no_mixture_of_its_schools():
    """The part of school A that would explain one category contradicts another's (G04)."""
    golden = case("G04")
    composition = table(golden["schools"])
    one, other = composition.cells
    parts = {}
    for category in golden["parts_of_a"]:
        at = [name for _factor, name in composition.columns].index(category)
        parts[category] = (composition.municipality_row.shares[at] - other[at]) / (one[at] - other[at])
    for category, part in golden["parts_of_a"].items():
        assert agrees(parts[category], part)
    assert len(set(golden["parts_of_a"].values())) > 1


def test_calculating_on_rounded_points_has_a_price():
    """Full precision is used throughout: the printed points would move 972.71 kr (G08, R063)."""
    golden = case("G08")
    points, mean = (Fraction(text) for text in golden["rounded"])
    result = allocate(table(golden["schools"]), proposal(need=NEEDS["tabell1"]))
    assert agrees(500 * 10_000 * (result.index[0] - float(points / mean)), golden["cost"])


def test_the_plain_mean_of_schools_leaves_a_part_of_the_pot_unpaid():
    """The municipality is the pupil-weighted mean; with the plain one 11.8 per cent would be left over (G12, T01)."""
    golden = case("G12")
    composition = table(golden["schools"])
    result = allocate(composition, proposal())
    assert result.mean == pytest.approx(1)
    plain = composition.ready["index"].mean()
    assert agrees(plain, golden["plain_mean"])
    assert agrees(composition.ready["index"] / plain @ composition.pupils_paid / 2000, golden["paid_out"])


def test_bild_3_in_exact_fractions():
    """With the threshold 207/374 the rates are 22 000 · index − 207 000/17, exactly (G13)."""
    pupils, index = (300, 400, 500, 400, 250, 150), [Fraction(part, 10) for part in (5, 7, 9, 11, 14, 22)]
    plain = [
        {"code": str(at), "c": n, "n": n, "shares": [x], "old": None}
        for at, (n, x) in enumerate(zip(pupils, index, strict=True))
    ]
    rules = {"weights": [1], "row": None, "smallest": 0, "pot": 20_000_000, "deduction": None, "degree": None}
    rules |= {"progression": Fraction(1), "brackets": None, "minimum": 0, "cap": None, "phase_in": None}
    kept = [max(Fraction(0), 22_000 * x - Fraction(207_000, 17)) for x in index]
    assert sum(n * rate for n, rate in zip(pupils, kept, strict=True)) == 20_000_000
    exact = oracle.allocate(plain, rules | {"threshold": Fraction(207, 374)})
    assert exact["rate"] == kept
    assert exact["deduction"] == Fraction(2_070_000, 167)
    assert exact["theta"] == Fraction(167, 170)
    other = oracle.allocate(plain, rules | {"threshold": None, "deduction": Fraction(207_000, 17)})
    assert other["rate"] != kept


def as_paid(dataset):
    """A data set's schools with an amount, as they were paid."""
    (one,) = (listed for listed in library.datasets() if listed.file == dataset)
    composition = library.read(one)
    composition = composition.only(~np.isnan(composition.old_amount))
    return composition, composition.old_amount


def test_huddinge_as_it_was_paid():
    """The measures of what Huddinge paid in spring 2019 come out (G28)."""
    golden = case("G28")["expect"]
    composition, amount = as_paid(case("G28")["dataset"])
    pupils = composition.pupils_paid
    result = allocate(composition, proposal(need=Need(weights={"Bakgrund": {"Utländsk": 1, "Svensk": 0}})))
    paid = type(result)(
        **{name: getattr(result, name) for name in result.__slots__}
        | {"amount": amount.astype(np.int64), "rate": amount / pupils, "pot": int(amount.sum())}
    )
    measured = spread(paid)
    figures = {name: getattr(measured, name) for name in measured.__slots__}
    figures["pupils"] = pupils.sum()
    figures["average"] = amount.sum() / pupils.sum()
    figures["highest"] = round(measured.highest)
    figures["highest_to_average"] = measured.highest / figures["average"]
    figures["pupils_at_zero_share"] = measured.pupils_at_zero / pupils.sum()
    assert composition.names[int(np.argmax(paid.rate))] == golden["highest_school"]
    for name in golden.keys() - {"highest_school"}:
        assert agrees(figures[name], golden[name]), name


@pytest.mark.parametrize("name", ["Huddinge spring", "Huddinge autumn"])
def test_huddinge_sums_to_the_printed_total(name):
    """The amounts in the program's own tables sum to what Huddinge printed, to the krona."""
    golden = case(name)
    with (library.FOLDER / "huddinge_2019_amounts.csv").open(encoding="utf-8-sig", newline="") as file:
        printed = {row["skola"]: int(row[golden["column"]]) for row in csv.DictReader(file, delimiter=";")}
    assert (len(printed), sum(printed.values())) == (golden["units"], golden["total"])
    composition, amount = as_paid(golden["dataset"])
    assert dict(zip(composition.names, amount.astype(int).tolist(), strict=True)) == printed


def test_a_suppressed_share_lies_between_nobody_and_nine_pupils():
    """'..' at 396 pupils is 0 to 9 of them, the middle until more is known (G30)."""
    golden = case("G30")
    composition = schools(
        [golden["pupils"]], [[np.nan, np.nan]], {"F": ["few", "others"]}, marks=[[Mark.SUPPRESSED, Mark.MISSING]]
    )
    for figures, name in (
        (composition.filled.low, "low"),
        (composition.shares, "middle"),
        (composition.filled.high, "high"),
    ):
        assert agrees(figures[0, 0], golden[name])
