from __future__ import annotations

from typing import get_args

import pytest

from socio.intake import grids, mapping, tables
from socio.intake.shares import Unit
from socio.view import readings, words

TABLE = "skolenhetskod;skola;elever;Bakgrund: Utländsk\n1;Alfa;100;20,5\n2;Beta;200;40,0\n"


@pytest.mark.parametrize(("language", "said"), [("sv", "procent"), ("en", "per cent")])
def test_how_a_table_was_read_is_said(language, said):
    """Encoding, separator, decimal sign and unit, in the reader's language."""
    words.use(language)
    told = readings.read_as(tables.read(TABLE.encode("cp1252"), "a.csv"))
    assert "Windows-1252" in told
    assert said in told


def test_how_the_bytes_were_read_is_said_before_a_table_comes_of_it():
    """The number of rows with something in them, and the sheet or the encoding and separator."""
    assert readings.grid_as(grids.read(b"a;b\n\n1;2\n")) == "Lästes som: UTF-8, semikolon, 2 rader."


def test_every_role_and_unit_has_its_words():
    """A role that the mapping gets must be named here, each differently."""
    assert set(readings.roles()) == set(get_args(mapping.Role))
    assert len(set(readings.roles().values())) == len(readings.roles())
    assert set(readings.units()) == set(Unit)


def test_what_comes_of_a_file_is_said():
    """Schools, pupils and factors, each in the number it is."""
    said = readings.title(tables.read(TABLE.encode(), "a.csv").composition)
    assert said == "2 skolor, 300 elever, 1 faktor"
