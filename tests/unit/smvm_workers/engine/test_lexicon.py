import re

import pytest

from smvm_workers.engine.lexicon import excused, hits
from smvm_workers.engine.reference.tables import table

_OWN_WORDS = [
    ("illegal", "a service that launders money for dealers", "fraud"),
    ("illegal", "we sell cocaine by post", "drugs"),
    ("illegal", "untraceable guns for hunters", "weapons"),
    ("illegal", "ransomware for rent", "hacking"),
    ("illegal", "a marketplace for human organs", "exploitation"),
    ("illegal", "it helps firms evade taxes", "tax_evasion"),
    ("impossible", "a perpetual motion machine", "perpetual_motion"),
    ("impossible", "cars that run on water", "water_fuel"),
    ("impossible", "a warp drive for tourists", "faster_than_light"),
    ("impossible", "time travel to the past", "time_travel"),
    ("impossible", "boards with anti-gravity", "anti_gravity"),
    ("impossible", "a pill that cures all diseases", "immortality"),
    ("impossible", "predicts the winning lottery numbers", "certain_future"),
]

_EXCUSED = [
    ("illegal", "software that detects money laundering at banks"),
    ("illegal", "money laundering detection for banks"),
    ("illegal", "protects shops against stolen credit cards"),
    ("illegal", "helps victims of human trafficking"),
    ("illegal", "a podcast series about counterfeit money"),
    ("illegal", "anti phishing campaigns training"),
    ("impossible", "a game with a time machine"),
    ("impossible", "a novel on perpetual motion"),
    ("impossible", "time machine backup software"),
    ("impossible", "a museum of perpetual motion"),
    ("impossible", "an anti-gravity yoga studio"),
]

_NOT_EXCUSED = [
    "prevents theft. we also sell cocaine by post",
    "detects rivals; launders money",
    "a comic shop that is a front for it. untraceable guns",
    "an app with stories to order cocaine by post and trade cocaine",
]


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in table("lexicon")}))
def test_every_pattern_of_the_table_compiles_and_matches_no_empty_text(kind: str) -> None:
    assert hits(kind, "") == ()
    for row in table("lexicon"):
        for column in ("unless_before", "unless_behind"):
            re.compile(row[column])


@pytest.mark.parametrize(("kind", "text", "code"), _OWN_WORDS)
def test_what_forbids_is_found_with_the_words_that_decided(kind: str, text: str, code: str) -> None:
    (hit,) = hits(kind, text)
    assert hit.row["code"] == code
    assert hit.words in text
    assert not excused(hit, text)


@pytest.mark.parametrize(("kind", "text"), _EXCUSED)
def test_fighting_it_or_telling_of_it_is_excused(kind: str, text: str) -> None:
    for hit in hits(kind, text):
        assert excused(hit, text), hit.words


@pytest.mark.parametrize("text", _NOT_EXCUSED)
def test_the_excuse_must_stand_in_the_same_sentence_and_speak_of_it(text: str) -> None:
    assert any(not excused(hit, text) for hit in hits("illegal", text))


@pytest.mark.parametrize(
    ("kind", "text", "codes"),
    [
        ("model", "a marketplace where owners rent out tools", ["marketplace"]),
        ("model", "an app with machine learning", []),
        ("segment", "for millennials", ["millennials"]),
        ("segment", "software for small law practices", ["small_firms"]),
        ("technology", "the sails of ships", []),
        ("technology", "ai with computer vision", ["ai", "vision"]),
        ("regulation", "schools for children", ["children"]),
        ("reach", "a grocery service for our village", ["local"]),
        ("reach", "stamps for collectors", ["niche"]),
        ("reach", "software for village halls across europe", []),
    ],
)
def test_words_and_not_parts_of_words(kind: str, text: str, codes: list[str]) -> None:
    assert [hit.row["code"] for hit in hits(kind, text)] == codes
