"""The science: pure functions of plain data and a seed. No I/O, clock, Celery or global randomness.

Reference tables that ship with the package are read once, as data.
"""

VERSION = "1.0.0"
