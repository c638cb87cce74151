"""The chain once more, slow and plain, in exact fractions: docs/method.md §2–§6 read anew, nothing from socio."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

DIGITS = 60
"""Digits kept where a power is no fraction."""
MILLION = 10**6


class ImpossibleError(Exception):
    """The bounds, or a phase-in inside the pot, cannot hold; `number` would do."""

    def __init__(self, what, number):
        super().__init__(what, number)
        self.what, self.number = what, number


class NoPointsError(Exception):
    """No school has any points."""


def half_up(value):
    """Round a fraction to whole, a half upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def need(schools, weights, row, smallest):
    """Points, the municipality's points and index (§2)."""
    points = [sum(w * s for w, s in zip(weights, school["shares"], strict=True)) for school in schools]
    if row is None:
        counted = [school["c"] >= smallest for school in schools]
        if not any(counted):
            counted = [True] * len(schools)
        people = sum(school["c"] for school, count in zip(schools, counted, strict=True) if count)
        total = sum(school["c"] * p for school, p, count in zip(schools, points, counted, strict=True) if count)
        mean = total / people
    else:
        mean = sum(w * s for w, s in zip(weights, row, strict=True))
    if mean == 0:
        raise NoPointsError
    index = [Fraction(1) if school["c"] < smallest else p / mean for school, p in zip(schools, points, strict=True)]
    if not any(index):
        raise NoPointsError
    return points, mean, index


def power(base, exponent):
    """Raise a fraction to a power, exactly where the power is whole."""
    if exponent.denominator == 1:
        return base**exponent.numerator
    if base == 0:
        return Fraction(0)
    with localcontext() as context:
        context.prec = DIGITS
        decimal_base = Decimal(base.numerator) / Decimal(base.denominator)
        decimal_exponent = Decimal(exponent.numerator) / Decimal(exponent.denominator)
        return Fraction((decimal_base.ln() * decimal_exponent).exp())


def shape(schools, index, progression, brackets):
    """Bend the index and scale it to the mean 1 (§3)."""
    if brackets is None:
        bent = [power(x, progression) for x in index]
    else:
        start, slope = brackets
        bent = [x if x <= start else start + slope * (x - start) for x in index]
    people = sum(school["n"] for school in schools)
    total = sum(school["n"] * g for school, g in zip(schools, bent, strict=True))
    return [g * people / total for g in bent]


def clip(rate, minimum, cap):
    """Keep a rate within its bounds."""
    rate = max(rate, minimum)
    return rate if cap is None else min(rate, cap)


def largest_scale(rates_at, bends, schools, pot):
    """Walk the sorted bends from the last to the first, and solve on the straight piece where the pot is spent."""

    def spent(scale):
        return sum(school["n"] * rate for school, rate in zip(schools, rates_at(scale), strict=True))

    ordered = sorted({Fraction(0), *(bend for bend in bends if bend >= 0)})
    for place in range(len(ordered) - 1, -1, -1):
        here = ordered[place]
        at_here = spent(here)
        if at_here <= pot:
            there = ordered[place + 1] if place + 1 < len(ordered) else here + 1
            rise = spent(there) - at_here
            return here if rise == 0 else here + (pot - at_here) * (there - here) / rise
    message = "the pot does not reach"
    raise AssertionError(message)


def target(schools, shaped, deduction, rules):
    """Unscaled rates, target rates and the scale (§4)."""
    pot, minimum, cap = rules["pot"], rules["minimum"], rules["cap"]
    people = sum(school["n"] for school in schools)
    average = Fraction(pot, people)
    unscaled = [max(Fraction(0), (average + deduction) * g - deduction) for g in shaped]
    if minimum > average:
        what = "minimum"
        raise ImpossibleError(what, average)
    if cap is not None:
        most = sum(school["n"] * (cap if tau > 0 else minimum) for school, tau in zip(schools, unscaled, strict=True))
        if cap < average or most < pot:
            paid = sum(school["n"] for school, tau in zip(schools, unscaled, strict=True) if tau > 0)
            needed = (pot - minimum * (people - paid)) / Fraction(paid) if paid else Fraction(0)
            what = "cap"
            raise ImpossibleError(what, max(average, needed))

    def rates_at(scale):
        return [clip(scale * tau, minimum, cap) for tau in unscaled]

    bends = [level / tau for tau in unscaled if tau > 0 for level in (minimum, cap) if level is not None]
    scale = largest_scale(rates_at, bends, schools, pot)
    return unscaled, rates_at(scale), scale


