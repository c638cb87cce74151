from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.composition import Factor, Mark, code_rank, fill, merged, scale
from socio.intake import library, tables
from tests.strategies import CODES, compositions, indexed, schools

K, S, N, M = Mark.KNOWN, Mark.SUPPRESSED, Mark.NEARLY_ALL, Mark.MISSING
GAP = np.nan


def filled(cells, marks, pupils, categories=2):
    factors = [Factor("F", tuple("abcd"[:categories]))]
    return fill(np.array(cells, dtype=float), np.array(marks, dtype=np.int8), np.array(pupils), factors)


@pytest.mark.parametrize(
    ("cells", "marks", "pupils", "figures"),
    [
        ([0.3, 0.7], [K, K], 100, (0.3, 0.3, 0.3)),
        ([GAP, GAP], [S, M], 100, (0.045, 0.0, 0.09)),
        ([GAP, GAP], [S, M], 5, (0.5, 0.0, 1.0)),
        ([GAP, GAP], [N, M], 100, (0.955, 0.91, 1.0)),
        ([GAP, GAP], [M, S], 100, (0.955, 0.91, 1.0)),
        ([GAP, GAP], [S, S], 100, (0.045, 0.0, 0.09)),
        ([GAP, GAP], [S, N], 100, (0.045, 0.0, 0.09)),
        ([GAP, 0.8], [M, K], 100, (0.2, 0.2, 0.2)),
        ([GAP, 0.93], [S, K], 100, (0.07, 0.07, 0.07)),
        ([0.07, GAP], [K, S], 100, (0.07, 0.07, 0.07)),
    ],
)
def test_a_gap_of_two_categories_takes_the_middle_or_the_complement(cells, marks, pupils, figures):
    """'..' is the middle of 0 to 9 pupils, '~100' 1 minus that, and a known share decides over both."""
    share, low, high = figures
    found = filled([cells], [marks], [pupils])
    assert found.shares[0] == pytest.approx([share, 1 - share])
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((low, high))
    assert (found.low[0, 1], found.high[0, 1]) == pytest.approx((1 - high, 1 - low))


def test_a_school_without_a_value_takes_the_mean_of_those_that_have_one():
    """The mean is weighted by pupils, and the interval is all there is."""
    found = filled([[0.2, 0.8], [0.6, 0.4], [GAP, GAP]], [[K, K], [K, K], [M, M]], [300, 100, 50])
    assert found.shares[2] == pytest.approx([0.3, 0.7])
    assert (found.low[2].tolist(), found.high[2].tolist()) == ([0, 0], [1, 1])


def test_a_suppressed_share_is_few_and_not_the_mean():
    """Kräpplaskolan 2018/19: 84 pupils, so at most 10.7 per cent, where the municipality's mean is 32 (T05)."""
    (dataset,) = (listed for listed in library.datasets() if listed.file == "huddinge_2018-19.csv")
    composition = library.read(dataset)
    at, column = composition.names.index("Kräpplaskolan"), composition.columns.index(("Bakgrund", "Utländsk"))
    assert composition.marks[at, column] == Mark.SUPPRESSED
    assert composition.pupils_composition[at] == 84
    assert composition.shares[at, column] == pytest.approx(4.5 / 84)
    assert composition.filled.high[at, column] == pytest.approx(9 / 84)
    known = composition.marks[:, column] == Mark.KNOWN
    mean = np.average(composition.cells[known, column], weights=composition.pupils_composition[known])
    assert mean > 0.3 > composition.filled.high[at, column]


def test_a_thousand_with_a_space_a_mark_at_the_start_and_zeros_in_a_code_are_read():
    """Byte order mark, '1 120' with a no-break space, a separator too many and leading zeros cost no pupil (T06)."""
    written = "\ufeffskolenhetskod;skola;elever;F: a;F: b;\n00123;Ett;1\u00a0120;0,25;0,75;\n7;Två;80;..;;\n"
    composition = tables.read(written.encode(), "table.csv").composition
    assert composition.codes == ("00123", "7")
    assert composition.pupils_paid.tolist() == [1120, 80]
    assert composition.shares[:, 0] == pytest.approx([0.25, 4.5 / 80])


def test_of_three_categories_the_missing_ones_share_what_is_left():
    """What the known and the suppressed leave goes to the missing ones as the other schools have them."""
    found = filled(
        [[0.2, 0.2, 0.6], [0.5, GAP, GAP], [GAP, GAP, GAP]], [[K, K, K], [K, M, M], [S, M, M]], [100, 50, 90], 3
    )
    assert found.shares[1] == pytest.approx([0.5, 0.125, 0.375])
    assert found.shares[2] == pytest.approx([0.05, 0.95 / 4, 0.95 * 3 / 4])
    assert (found.low[2, 1], found.high[2, 1]) == pytest.approx((0, 0.95))


