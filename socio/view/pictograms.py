"""Pictograms: the guide's pictures as small bars against their average line, drawn by the chain itself."""

from __future__ import annotations

from functools import cache

import numpy as np

from socio.allocation import allocate
from socio.composition import Composition
from socio.scenario import Need, Pot, Scenario
from socio.view.dials import PRESETS

ABOVE, BELOW, LINE = "#00646b", "#8cc3c4", "#1d2733"
WIDTH, HEIGHT, TOP = 64, 36, 2.7


@cache
def picture(name: str) -> str:
    """Return a preset as an SVG picture, for six schools of equal size with the index 0.5 to 2.2.

    Parameters
    ----------
    name : str
        One of `socio.view.dials.PRESETS`.

    Returns
    -------
    str
    """
    index = np.array([2.2, 1.4, 1.1, 0.9, 0.7, 0.5]) * 6 / 6.8
    pupils = np.full(6, 100)
    schools = Composition(
        codes=tuple("123456"),
        names=tuple("123456"),
        operators=("",) * 6,
        operator_names=("",) * 6,
        pupils_composition=pupils,
        pupils_paid=pupils,
        factors=(),
        cells=np.zeros((6, 0)),
        marks=np.zeros((6, 0), dtype=np.int8),
        ready={"index": index},
    )
    scenario = Scenario(
        name=name, year="", need=Need(method="index"), pot=Pot(per_pupil=1.0), redistribution=PRESETS[name]
    )
    rates = allocate(schools, scenario).rate
    ground, step = HEIGHT - 3, WIDTH / 6
    bars = "".join(
        f'<rect x="{at * step + 1:.1f}" y="{ground - rate / TOP * ground:.1f}" width="{step - 2:.1f}" '
        f'height="{max(rate / TOP * ground, 1):.1f}" fill="{ABOVE if rate > 1 else BELOW}"/>'
        for at, rate in enumerate(np.minimum(rates, TOP))
    )
    line = ground - ground / TOP
    return (
        f'<svg aria-hidden="true" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'{bars}<path d="M0 {line:.1f}H{WIDTH}" stroke="{LINE}" stroke-width="1.5"/></svg>'
    )
