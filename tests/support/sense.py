"""Ideas and what a sensible analyst would say of each beside its neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = frozenset(("proceed", "hold", "reject"))
GO_ON = frozenset(("proceed",))
NOT_REJECTED = frozenset(("proceed", "hold"))
STOP = frozenset(("reject",))
NOT_YET = frozenset(("hold", "reject"))


@dataclass(frozen=True)
class Case:
    """``larger`` names ideas with a smaller market; ``likelier`` ideas less likely to earn back what
    they cost; ``harder`` ideas that are easier to build; ``riskier`` safer ones; ``findings`` are
    codes that must be there.
    """

    description: str
    domain: str
    gate: frozenset[str] = ANY
    metadata: Mapping[str, Any] = field(default_factory=dict)
    larger: tuple[str, ...] = ()
    likelier: tuple[str, ...] = ()
    harder: tuple[str, ...] = ()
    riskier: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def idea(self) -> dict[str, Any]:
        return {
            "description": self.description,
            "domain": self.domain,
            "urgency": "medium",
            "metadata": dict(self.metadata),
        }


def _for(customers: str, **more: Any) -> dict[str, Any]:
    return {"target_customers": customers, **more}


_GUIDE = "AI-powered personal finance management platform"
_GUIDE_TOLD = _for("millennials", competitive_advantage="AI-driven insights")

CASES: dict[str, Case] = {
    # sound ideas for consumers and for companies
    "personal finance": Case(
        _GUIDE,
        "finance",
        GO_ON,
        _GUIDE_TOLD,
        larger=("faroese stamps", "budget in french"),
        likelier=("dog collar", "social network"),
    ),
    "bookkeeping": Case(
        "Subscription bookkeeping software for freelancers with automatic receipt matching",
        "finance",
        GO_ON,
        _for("freelancers"),
        larger=("bookkeeping in german", "loans in kenya"),
        likelier=("meal kits", "search engine", "delivery drones"),
    ),
    "nurse shifts": Case(
        "Software that schedules nurses' shifts in hospitals and lets nurses swap them",
        "health",
        GO_ON,
        _for("hospitals"),
        likelier=("telemedicine", "dog collar"),
    ),
    "telemedicine": Case(
        "Telemedicine app that lets rural patients see a doctor by video within the hour",
        "health",
        NOT_REJECTED,
        _for("rural families"),
        harder=("carbon accounting",),
    ),
    "meal kits": Case(
        "Meal kits with recipes delivered weekly to busy parents",
        "food",
        NOT_REJECTED,
        _for("parents"),
        larger=("village groceries",),
    ),
    "language tutor": Case(
        "Language learning app with an AI conversation partner",
        "education",
        GO_ON,
        likelier=("dog collar",),
    ),
    "contract review": Case(
        "AI contract review for law firms",
        "legal",
        GO_ON,
        _for("law firms"),
        likelier=("search engine",),
    ),
    "carbon accounting": Case(
        "Carbon accounting software for mid-sized companies",
        "environment",
        GO_ON,
        likelier=("predictive maintenance", "water bottle"),
    ),
    "recruiting": Case(
        "AI recruiting assistant that screens applicants for large retailers", "hr", GO_ON
    ),
    "permits": Case("Online permit applications for city governments", "government", GO_ON),
    "nail polish": Case(
        "Nail polish subscription boxes", "beauty", NOT_REJECTED, larger=("wooden spoons",)
    ),
    "car sharing": Case(
        "Peer-to-peer car sharing marketplace", "mobility", NOT_REJECTED, likelier=("self-driving",)
    ),
    "solar": Case(
        "Solar panels and home batteries by subscription for home owners", "energy", NOT_REJECTED
    ),
    # hardware
    "dog collar": Case(
        "Smart collar with sensors that tracks the health of dogs",
        "pets",
        NOT_REJECTED,
        _for("dog owners"),
        harder=("language tutor", "personal finance"),
        riskier=("nurse shifts",),
    ),
    "water bottle": Case(
        "Smart water bottle that reminds you to drink", "hardware", harder=("carbon accounting",)
    ),
    "predictive maintenance": Case(
        "Vibration sensors and software for predictive maintenance of machines in factories",
        "manufacturing",
        NOT_REJECTED,
        _for("manufacturers"),
        harder=("carbon accounting", "contract review"),
    ),
    "delivery drones": Case(
        "Drone delivery of parcels in cities", "logistics", harder=("meal kits", "dog collar")
    ),
    "museum in vr": Case(
        "Virtual reality tours of museums for schools",
        "education",
        NOT_REJECTED,
        _for("schools"),
        harder=("permits",),
    ),
    # hard or out of reach
    "self-driving": Case(
        "Self-driving taxis without a driver in every city",
        "mobility",
        NOT_YET,
        harder=("car sharing", "delivery drones"),
    ),
    "gene therapy": Case(
        "Gene therapy drug against a rare childhood disease",
        "biotech",
        NOT_YET,
        harder=("telemedicine", "nurse shifts"),
        riskier=("nurse shifts", "carbon accounting"),
    ),
    "fusion": Case(
        "Build compact fusion reactors that power a town",
        "energy",
        NOT_YET,
        harder=("gene therapy", "solar"),
    ),
    "supersonic": Case(
        "A supersonic passenger aircraft", "aerospace", NOT_YET, harder=("delivery drones",)
    ),
    # already dominated
    "search engine": Case(
        "A general web search engine that competes with Google",
        "technology",
        NOT_YET,
        harder=("personal finance", "contract review"),
    ),
    "social network": Case(
        "A new social network for everybody, with photos, videos and messages", "social media"
    ),
    # tiny
    "faroese stamps": Case(
        "A newsletter about Faroese postage stamps of the 1970s for collectors", "media", NOT_YET
    ),
    "village groceries": Case("A grocery delivery service for our village", "food", NOT_YET),
    "wooden spoons": Case("An online shop for hand-carved wooden spoons", "retail"),
    # other languages and countries
    "bookkeeping in german": Case(
        "Plattform für die Buchhaltung von Handwerkern, die Belege mit dem Handy erfasst",
        "Finanzen",
        NOT_REJECTED,
        findings=("foreign-language",),
    ),
    "budget in french": Case(
        "Une application de budget personnel pour les jeunes qui gère leur argent",
        "finance",
        NOT_REJECTED,
        findings=("foreign-language",),
    ),
    "budget in japanese": Case(
        "若者向けの家計簿アプリ。銀行口座と連携して支出を分析します。",
        "finance",
        NOT_REJECTED,
        findings=("foreign-language",),
    ),
    "loans in kenya": Case("Mobile loans for small farmers in Kenya", "agriculture"),
    # claims wildly off
    "claim too large": Case(
        _GUIDE,
        "finance",
        ANY,
        {**_GUIDE_TOLD, "estimated_market_size": 5e13},
        findings=("claim-implausible",),
    ),
    "claim too small": Case(
        _GUIDE,
        "finance",
        ANY,
        {**_GUIDE_TOLD, "estimated_market_size": 2e3},
        findings=("claim-implausible",),
    ),
    "claim in shells": Case(
        _GUIDE,
        "finance",
        ANY,
        {**_GUIDE_TOLD, "estimated_market_size": 5e8, "currency": "SHELLS"},
        findings=("claim-currency",),
    ),
    # not an idea
    "gibberish": Case("asdkjh qwlekj zxmcnb lkjqwe poiuzt", "finance", STOP),
    "two words": Case("an app", "software", STOP),
    "one word often": Case("the the the the the the", "health", STOP),
    "about nothing": Case("A blue thing that people may like somehow", "other", NOT_YET),
    # impossible
    "perpetual motion": Case(
        "A perpetual motion machine that powers homes with free energy for ever", "energy", STOP
    ),
    "water as fuel": Case("Cars that run on water instead of petrol", "mobility", STOP),
    "faster than light": Case("Passenger flights faster than light to other stars", "travel", STOP),
    "lottery numbers": Case("An app that predicts the winning lottery numbers", "finance", STOP),
    # illegal
    "cocaine": Case("An app to order cocaine with delivery within the hour", "logistics", STOP),
    "laundering": Case(
        "A service that launders money for drug dealers through shell companies", "finance", STOP
    ),
    "fake passports": Case("Website that sells fake passports and diplomas", "other", STOP),
    "hidden accounts": Case(
        "Service that helps companies evade taxes through hidden accounts", "finance", STOP
    ),
    "organs": Case("Online marketplace for human organs", "health", STOP),
    # fights crime, or tells of it and of the impossible
    "against laundering": Case(
        "Software that detects money laundering in the transactions of banks",
        "finance",
        GO_ON,
        _for("banks"),
    ),
    "against identity theft": Case(
        "Identity theft protection that alerts seniors when stolen credit cards are used",
        "security",
        GO_ON,
    ),
    "crime stories": Case(
        "A podcast series of stories about drug dealers and counterfeit money",
        "media",
        NOT_REJECTED,
    ),
    "time travel game": Case(
        "A mobile game in which players travel back in time with a time machine",
        "games",
        NOT_REJECTED,
    ),
}
