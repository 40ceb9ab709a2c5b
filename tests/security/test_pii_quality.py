"""How much personal data is found, and how much else is taken for it, on a labelled set by kind."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from faker import Faker

from smvm_common.pii import find_pii
from smvm_workers.engine.reference.tables import table

PER_KIND = 400
TEMPLATES = (
    "Please contact {} about the launch of the platform.",
    "The idea comes from a baker; write to {} for details.",
    "Our first customer left this behind: {}.",
    "Send the samples to {} before Friday.",
    "Interviews showed demand in three cities ({} among those asked).",
    "A marketplace for plumbers, as {} told us; small firms pay by invoice.",
    "Founder: {}\nDomain: logistics",
    "{} will be at the fair in May.",
    "We expect a market of 5,000,000 dollars, says {}",
)
NEGATIVE = (
    "A market of 5,000,000,000 dollars in 2026, growing by 12.5 % a year.",
    "Sell 300 units at 49.99 in Austin and New York before Black Friday.",
    "Integrates with Google Calendar, Microsoft Teams and Salesforce Sales Cloud.",
    "Version 1.2.3 of the API answers within 200 ms on port 8443.",
    "SKU 4006381333931 and order 2024-001-77 are examples.",
    "Subscription of 9.99 USD, 120,000 households, 65 and older.",
    "Open 24/7 from 09:00 to 17:30; delivery within 10 to 14 days.",
    "ISO 27001, RFC 9457, SOC 2 and the EU AI Act apply.",
    "San Francisco and Los Angeles first, then Mexico City and Rio de Janeiro.",
    "Personal Finance Management for Young Professionals in North America.",
    "Revenue 1,234,567.89; cost 987,654; ratio 3:2:1; 50/50 split.",
    "Fifth Avenue prices for Main Street budgets.",
)


@dataclass(frozen=True)
class Labelled:
    """A text and where its personal data stands; none if ``kind`` is empty."""

    text: str
    start: int
    end: int
    kind: str


def _english(random_names: list[Faker]) -> dict[str, Callable[[], str]]:
    us, gb, ca, au = random_names

    def of(*makers: Callable[[], str]) -> Callable[[], str]:
        return lambda: random.choice(makers)()

    return {
        "name": of(*(lambda f=f: f"{f.first_name()} {f.last_name()}" for f in random_names)),
        "email": of(us.email, gb.ascii_company_email, au.free_email),
        "phone": of(
            lambda: us.numerify("(212) 5##-####"),
            lambda: us.numerify("+1 415-2##-####"),
            lambda: gb.numerify("+44 20 7### ####"),
            lambda: gb.numerify("020 7### ####"),
            lambda: gb.numerify("+49 30 2#######"),
            lambda: gb.numerify("+33 1 4# ## ## ##"),
        ),
        "card": of(
            lambda: us.credit_card_number("visa16"),
            lambda: us.credit_card_number("mastercard"),
            lambda: us.credit_card_number("amex"),
        ),
        "iban": of(gb.iban, Faker("de_DE").iban, Faker("fr_FR").iban, Faker("nl_NL").iban),
        "ssn": us.ssn,
        "national_id": of(
            ca.ssn,
            Faker("es_ES").nif,
            Faker("es_ES").nie,
            Faker("it_IT").ssn,
            Faker("fr_FR").ssn,
            lambda: gb.bothify("JK ###### ") + random.choice("ABCD"),
        ),
        "address": of(*(lambda f=f: f.address().replace("\n", ", ") for f in (us, gb, ca))),
        "ip_address": of(us.ipv4_public, us.ipv4_private, us.ipv6),
    }


def _labelled() -> Iterator[Labelled]:
    Faker.seed(20261125)
    random.seed(20261125)
    fakers = [Faker(locale) for locale in ("en_US", "en_GB", "en_CA", "en_AU")]
    for kind, make in _english(fakers).items():
        for _ in range(PER_KIND):
            template, value = random.choice(TEMPLATES), make()
            start = template.index("{}")
            yield Labelled(template.format(value), start, start + len(value), kind)
    for text in NEGATIVE:
        yield Labelled(text, 0, 0, "")
    for row in table("companies"):
        yield Labelled(f"{row['name']}: {row['description']}", 0, 0, "")


@dataclass
class Score:
    """Counts of one kind."""

    found: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed)

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong)


def _measure() -> tuple[dict[str, Score], list[str]]:
    scores: dict[str, Score] = {}
    errors = []
    for case in _labelled():
        spans = find_pii(case.text)
        covering = [s for s in spans if s.start <= case.start and case.end <= s.end and case.kind]
        if case.kind:
            score = scores.setdefault(case.kind, Score())
            hit = any(s.kind == case.kind for s in covering)
            score.found += hit
            score.missed += not hit
            if not hit:
                errors.append(f"missed {case.kind}: {case.text[case.start : case.end]!r}")
        for span in spans:
            if span not in covering or span.kind != case.kind:
                scores.setdefault(span.kind, Score()).wrong += 1
                errors.append(f"taken for {span.kind}: {case.text[span.start : span.end]!r}")
    return scores, errors


def test_recall_and_precision_of_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    scores, errors = _measure()
    with capsys.disabled():
        print("\nkind          recall  precision")
        for kind, score in sorted(scores.items()):
            print(f"{kind:12} {score.recall:7.1%} {score.precision:10.1%}")
    weak = {k: s for k, s in scores.items() if s.recall < 0.95 or s.precision < 0.90}
    assert not weak, "\n".join([str(weak), *errors[:60]])
