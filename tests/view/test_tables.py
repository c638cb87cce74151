from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.measures import Baseline, change
from socio.scenario import Pot
from socio.view import format as written
from socio.view import tables, words
from tests.strategies import indexed, proposal, proposals, reference


def table(baseline=None, **rules):
    result = allocate(reference(), proposal(**rules))
    compared = None
    if baseline is not None:
        given = Baseline(amount=np.array(baseline, dtype=float), pupils=result.composition.pupils_paid.astype(float))
        compared = change(result, given)
    return tables.schools(result, compared)


def rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_table_has_every_step_at_full_precision():
    """Pupils, points, index, target, rate and amount of each school, and the change where there is one (R066)."""
    found = table([1.0, np.nan, 3, 4, 5, 6], degree=1.5)
    assert list(found) == list(tables.headings())
    assert found["rate"].tolist() == [2500, 5500, 8500, 11500, 16000, 28000]
    assert found["amount"].tolist() == [750_000, 2_200_000, 4_250_000, 4_600_000, 4_000_000, 4_200_000]
    assert found["change_amount"][0] == 749_999
    assert np.isnan(found["change_amount"][1])
    assert list(table()) == [name for name in tables.headings() if not name.startswith("change")]


def test_every_heading_has_its_unit_in_both_languages():
    """No two columns are called the same, in Swedish or in English."""
    for language in words.LANGUAGES:
        words.use(language)
        assert len(set(tables.headings().values())) == 10