def softened(wanted, old, part, limit_kr, limit_share):
    """Take this year's part of a decrease, within the limits (§5)."""
    if old is None or wanted >= old:
        return wanted
    rate = old - (old - wanted) * part
    if limit_kr is not None:
        rate = max(rate, old - limit_kr)
    if limit_share is not None:
        rate = max(rate, (1 - limit_share) * old)
    return rate


def phased(schools, unscaled, targets, scale, rules):
    """Give this year's rates, the scale in use and what they cost beside the pot (§5)."""
    pot, minimum, cap, soft_rules = rules["pot"], rules["minimum"], rules["cap"], rules["phase_in"]
    part, limit_kr, limit_share = (soft_rules[name] for name in ("part", "limit_kr", "limit_share"))

    def soft(rates):
        return [
            softened(rate, school["old"], part, limit_kr, limit_share)
            for rate, school in zip(rates, schools, strict=True)
        ]

    if soft_rules["financed"] == "outside":
        rates = soft(targets)
        return rates, scale, sum(school["n"] * rate for school, rate in zip(schools, rates, strict=True)) - pot

    def rates_at(scale):
        return soft([clip(scale * tau, minimum, cap) for tau in unscaled])

    least = sum(school["n"] * rate for school, rate in zip(schools, rates_at(Fraction(0)), strict=True))
    if least > pot:
        what = "phase_in"
        raise ImpossibleError(what, least)
    bends = []
    for school, tau in zip(schools, unscaled, strict=True):
        if tau == 0:
            continue
        bends += [level / tau for level in (minimum, cap, school["old"]) if level is not None]
        if school["old"] is not None and part > 0:
            floors = []
            if limit_kr is not None:
                floors.append(school["old"] - limit_kr)
            if limit_share is not None:
                floors.append((1 - limit_share) * school["old"])
            bends += [(school["old"] - (school["old"] - floor) / part) / tau for floor in floors]
    scale = largest_scale(rates_at, bends, schools, pot)
    return rates_at(scale), scale, Fraction(0)


def code_order(code):
    """Digits by value, other codes after them as text (§6)."""
    if code and all(sign in "0123456789" for sign in code):
        return 0, int(code), code
    return 1, 0, code


def whole_kronor(amounts, pot, codes):
    """Share out whole kronor by largest remainder (§6)."""
    millionths = [round(amount * MILLION) for amount in amounts]
    kronor = [one // MILLION for one in millionths]
    queue = sorted(range(len(codes)), key=lambda i: (-(millionths[i] - kronor[i] * MILLION), *code_order(codes[i])))
    for place in queue[: pot - sum(kronor)]:
        kronor[place] += 1
    return kronor


def allocate(schools, rules):
    """Walk the whole chain.

    `schools`: a list of {code, c, n, shares, old}; `rules`: {weights, row, smallest, pot, deduction | degree |
    threshold, progression, brackets, minimum, cap, phase_in}; all numbers whole or fractions, None for none.
    """
    points, mean, index = need(schools, rules["weights"], rules["row"], rules["smallest"])
    shaped = shape(schools, index, rules["progression"], rules["brackets"])
    pot = rules["pot"]
    average = Fraction(pot, sum(school["n"] for school in schools))
    if rules["degree"] is not None:
        deduction = (rules["degree"] - 1) * average
    elif rules["threshold"] is not None:
        deduction = average * rules["threshold"] / (1 - rules["threshold"])
    else:
        deduction = rules["deduction"]
    unscaled, targets, scale = target(schools, shaped, deduction, rules)
    rates, extra = targets, Fraction(0)
    if rules["phase_in"] is not None:
        rates, scale, extra = phased(schools, unscaled, targets, scale, rules)
    amounts = [school["n"] * rate for school, rate in zip(schools, rates, strict=True)]
    kronor = whole_kronor(amounts, pot + half_up(extra), [school["code"] for school in schools])
    return {
        "points": points,
        "mean": mean,
        "index": index,
        "shape": shaped,
        "deduction": deduction,
        "unscaled": unscaled,
        "target": targets,
        "rate": rates,
        "theta": scale,
        "extra": extra,
        "exact": amounts,
        "amount": kronor,
    }
