import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from smvm_workers.report.html import render_page
from support.reports import NASTY, content, documents, drawn

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Elements in order, with a check that each is closed where it was opened."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.words, self._open = [], "", []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


def page_of(given=None, charts=None):
    given = given or documents()
    return render_page(content(given), drawn() if charts is None else charts).decode()


def test_same_documents_same_bytes():
    assert page_of() == page_of()


def test_nothing_is_loaded_run_or_styled_from_elsewhere():
    page = page_of()
    assert not re.search(r"<script|<link|<img|<iframe|<object|@import|url\((?!#)", page)
    found = Page(page)
    for tag, attributes in found.elements:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "src" not in attributes, tag
    assert len(found.all("style")) == 1


def test_headings_go_down_one_level_at_a_time():
    levels = [int(tag[1]) for tag, _ in Page(page_of()).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_charts_are_named_and_tables_have_captions_and_scopes():
    found = Page(page_of())
    charts = found.all("svg")
    assert len(charts) >= 9
    assert all(chart["role"] == "img" and len(chart["aria-label"]) > 40 for chart in charts)
    assert len(found.all("caption")) == len(found.all("table"))
    assert {header["scope"] for header in found.all("th")} == {"col", "row"}


def test_names_are_unique_and_every_anchor_leads_somewhere():
    found = Page(page_of())
    names = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(names) == len(set(names))
    anchors = [a["href"][1:] for a in found.all("a") if a["href"].startswith("#")]
    assert anchors
    assert set(anchors) <= set(names)


def test_the_page_says_what_the_document_says():
    words = " ".join(Page(page_of()).words.split())
    composed = content()
    for text in (
        composed["summary"]["plain_words"],
        *composed["summary"]["reasons"],
        *(section["title"] for section in composed["sections"]),
    ):
        assert " ".join(text.split()) in words
    assert 'href="artifacts/analysis_report.pdf"' in page_of()


@pytest.mark.parametrize("place", ["description", "customers", "competitor", "source", "reason"])
def test_markup_is_text_wherever_it_comes_from(place):
    given = documents()
    idea = given["idea.input.json"]["idea"]
    decision = given["decision.output.json"]
    rivals = given["competitors.output.json"]["competitors"]
    if place == "description":
        idea["description"] = NASTY
    elif place == "customers":
        idea["metadata"]["target_customers"] = NASTY
    elif place == "competitor":
        rivals[0]["company_info"] |= {"name": NASTY, "url": 'https://x/"><script>alert(1)</script>'}
    elif place == "source":
        decision["sources"].append({"name": NASTY, "kind": "reference", "url": "https://x/'\"><b>"})
    else:
        decision["decision_recommendation"]["reasons"] = [NASTY]
    page = page_of(given)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not Page(page).all("script", "b", "i") or "<script" not in page


def test_a_page_without_charts_is_whole():
    given = documents()
    kept = ("idea.input.json", "decision.output.json", "gate.output.json")
    page = page_of({name: given[name] for name in kept}, {})
    assert Page(page).all("svg") == []
    assert "Summary" in page
