"""Figures as readers read them."""


def money(amount: float) -> str:
    """US dollars to three significant digits: $1.8B, −$522k."""
    sign, size = ("\N{MINUS SIGN}" if amount < 0 else ""), abs(amount)
    for limit, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        # what rounds to a thousand of a unit is one of the next
        if size >= limit * 0.9995:
            return f"{sign}${size / limit:.3g}{unit}"
    return f"{sign}${size:.0f}"


def percent(share: float) -> str:
    """A share: 40 %; below one per cent with a digit that counts."""
    value = 100 * share
    digits = 1 if 0 < abs(value) < 1 else 0
    return f"{value:.{digits}f} %".replace("-", "\N{MINUS SIGN}")


def chance(probability: float) -> str:
    """A probability as a percentage; what is nearly sure is never said to be sure."""
    if probability > 0.995:
        return "more than 99 %"
    return "less than 1 %" if probability < 0.005 else percent(probability)
