"""Postal addresses of the United States, Canada and the United Kingdom.

A beginning (a house number, a flat, a box, a military unit), some words, and a postal code, or at the
least the word for a street.
"""

from smvm_common.pii.spans import Recogniser, by_pattern

_KIND = "address"
_STREET = (
    r"(?:[Ss]treet|[Ss]t|[Aa]venue|[Aa]ve|[Rr]oad|[Rr]d|[Ll]ane|[Ll]n|[Dd]rive|[Dd]r|[Bb]oulevard"
    r"|[Bb]lvd|[Cc]ourt|[Cc]t|[Pp]lace|[Pp]l|[Ss]quare|[Tt]errace|[Ww]ay|[Cc]lose|[Cc]rescent"
    r"|[Hh]ighway|[Pp]arkway|[Mm]ews|[Gg]rove|[Gg]ardens|[Rr]ow|[Hh]ill|[Cc]ircle|[Tt]rail)"
)
_BEGINNING = (
    r"(?:\d{1,6}[A-Za-z]?|(?:Flat|Studio|Unit|Apt\.?|Suite|PSC|P\.?O\.? Box) \d{1,5}\w?"
    r"|US(?:NS|NV|S|CGC))"
)
_WORD = rf"(?:[A-Z][\w'’.-]*|\d{{1,5}}\w?|#\d+|{_STREET})"
_CODE = (
    r"(?:[A-Z]{2} \d{5}(?:-\d{4})?"  # state and ZIP code
    r"|[A-Z]{2},? [A-Z]\d[A-Z] ?\d[A-Z]\d"  # province and Canadian postal code
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"  # British postcode
)

ADDRESSES: tuple[Recogniser, ...] = (
    by_pattern(_KIND, rf"\b{_BEGINNING}(?:,?[ \n]{_WORD}){{1,12}}?,?[ \n]{_CODE}\b"),
    by_pattern(_KIND, rf"\b\d{{1,5}}[A-Za-z]? (?:[A-Z][\w'’-]+ ){{1,3}}{_STREET}\b"),
)