def test_a_factor_that_nobody_knows_anything_of_moves_no_one():
    """Where a whole column is missing all schools are alike in it, and no figure is lost."""
    found = filled([[GAP, GAP, GAP]] * 3, [[M, M, M]] * 3, [10, 20, 30], 3)
    np.testing.assert_allclose(found.shares, 1 / 3)
    some = schools([10, 20], [[0.5, 0.5], [GAP, GAP]], {"F": ["a", "b"]}, marks=[[K, K], [M, M]])
    assert some.only([False, True]).shares.tolist() == [[0.5, 0.5]]


@given(st.data())
def test_what_is_known_is_the_same_beside_a_gap(data):
    """A table without gaps is filled bit for bit as one that has a gap in another factor."""
    rows, width = data.draw(st.integers(1, 6)), data.draw(st.integers(2, 12))
    parts = data.draw(st.lists(st.integers(0, 1000), min_size=rows * width, max_size=rows * width))
    cells, pupils = np.array(parts).reshape(rows, width) / 1000, np.arange(1, rows + 1)
    factors = [Factor("F", tuple("abcdefghijkl"[:width])), Factor("G", ("a", "b"))]
    cells = np.hstack([cells, np.full((rows, 2), 0.5)])
    whole = fill(cells, np.zeros(cells.shape, dtype=np.int8), pupils, factors)
    marks = np.zeros(cells.shape, dtype=np.int8)
    marks[0, -1], cells[0, -1] = M, GAP
    beside = fill(cells, marks, pupils, factors)
    for name in ("shares", "low", "high"):
        one, other = getattr(whole, name)[:, :width], getattr(beside, name)[:, :width]
        np.testing.assert_array_equal(one, other, strict=True)


@given(st.data())
def test_whatever_is_missing_each_factor_of_each_school_sums_to_1(data):
    """Filling leaves no gap, keeps what is known in proportion, and every share lies within its interval's reach."""
    composition = data.draw(compositions(rows=False))
    marks = np.array(data.draw(st.lists(
        st.sampled_from([K, K, K, S, N, M]), min_size=composition.cells.size, max_size=composition.cells.size
    ))).reshape(composition.cells.shape)  # fmt: skip
    cells = np.where(marks == K, composition.cells, np.nan)
    found = fill(cells, marks.astype(np.int8), composition.pupils_composition, composition.factors)
    start = 0
    for factor in composition.factors:
        columns = slice(start, start := start + len(factor.categories))
        sums = found.shares[:, columns].sum(axis=1)
        nothing = (found.shares[:, columns] == 0).all(axis=1)
        np.testing.assert_allclose(sums[~nothing], 1)
    assert not np.isnan(found.shares).any()
    assert ((found.shares >= 0) & (found.shares <= 1)).all()
    assert (found.low <= found.high + 1e-12).all()


def test_codes_of_digits_rank_by_value_and_others_after_them():
    """3 before 20, however written and however long; text after digits, as text."""
    assert code_rank(["20", "A", "3"]).tolist() == [1, 2, 0]
    assert code_rank(["B", "007", "7", "06", "9" * 5000, "1" + "0" * 20, "A"]).tolist() == [6, 1, 2, 0, 4, 3, 5]
    assert code_rank(["٣", "2", "1A"]).tolist() == [2, 0, 1]


@given(st.integers(1, 25).flatmap(lambda size: st.lists(st.text("0123456789", min_size=size, max_size=size))))
def test_codes_of_equally_many_digits_rank_by_value(codes):
    """Ranked all at once as they are one by one, in their order where they are the same."""
    order = sorted(range(len(codes)), key=lambda i: int(codes[i]))
    assert code_rank(codes)[order].tolist() == list(range(len(codes)))


@given(st.permutations(CODES))
def test_the_rank_of_a_code_does_not_depend_on_its_row(codes):
    """The same codes in another order have the same ranks."""
    assert dict(zip(codes, code_rank(codes).tolist(), strict=True)) == dict(
        zip(CODES, code_rank(CODES).tolist(), strict=True)
    )


def test_a_composition_cannot_be_changed_afterwards():
    """Arrays are copied when they come in and closed for writing."""
    given = np.array([100, 200])
    composition = indexed(given, [1.0, 2.0])
    given[0] = 7
    assert composition.pupils_paid.tolist() == [100, 200]
    for array in (composition.pupils_paid, composition.shares, composition.ready["index"], composition.code_rank):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_some_of_the_schools_are_a_composition_of_their_own():
    """Kept schools keep their figures, and gaps are filled from those that remain."""
    composition = schools(
        [300, 100, 50],
        [[0.2, 0.8], [0.6, 0.4], [GAP, GAP]],
        {"F": ["a", "b"]},
        marks=[[K, K], [K, K], [M, M]],
        old_amount=np.array([1.0, GAP, 3.0]),
        ready={"risk": [1, 2, 3]},
    )
    some = composition.only([False, True, True])
    assert some.codes == composition.codes[1:]
    assert some.shares.tolist() == [[0.6, 0.4], [0.6, 0.4]]
    assert some.ready["risk"].tolist() == [2, 3]
    assert some.old_amount[1] == 3
    assert composition.only([True, True, True]) is composition


