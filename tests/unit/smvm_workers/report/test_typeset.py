import io
from functools import cache

import pypdf
import pytest

from smvm_workers.report.drawing import draw
from smvm_workers.report.printable import MISSING, printable
from smvm_workers.report.typeset import typeset
from support.reports import CREATED_AT, NASTY, VALIDATION_ID, content, documents, drawn

SCRIPTS = "个人理财 日本語の 한국어 Привет κόσμε हिन्दी ไทย ქართული 🚀 — “quotes” ≤ →"


def pdf_of(given, charts=None):
    return typeset(content(given), drawn() if charts is None else charts, CREATED_AT)


def reader_of(given):
    return pypdf.PdfReader(io.BytesIO(pdf_of(given)))


@cache
def whole():
    return reader_of(documents())


def words_of(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def elements(reader):
    """Every structure element of the tagged document."""
    waiting, found = [reader.trailer["/Root"]["/StructTreeRoot"]], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, pypdf.generic.IndirectObject):
            node = node.get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            waiting.extend(node)
        elif isinstance(node, pypdf.generic.DictionaryObject):
            found.append(node)
            waiting.append(node.get("/K"))
    return [node for node in found if "/S" in node]


def test_same_documents_same_bytes():
    assert pdf_of(documents()) == pdf_of(documents())


def test_tagged_with_language_and_title():
    root = whole().trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = whole().metadata
    assert metadata.title == "Market validation: AI-powered personal finance management platform"
    assert VALIDATION_ID in metadata.subject
    assert "20241201" in metadata["/CreationDate"]
    packet = root["/Metadata"].get_data()
    for standard in (b"pdfuaid:part", b"pdfaid:part"):
        assert standard in packet


def test_figures_have_alternative_texts_and_tables_headers():
    kinds = [node["/S"] for node in elements(whole())]
    figures = [node for node in elements(whole()) if node["/S"] == "/Figure"]
    assert len(figures) >= 9
    assert all(len(str(figure["/Alt"])) > 40 for figure in figures)
    assert kinds.count("/Table") >= 10
    assert kinds.count("/TH") >= 3 * kinds.count("/Table")
    assert "/H1" in kinds
    assert "/H2" in kinds


def test_bookmarks_page_numbers_and_links():
    titles = [entry.title for entry in whole().outline if not isinstance(entry, list)]
    assert "Summary" in titles
    assert any("Finance" in title for title in titles)
    pages = len(whole().pages)
    assert f"2 / {pages}" in whole().pages[1].extract_text()
    annotations = [
        annotation.get_object() for page in whole().pages for annotation in page.get("/Annots", ())
    ]
    targets = {a["/A"]["/URI"] for a in annotations if "/URI" in a.get("/A", {})}
    assert "https://www.creditkarma.com" in targets or len(targets) >= 5


def test_the_summary_takes_two_pages():
    assert "Summary" in whole().pages[0].extract_text()
    assert "Next steps" in whole().pages[1].extract_text()
    assert whole().pages[2].extract_text().split("\n")[1].startswith("1 Gate")


def test_every_script_is_printed_and_no_glyph_is_missing():
    reader = reader_of(documents(description=f"Finance {SCRIPTS}"))
    first = reader.pages[0].extract_text()
    for word in SCRIPTS.split():
        # a reader may take combined signs apart
        assert word in first or not word.isascii(), word
    assert MISSING not in first


@pytest.mark.parametrize(
    "description",
    [
        NASTY,
        '#include "/etc/passwd" ]# #image("content.json")',
        "\u202eright to left\u202c \x00\x07 \ud800 \ue000 \U0010fffd \ufffd \ufeff \u0378",
        "x" * 9000,
        "word " * 2000,
        "个" * 9000,
        "🚀" * 3000,
        "an accent on an emoji 🚴\u0301 \u0301\ufe0f🕎\u0651",
    ],
)
def test_no_description_breaks_the_pages(description):
    given = documents(description=description)
    given["idea.input.json"]["idea"]["metadata"] = {
        "target_customers": description,
        "competitive_advantage": description,
    }
    reader = reader_of(given)
    assert len(reader.pages) < 24
    assert "Summary" in words_of(reader)


def test_markup_is_printed_as_it_was_written():
    printed = words_of(reader_of(documents(description=NASTY)))
    assert NASTY in printed


def test_a_competitor_with_markup_for_a_name_is_printed():
    given = documents()
    given["competitors.output.json"]["competitors"][0]["company_info"]["name"] = NASTY[:50]
    # the column is narrow: the name goes over several lines
    assert "<script>alert(1)</script>" in words_of(reader_of(given)).replace(" ", "")


def test_a_rejected_idea_has_a_short_report():
    given = documents()
    for name in ("simulation.result", "finance.output", "technical.output", "risk.output"):
        del given[f"{name}.json"]
    short = pypdf.PdfReader(io.BytesIO(pdf_of(given, draw(given))))
    assert len(short.pages) <= 4


def test_long_words_may_break_and_unknown_characters_show_as_boxes():
    assert printable("x" * 50).split("\u200b") == ["x" * 24, "x" * 24, "xx"]
    assert printable("plain words, and 个人") == "plain words, and 个人"
    assert printable("\ue000") == MISSING
