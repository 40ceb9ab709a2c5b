"""How sure the engine may say that it is."""

_LAPSE = 0.05
"""The chance that the reference figures describe another market than the idea's: then the answer is
anybody's guess. A labelled assumption; it bounds what is said to be known to 97.5 %."""


def confidence(probability: float) -> float:
    """A probability under the model as a probability outside of it."""
    return (1 - _LAPSE) * probability + _LAPSE / 2
