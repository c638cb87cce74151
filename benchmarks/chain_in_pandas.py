"""The rival of `benchmarks.chain`: the same chain as a good analyst writes it in pandas (docs/method.md §2–§4, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from socio.composition import Composition


def tables(composition: Composition, weights: Mapping[str, Mapping[str, float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay schools and weights out as the two tables that one would have read from files.

    Parameters
    ----------
    composition : Composition
        The schools.
    weights : mapping
        Factor, category, weight.

    Returns
    -------
    schools : pandas.DataFrame
        One row a school: code, pupils, paid and one column a category.
    weights : pandas.DataFrame
        One row a category: column and weight.
    """
    shares = pd.DataFrame(composition.shares, columns=[": ".join(column) for column in composition.columns])
    schools = pd.DataFrame(
        {
            "code": composition.codes,
            "pupils": composition.pupils_composition,
            "paid": composition.pupils_paid,
        }
    )
    listed = [
        {"category": f"{factor}: {category}", "weight": weight}
        for factor, categories in weights.items()
        for category, weight in categories.items()
    ]
    return pd.concat([schools, shares], axis=1), pd.DataFrame(listed)


def allocate(
    schools: pd.DataFrame,
    weights: pd.DataFrame,
    *,
    pot: int,
    degree: float,
    progression: float,
    minimum: float,
    cap: float,
) -> pd.DataFrame:
    """Share the pot between the schools.

    Parameters
    ----------
    schools, weights : pandas.DataFrame
        As `tables` gives them.
    pot : int
        Kr.
    degree, progression : float
        How strongly the pot follows the index, and the exponent on it.
    minimum, cap : float
        Kr per pupil.

    Returns
    -------
    pandas.DataFrame
        The schools with points, index, rate and amount.
    """
    long = schools.melt(id_vars=["code"], value_vars=list(weights["category"]), var_name="category", value_name="share")
    long = long.merge(weights, on="category")
    long["points"] = long["share"] * long["weight"]
    points = long.groupby("code", sort=False)["points"].sum()
    table = schools[["code", "pupils", "paid"]].merge(points, left_on="code", right_index=True)

    mean = (table["points"] * table["pupils"]).sum() / table["pupils"].sum()
    table["index"] = table["points"] / mean
    bent = table["index"] ** progression
    shape = bent * table["paid"].sum() / (bent * table["paid"]).sum()
    average = pot / table["paid"].sum()
    wanted = (average * (1 + (shape - 1) * degree)).clip(lower=0)

    table["rate"] = wanted * pot / (wanted * table["paid"]).sum()
    bound = pd.Series(data=False, index=table.index)
    while True:  # each round binds those that are furthest out, and shares what is left among the others
        low, high = table["rate"] < minimum, table["rate"] > cap
        if not (low | high).any():
            break
        short = ((minimum - table["rate"]) * table["paid"])[low].sum()
        over = ((table["rate"] - cap) * table["paid"])[high].sum()
        now = low if short > over else high
        table.loc[now, "rate"] = minimum if short > over else cap
        bound |= now
        left = pot - (table["rate"] * table["paid"])[bound].sum()
        free = ~bound
        table.loc[free, "rate"] = wanted[free] * left / (wanted * table["paid"])[free].sum()

    exact = (table["rate"] * table["paid"]).round(6)
    table["amount"] = exact.astype("int64")
    table["remainder"] = exact - table["amount"]
    table["number"] = table["code"].astype("int64")
    last = table.sort_values(["remainder", "number"], ascending=[False, True]).head(pot - int(table["amount"].sum()))
    table.loc[last.index, "amount"] += 1
    return table