@settings(max_examples=40)
@given(proposals())
def test_the_sum_row_is_the_pot(case):
    """Amounts sum to the pot and pupils to the pupils, whatever is on screen."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        return
    sums = tables.total(result, None)
    assert (sums["amount"], sums["pupils"]) == (result.pot, int(composition.pupils_paid.sum()))
    lines = rows(tables.csv(tables.schools(result, None)))
    assert int(lines[len(composition) + 1][-1]) == result.pot


def test_the_sum_row_sums_the_change_that_is_known():
    """Pupils, amount and change are summed, a school without a baseline aside; a rate has no sum."""
    result = allocate(reference(), proposal(degree=0.0))
    given = Baseline(amount=np.array([1e6, np.nan, 5e6, 4e6, 2e6, 1e6]), pupils=np.full(6, 1.0))
    sums = tables.total(result, change(result, given))
    assert (sums["pupils"], sums["amount"], sums["change_amount"]) == (2000, 20_000_000, 3_000_000)
    assert set(sums) == {"school", "pupils", "amount", "change_amount"}


def cells(result, name, sort="school", compared=None):
    """A column of the table on screen, from top to bottom."""
    at = tables.columns(compared).index(name) + 1
    return [row.split("\t")[at].replace(written.NO_BREAK, " ") for row in tables.shown(result, compared, sort)]


def test_the_screen_rounds_half_up():
    """Index and points have three decimals on screen, kronor none, a half upwards."""
    result = allocate(reference(), proposal(pot=Pot(total=3)))
    assert (cells(result, "index")[0], cells(result, "points")[0]) == ("0,500", "0,500")
    half = replace(result, rate=np.array([0.5, 1.5, 2.5, 3.5, 4.5, 5.4999]), index=np.full(6, 1.0005))
    assert cells(half, "rate") == ["1", "2", "3", "4", "5", "5"]
    assert cells(half, "index") == ["1,001"] * 6
    given = Baseline(amount=half.amount - np.array([0.5, -0.5, 1234.5, np.nan, 0, 0.25]), pupils=np.full(6, 1.0))
    assert cells(half, "change_amount", compared=change(half, given)) == ["+1", "−1", "+1 235", "", "0", "0"]


@settings(max_examples=40)
@given(proposals(), st.sampled_from(["sv", "en"]))
def test_a_row_is_a_schools_code_and_its_figures_as_they_are_written(case, language):
    """Each row has the code and a cell for each heading, written as any number is."""
    words.use(language)
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        return
    compared = change(result, Baseline(amount=np.full(len(composition), 0.5), pupils=np.ones(len(composition))))
    names = tables.columns(compared)
    assert sorted(names) == sorted(tables.headings())
    assert tables.columns(None) == [name for name in names if not name.startswith("change")]
    figures = tables.schools(result, compared).set_index("code")
    shown = tables.shown(result, compared, "school")
    assert sorted(row.split("\t")[0] for row in shown) == sorted(composition.codes)
    for row in shown:
        code, *found = row.split("\t")
        for name, cell in zip(names, found, strict=True):
            if name not in {"code", "school"}:
                number = float(figures.loc[code, name])
                expected = written.number(number, tables.DECIMALS.get(name, 0), signed=name.startswith("change"))
                assert cell == expected
    words.use("sv")


def compared_schools():
    """Schools whose columns all have an order of their own; one has nothing to be compared with."""
    result = allocate(
        indexed([40, 10, 30, 20], [0.5, 2.6, 1.0, 1.1], codes=["4", "1", "3", "2"], names=["b", "Ö", "å", "Ä"]),
        proposal(),
    )
    given = Baseline(amount=np.array([5.0, 1.0, np.nan, 300_000.0]), pupils=np.array([40.0, 10, np.nan, 20]))
    return result, change(result, given)


@pytest.mark.parametrize("name", tables.headings())
def test_the_table_is_sorted_by_any_column_both_ways(name):
    """Words as Swedes sort them, numbers by size, the other way round with a minus, what is unknown always last."""
    result, compared = compared_schools()
    figures = tables.schools(result, compared)[name].tolist()
    codes = dict(zip(result.composition.codes, figures, strict=True))
    rising = [row.split("\t")[0] for row in tables.shown(result, compared, name)]
    falling = [row.split("\t")[0] for row in tables.shown(result, compared, f"-{name}")]
    unknown = ["3"] if name.startswith("change") else []
    known = [code for code in rising if code not in unknown]
    order = words.sorting if name in {"code", "school"} else float
    assert [codes[code] for code in known] == sorted((codes[code] for code in known), key=order)
    assert rising == known + unknown
    assert falling == known[::-1] + unknown


def test_names_stand_in_swedish_order():
    """Å, Ä and Ö come after z in that order, whatever the case, and é is an e."""
    names = ["Ödeby", "östra", "Zinken", "ålsta", "Ärla", "École", "eda", "Åby"]
    result = allocate(indexed([10] * 8, [1.0] * 8, names=names), proposal())
    expected = ["École", "eda", "Zinken", "Åby", "ålsta", "Ärla", "Ödeby", "östra"]
    assert cells(result, "school") == expected
    assert cells(result, "school", "-school") == expected[::-1]


def test_schools_alike_keep_their_order_and_what_is_not_there_sorts_by_name():
    """Equal figures stay as they stood; a change that there is no longer anything to compare with is no order."""
    result = allocate(indexed([10] * 3, [1.0] * 3, names=["c", "a", "b"]), proposal())
    assert cells(result, "school", "amount") == cells(result, "school", "-amount") == ["c", "a", "b"]
    assert cells(result, "school", "change_rate") == ["a", "b", "c"]


def test_a_name_takes_one_cell():
    """Tabs and line breaks in a name are spaces in the table, so that no cell is moved."""
    result = allocate(indexed([10, 20], [1.0, 1.0], names=["A\tB\nC", "D\r\n  E"]), proposal())
    assert cells(result, "school") == ["A B C", "D E"]
    assert {row.count("\t") for row in tables.shown(result, None, "school")} == {len(tables.columns(None))}


@pytest.mark.parametrize("column", tables.headings())
def test_a_heading_sorts_and_turns_the_order(column):
    """Names begin with A and numbers with the largest; pressed again the order turns, and turns back."""
    first = column if column in {"school", "code"} else f"-{column}"
    for before in ("pupils" if column != "pupils" else "-index", "-school" if column != "school" else "code"):
        assert tables.sorted_anew(before, column) == first
    second = tables.sorted_anew(first, column)
    assert {first, second} == {column, f"-{column}"}
    assert tables.sorted_anew(second, column) == first


def test_a_swedish_excel_opens_the_text_file_right():
    """Byte order mark, semicolons, decimal commas, CRLF, every digit, the sum row last and the notes under it."""
    content = tables.csv(table([1.0, np.nan, 3, 4, 5, 6], pot=Pot(total=1_000_001)), ["Källa: exempel", "a;b"])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 11
    header, *body = rows(content)
    assert header == list(tables.headings().values())
    exact = float(table(pot=Pot(total=1_000_001))["rate"][0])
    assert body[0][header.index(tables.headings()["rate"])] == repr(exact).replace(".", ",") == "250,00025"
    assert body[1][-2:] == ["", ""]
    assert body[6][7] == "1000001"
    assert body[6][0] == ""
    assert body[7] == []
    assert [line[0] for line in body[8:]] == ["Källa: exempel", "a;b"]


def named(*names):
    result = allocate(indexed([10] * len(names), [1.0] * len(names), names=list(names)), proposal())
    return tables.schools(result, None)


def test_a_name_is_never_a_formula():
    """A school called =1+1 is a name in the text file and in the workbook."""
    names = ("=1+1", "+46", "-5", "@x", 'Skola "A"; norr')
    lines = rows(tables.csv(named(*names), ["=cmd"]))
    assert [line[1] for line in lines[1:6]] == ["'=1+1", "'+46", "'-5", "'@x", names[4]]
    assert lines[8] == ["'=cmd"]
    sheet = openpyxl.load_workbook(io.BytesIO(tables.workbook(named(*names), ["=cmd"]))).worksheets[0]
    assert [sheet.cell(row, 2).value for row in range(2, 7)] == list(names)
    assert {sheet.cell(row, 2).data_type for row in range(2, 7)} == {"s"}
    assert (sheet.cell(9, 1).value, sheet.cell(9, 1).data_type) == ("=cmd", "s")


def test_the_workbook_has_numbers_and_a_live_sum():
    """Numbers are numbers at full precision, codes are text, and the sum row is a formula with its value saved."""
    baseline = [1.0, np.nan, 3, 4, 5, 6]
    content = tables.workbook(table(baseline, pot=Pot(total=1_000_001)), ["Källa: exempel"])
    live, saved = (
        openpyxl.load_workbook(io.BytesIO(content), data_only=known).worksheets[0] for known in (False, True)
    )
    header = [cell.value for cell in live[1]]
    assert header == list(tables.headings().values())
    amount = header.index(tables.headings()["amount"]) + 1
    rate = header.index(tables.headings()["rate"]) + 1
    assert [live.cell(row, 1).data_type for row in range(2, 8)] == ["s"] * 6
    assert live.cell(2, rate).value == table(pot=Pot(total=1_000_001))["rate"][0]
    assert live.cell(8, amount).value == "=SUM(H2:H7)"
    assert saved.cell(8, amount).value == 1_000_001 == sum(saved.cell(row, amount).value for row in range(2, 8))
    assert live.cell(3, header.index(tables.headings()["change_amount"]) + 1).value is None
    assert live.cell(10, 1).value == "Källa: exempel"
    assert live.freeze_panes == "C2"


def test_codes_keep_their_leading_zeros():
    """A code of digits stays the text that it is, in both files."""
    composition = replace(reference(), codes=tuple(f"0000{number}" for number in range(6)))
    found = tables.schools(allocate(composition, proposal()), None)
    assert rows(tables.csv(found))[1][0] == "00000"
    assert openpyxl.load_workbook(io.BytesIO(tables.workbook(found))).worksheets[0].cell(2, 1).value == "00000"
