from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import openpyxl
from hypothesis import given, settings

from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.measures import Baseline, change
from socio.scenario import Pot
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
    written = rows(tables.csv(tables.schools(result, None)))
    assert int(written[len(composition) + 1][-1]) == result.pot


def test_the_sum_row_sums_the_change_that_is_known():
    """Pupils, amount and change are summed, a school without a baseline aside; a rate has no sum."""
    result = allocate(reference(), proposal(degree=0.0))
    given = Baseline(amount=np.array([1e6, np.nan, 5e6, 4e6, 2e6, 1e6]), pupils=np.full(6, 1.0))
    sums = tables.total(result, change(result, given))
    assert (sums["pupils"], sums["amount"], sums["change_amount"]) == (2000, 20_000_000, 3_000_000)
    assert set(sums) == {"school", "pupils", "amount", "change_amount"}


def test_the_screen_rounds_half_up():
    """Index and points have three decimals on screen, kronor none, a half upwards."""
    result = allocate(reference(), proposal(pot=Pot(total=3)))
    found = tables.shown(result, None).to_pylist()[0]
    assert (found["index"], found["points"]) == (0.5, 0.5)
    half = replace(result, rate=np.array([0.5, 1.5, 2.5, 3.5, 4.5, 5.4999]), index=np.full(6, 1.0005))
    assert tables.shown(half, None)["rate"].to_pylist() == [1, 2, 3, 4, 5, 5]
    assert tables.shown(half, None)["index"].to_pylist() == [1.001] * 6


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
    written = rows(tables.csv(named(*names), ["=cmd"]))
    assert [line[1] for line in written[1:6]] == ["'=1+1", "'+46", "'-5", "'@x", names[4]]
    assert written[8] == ["'=cmd"]
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
