"""Need: from composition to points, index and progression (docs/method.md §2–§3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from socio.errors import Fault, ScenarioError, words

if TYPE_CHECKING:
    from socio.composition import Array, Composition, Whole
    from socio.scenario import Need


def weights_for(composition: Composition, need: Need) -> Array:
    """Lay the scenario's weights along the table's categories.

    Parameters
    ----------
    composition : Composition
        Whose factors and categories.
    need : Need
        Weights by factor and category.

    Returns
    -------
    array of float, shape (n_categories,)
        0 for a factor that the scenario does not name.

    Raises
    ------
    ScenarioError
        Where a weight has no column, a named factor's category has no weight, or all weights are 0.

    Notes
    -----
    docs/method.md §10.
    """
    faults = []
    categories = {factor.name: factor.categories for factor in composition.factors}
    for factor, weights in need.weights.items():
        if factor not in categories:
            wrong = words("the table has no factor with this name")
            faults.append(_fault(factor, None, wrong, ", ".join(categories)))
            continue
        known = ", ".join(categories[factor])
        faults += [
            _fault(factor, category, words("the table has no category with this name"), known)
            for category in weights
            if category not in categories[factor]
        ]
        faults += [
            _fault(factor, category, words("a category of a factor in use has no weight"), known)
            for category in categories[factor]
            if category not in weights
        ]
    if not faults and not any(any(weights.values()) for weights in need.weights.values()):
        faults.append(
            Fault(
                key="need.weights",
                wrong=words("all weights are 0"),
                allowed=words("at least one must be above 0"),
            )
        )
    if faults:
        raise ScenarioError(faults)
    return np.array([need.weights.get(factor, {}).get(category, 0.0) for factor, category in composition.columns])


def _fault(factor: str, category: str | None, wrong: object, known: str) -> Fault:
    key = f'need.weights."{factor}"' + ("" if category is None else f'."{category}"')
    return Fault(key=key, wrong=wrong, allowed=words("the table has {names}", names=known))  # type: ignore[arg-type]


def ready_for(composition: Composition, method: str) -> Array:
    """Return the ready ``risk`` or ``index`` column of the table.

    Parameters
    ----------
    composition : Composition
        A table with that column.
    method : str
        ``risk`` or ``index``.

    Returns
    -------
    array of float, shape (n_schools,)

    Raises
    ------
    ScenarioError
        Where the table lacks the column.
    """
    if method not in composition.ready:
        raise ScenarioError(
            [
                Fault(
                    key="need.method",
                    value=f'"{method}"',
                    wrong=words("the table has no column {column}", column=method),
                    allowed=words('add the column, or write method = "weights"'),
                )
            ]
        )
    return composition.ready[method]


def points(shares: Array, weights: Array) -> Array:
    """Weigh each school's composition into points per pupil.

    Parameters
    ----------
    shares : array of float, shape (n_schools, n_categories)
        Share of the school's pupils in each category, 0–1; each factor's shares sum to 1.
    weights : array of float, shape (..., n_categories)
        Weight of each category, at least 0; leading axes are scenarios.

    Returns
    -------
    array of float, shape (..., n_schools)
        Points per pupil.

    Notes
    -----
    ``A_j = Σ_i a_i x_i`` – SKL (2014), step 3; docs/method.md §2.

    Examples
    --------
    >>> points(np.array([[0.15, 0.30, 0.55]]), np.array([3, 2, 1]))
    array([1.6])
    """
    weighed: Array = np.matmul(weights, shares.T)
    return weighed


def mean_points(points: Array, pupils: Whole, minimum_pupils: int = 0) -> Array:
    """Return the municipality's points per pupil: the pupil-weighted mean of the schools.

    Parameters
    ----------
    points : array of float, shape (..., n_schools)
        Points per pupil.
    pupils : array of int, shape (n_schools,)
        Pupils behind the shares.
    minimum_pupils : int
        Units with fewer pupils are left out, unless all have fewer.

    Returns
    -------
    array of float, shape (...)

    Notes
    -----
    ``p̄ = Σ c_i p_i / Σ c_i``, docs/method.md §2; never the plain mean of schools (trap T01).

    Examples
    --------
    >>> mean_points(np.array([1.0, 2.0]), np.array([300, 100]))
    np.float64(1.25)
    """
    counted = np.where(pupils >= minimum_pupils, pupils, 0).astype(float)
    if not counted.any():
        counted = pupils.astype(float)
    mean: Array = points @ counted / counted.sum()
    return mean


def index(points: Array, mean: Array | float, pupils: Whole, minimum_pupils: int = 0) -> Array:
    """Set each school's points against the municipality's.

    Parameters
    ----------
    points : array of float, shape (..., n_schools)
        Points per pupil.
    mean : array of float, shape (...)
        The municipality's points per pupil, above 0.
    pupils : array of int, shape (n_schools,)
        Pupils behind the shares.
    minimum_pupils : int
        Units with fewer pupils take the index 1.

    Returns
    -------
    array of float, shape (..., n_schools)
        Index, municipality = 1.

    Notes
    -----
    ``x_i = p_i / p̄`` – SKL (2014), step 3; docs/method.md §2.

    Examples
    --------
    >>> index(np.array([1.0, 2.0]), 1.25, np.array([300, 100]))
    array([0.8, 1.6])
    """
    relative = points / np.asarray(mean)[..., None]
    return np.where(pupils < minimum_pupils, 1.0, relative) if minimum_pupils else relative


def progressive(
    index: Array,
    pupils: Array,
    progression: Array | float,
    bracket_start: Array | float = np.inf,
    bracket_slope: Array | float = 1.0,
) -> Array:
    """Bend the index and scale it to the mean 1.

    Parameters
    ----------
    index : array of float, shape (..., n_schools)
        Index, municipality = 1.
    pupils : array of float, shape (n_schools,)
        Pupils the money follows.
    progression : array of float, shape (...)
        Exponent on the index; 1 is linear.
    bracket_start, bracket_slope : array of float, shape (...)
        Index above which the slope is ``bracket_slope`` instead of 1.

    Returns
    -------
    array of float, shape (..., n_schools)
        Shape g with the pupil-weighted mean 1.

    Notes
    -----
    ``g_i = x_i^γ · Σn / Σ(n x^γ)``, docs/method.md §3; the mean of g(x) is not g of the mean (trap T09).

    Examples
    --------
    >>> progressive(np.array([0.5, 1.5]), np.array([100.0, 100.0]), 2.0)
    array([0.2, 1.8])
    """
    if not np.all(np.asarray(bracket_start) == np.inf):
        start, slope = np.asarray(bracket_start)[..., None], np.asarray(bracket_slope)[..., None]
        index = index + (slope - 1) * np.maximum(index - start, 0)
    exponent = np.asarray(progression)
    bent = index if np.all(exponent == 1) else index ** exponent[..., None]
    shape: Array = bent * (pupils.sum() / (bent @ pupils))[..., None]
    return shape


def index_at(  # noqa: PLR0917 - what `progressive` takes, and the level
    level: float, index: Array, pupils: Array, progression: float, start: float, slope: float
) -> float:
    """Return the index at which the shape reaches a level: `progressive` backwards.

    Parameters
    ----------
    level : float
        A value of the shape g, such as a threshold.
    index : array of float, shape (n_schools,)
        Index, municipality = 1.
    pupils : array of float, shape (n_schools,)
        Pupils the money follows.
    progression, start, slope : float
        As in `progressive`.

    Returns
    -------
    float
        0 where every index is above the level.

    Notes
    -----
    ``x = (t Σ(n x^γ) / Σn)^(1/γ)``, docs/method.md §3–§4.

    Examples
    --------
    >>> index_at(0.2, np.array([0.5, 1.5]), np.array([100.0, 100.0]), 2.0, np.inf, 1.0)
    0.5
    """
    return _unbent(level * _bent_mean(index, pupils, progression, start, slope), progression, start, slope)


def level_at(  # noqa: PLR0917 - what `progressive` takes, and the index
    at: float, index: Array, pupils: Array, progression: float, start: float, slope: float
) -> float:
    """Return the level of the shape at an index: `index_at` backwards.

    Examples
    --------
    >>> level_at(0.5, np.array([0.5, 1.5]), np.array([100.0, 100.0]), 2.0, np.inf, 1.0)
    0.2
    """
    bent = at if at <= start else start + slope * (at - start)
    return float(bent**progression / _bent_mean(index, pupils, progression, start, slope))


def _bent_mean(index: Array, pupils: Array, progression: float, start: float, slope: float) -> float:
    bent = np.where(index > start, start + slope * (index - start), index) if np.isfinite(start) else index
    return float(bent**progression @ pupils / pupils.sum())


def _unbent(bent: float, progression: float, start: float, slope: float) -> float:
    if progression == 0 or bent <= 0:
        return 0.0
    straight = bent ** (1 / progression)
    if straight <= start:
        return float(straight)
    return float(start + (straight - start) / slope) if slope > 0 else float("inf")
