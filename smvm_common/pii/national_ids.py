"""National identifiers, by their patterns and check digits.

Those that are bare digits, as market sizes are, count only behind a word that names them.
"""

from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn

from smvm_common.pii.spans import Recogniser, by_pattern

_KIND = "national_id"


def _named(words: str, digits: str) -> str:
    return rf"(?i:\b(?:{words})\b)[^\d\n]{{0,20}}(?P<value>{digits})\b"


NATIONAL_IDS: tuple[Recogniser, ...] = (
    by_pattern("ssn", r"\b\d{3}-\d{2}-\d{4}\b", lambda text: bool(ssn.is_valid(text))),
    # a national insurance number has no check digit; its prefixes are few (HMRC manual NIM39110)
    by_pattern(
        _KIND,
        r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
    ),
    by_pattern(_KIND, r"\b\d{3}[ -]\d{3}[ -]\d{3}\b", lambda text: bool(sin.is_valid(text))),
    by_pattern(_KIND, r"\b\d{8}-?[A-Z]\b", lambda text: bool(dni.is_valid(text))),
    by_pattern(_KIND, r"\b[XYZ]-?\d{7}-?[A-Z]\b", lambda text: bool(nie.is_valid(text))),
    by_pattern(
        _KIND,
        r"\b[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}\b",
        lambda text: bool(nir.is_valid(text)),
    ),
    by_pattern(
        _KIND,
        r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
        lambda text: bool(codicefiscale.is_valid(text)),
    ),
    by_pattern(
        _KIND,
        _named("IdNr|Steuer-?ID|tax id(?:entification number)?", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        lambda text: bool(idnr.is_valid(text)),
    ),
    by_pattern(_KIND, _named("BSN|sofi", r"\d{9}"), lambda text: bool(bsn.is_valid(text))),
    by_pattern(_KIND, _named("PESEL", r"\d{11}"), lambda text: bool(pesel.is_valid(text))),
    by_pattern(
        _KIND, _named("SIN|social insurance", r"\d{9}"), lambda text: bool(sin.is_valid(text))
    ),
)
