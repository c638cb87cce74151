from __future__ import annotations

import numpy as np
import pytest

from socio.errors import TableError
from socio.intake import previous, tables


@pytest.mark.parametrize(
    ("content", "rates"),
    [
        ("code;school;rate\n01;a;1234.5678\n2;b;0.0\n", {"01": 1234.5678, "2": 0.0}),
        ("code;rate\n01;123.456\n", {"01": 123.456}),
        ("skolenhetskod;tidigare_kr_per_elev\n01;1 234,5\n2;\n3;.\n", {"01": 1234.5}),
        ("\ufeffSkolenhetskod,Tidigare_kr_per_elev\r\n01,1234.5\r\n", {"01": 1234.5}),
        ("skolenhetskod;tidigare_kr_per_elev\n01\n", {}),
    ],
)
def test_last_years_rates_are_read_in_both_forms(content, rates):
    """What allocate writes always has a decimal point; a school without a rate is not there."""
    assert dict(previous.read(content.encode(), "förra.csv")) == rates


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ("code;amount\n01;5\n", [(1, None, None)]),
        ("code;rate\n01;x\n;5\n01;6\n2;-1\n3;nan\n",
         [(2, "rate", "x"), (3, "code", ""), (4, "code", "01"), (5, "rate", "-1"), (6, "rate", "nan")]),
        ("", [(None, None, None)]),
    ],
)  # fmt: skip
def test_every_fault_in_last_years_rates_is_told(content, places):
    """With row, column and value."""
    with pytest.raises(TableError) as raised:
        previous.read(content.encode(), "förra.csv")
    assert [(fault.row, fault.column, fault.value) for fault in raised.value.faults] == places
    assert {fault.file for fault in raised.value.faults} == {"förra.csv"}


def test_rates_follow_the_schools_of_the_table():
    """A new school has none."""
    schools = tables.read(b"skolenhetskod;skola;elever;A: x\n2;b;10;0,5\n01;a;10;0,5\n3;c;10;0,5\n", "t").composition
    np.testing.assert_array_equal(previous.aligned({"01": 5.0, "2": 6.0, "9": 7.0}, schools), [6, 5, np.nan])
