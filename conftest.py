"""What holds for every test and every example in a docstring."""

import pytest

from socio.view import words


@pytest.fixture(autouse=True)
def _swedish() -> None:
    """Begin in Swedish, whatever language the test before ended in."""
    words.use("sv")
