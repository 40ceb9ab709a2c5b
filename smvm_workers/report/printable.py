"""Makes any text fit for typesetting with the report's fonts.

Archivable, tagged PDF (PDF/A, PDF/UA) must not hold characters without a glyph.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import manimgx_fonts
import noto_cjk_sans_jp_regular
from fontTools.ttLib import TTFont

MISSING = "\N{WHITE SQUARE}"
_LONG_WORD = re.compile(r"[^\s\u200b\u3000-\u9fff\uac00-\ud7af]{36,}")
_PIECE = 24
"""Characters of a word without blanks after which a line may break."""
_WITHOUT_GLYPH = set("\n\u00ad\u200b\u200c\u200d\ufe0e\ufe0f")
"""Controls that shape or break text and are not drawn."""


def font_folders() -> list[Path]:
    """Where the report's fonts lie."""
    return [Path(str(m.__file__)).parent for m in (manimgx_fonts, noto_cjk_sans_jp_regular)]


def printable(words: str) -> str:
    """The text with a box for what no font has, and with places to break long words."""
    if not words.isascii():
        words = "".join(character if _drawn(character) else MISSING for character in words)
    return _LONG_WORD.sub(_breakable, words)


def _drawn(character: str) -> bool:
    return character in _WITHOUT_GLYPH or ord(character) in _covered()


def _breakable(found: re.Match[str]) -> str:
    word = found[0]
    pieces = (word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
    return "\N{ZERO WIDTH SPACE}".join(pieces)


@cache
def _covered() -> frozenset[int]:
    """Every character that one of the report's fonts can show."""
    found: set[int] = set()
    for folder in font_folders():
        for path in sorted(folder.glob("*.[ot]tf")):
            with TTFont(path, lazy=True) as font:
                found.update(font.getBestCmap())
    # some fonts use private characters, whose meaning a reader cannot know
    return frozenset(code for code in found if unicodedata.category(chr(code)) != "Co")