def test_columns_are_named_by_factor_and_category():
    """Each column of the shares knows which factor and category it is."""
    composition = schools([10], [[0.2, 0.8, 0, 1]], {"F": ["a", "b"], "G": ["a", "c"]})
    assert composition.columns == (("F", "a"), ("F", "b"), ("G", "a"), ("G", "c"))
    assert len(composition) == 1


@given(st.data())
def test_putting_rows_together_moves_no_pupil_and_no_share(data):
    """Pupils and kronor are kept, and so are the municipality's shares and mean rate, whatever is put together."""
    composition = data.draw(compositions(rows=False, old=True))
    groups = data.draw(st.lists(st.integers(0, 3), min_size=len(composition), max_size=len(composition)))
    together = merged(composition, groups)
    assert len(together) == len(set(groups))
    assert together.codes == tuple(composition.codes[groups.index(group)] for group in dict.fromkeys(groups))
    for name in ("pupils_composition", "pupils_paid"):
        assert getattr(together, name).sum() == getattr(composition, name).sum()
    one, other = (np.average(each.shares, axis=0, weights=each.pupils_composition) for each in (composition, together))
    np.testing.assert_allclose(one, other, atol=1e-12)
    has = ~np.isnan(composition.old_rate)
    for position, group in enumerate(dict.fromkeys(groups)):
        rows = has & (np.array(groups) == group)
        if rows.any():
            mean = np.average(composition.old_rate[rows], weights=composition.pupils_paid[rows])
            assert together.old_rate[position] == pytest.approx(mean)
        else:
            assert np.isnan(together.old_rate[position])


@given(st.data())
def test_rows_that_are_put_together_with_none_stay_as_they_are(data):
    """Each row a school of its own is the same composition; one left alone keeps its marks and its figures."""
    composition = data.draw(compositions(smallest=2, old=True))
    assert merged(composition, range(len(composition))) is composition
    together = merged(composition, [0, *range(len(composition) - 1)])
    np.testing.assert_array_equal(together.cells[1:], composition.cells[2:])
    np.testing.assert_array_equal(together.old_rate[1:], composition.old_rate[2:])
    assert (together.names, together.municipality_row) == (
        (composition.names[0], *composition.names[2:]),
        composition.municipality_row,
    )


def test_what_is_put_together_is_as_filled_and_what_all_rows_lack_stays_missing():
    """'..' weighs in with its midpoint; a factor without a value in any row is no value; a lone '..' keeps its mark."""
    composition = schools(
        [90, 110, 50, 50, 30],
        [[GAP, GAP, 1, 0], [0.5, 0.5, 1, 0], [GAP, GAP, 0.5, 0.5], [GAP, GAP, 0.5, 0.5], [GAP, GAP, 0, 1]],
        {"F": ["a", "b"], "G": ["a", "b"]},
        marks=[[S, M, K, K], [K, K, K, K], [M, M, K, K], [M, M, K, K], [S, M, K, K]],
        old_amount=np.array([500.0, GAP, GAP, GAP, 0.0]),
        old_rate=np.array([100.0, GAP, GAP, GAP, 0.0]),
        ready={"index": [1, 2, 3, 4, 5]},
    )
    together = merged(composition, [7, 7, 1, 1, 4])
    assert together.marks.tolist() == [[K, K, K, K], [M, M, K, K], [S, M, K, K]]
    assert together.cells[0, 0] == pytest.approx((4.5 + 55) / 200)
    assert together.cells[:, 2].tolist() == [1, 0.5, 0]
    assert together.ready["index"].tolist() == [pytest.approx(1.55), 3.5, 5]
    np.testing.assert_array_equal(together.old_amount, [500, GAP, 0])
    np.testing.assert_array_equal(together.old_rate, [100, GAP, 0])


def test_old_pupils_decide_what_the_old_rate_of_a_whole_school_is():
    """3 000 kr for 10 pupils and 0 kr for 20 are 100 kr a pupil; without them the pupils paid are taken for 0 kr."""
    composition = schools(
        [100, 300],
        ready={"index": [1, 1]},
        old_amount=np.array([3000.0, 0.0]),
        old_rate=np.array([300.0, 0.0]),
    )
    assert merged(composition, [0, 0], old_pupils=np.array([10.0, 20.0])).old_rate.tolist() == [100]
    assert merged(composition, [0, 0]).old_rate.tolist() == pytest.approx([3000 / 310])


@pytest.mark.parametrize(
    ("heading", "ends"),
    [
        ("Medelvärde (1–3)", (1, 3)),
        ("medelvärde (3 - 1)", (3, 1)),
        ("MEDELVÄRDE (0\u2011100)", (0, 100)),
        ("Medelvärde (−2,5–2.5)", (-2.5, 2.5)),
        ("Medelvärde (-2--1)", (-2, -1)),
        ("Medelvärde (2–2)", (2, 2)),
        ("Medelvärde", None),
        ("Medelvärde (1–3", None),
        ("Medelvärde (a–b)", None),
        ("Medelvärde (1–3) ", None),
        ("Kort", None),
    ],
)
def test_a_mean_is_known_by_its_heading(heading, ends):
    """Two numbers with a dash between them, the one that means the most need first."""
    assert scale(heading) == ends
