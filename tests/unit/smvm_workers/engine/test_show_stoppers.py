"""What the law or physics forbids, in many words; and what only sounds like it."""

import pytest

from smvm_workers.engine.domain import Idea
from smvm_workers.engine.idea import read_idea

_ILLEGAL = [
    "An online shop for heroin and cocaine",
    "We help customers buy fentanyl anonymously",
    "Marketplace for stolen credit card numbers",
    "An app that lets you hire a hitman",
    "Counterfeit designer handbags sold online",
    "A Ponzi scheme with an app",
    "Ransomware as a service for small gangs",
    "Selling forged vaccination certificates and fake IDs to students",
    "Platform to trade endangered ivory and rhino horn",
    "An app that spies secretly on your partner's phone",
    "Deepfake nudes of your classmates",
    "Child labor marketplace for factories",
    "Service that bribes officials to speed up permits",
    "A darknet market for weapons",
    "Pump-and-dump coordination app for penny stocks",
    "An unlicensed clinic selling prescription opioids without prescription",
    "Human trafficking logistics",
    "Pirated movies streaming site",
    "App to cheat in exams by paying impostors",
    "Ghost guns printed at home, shipped to your door",
    "Smuggling migrants across borders as a service",
    "Hack your ex's Instagram account for a fee",
    "Investment with guaranteed 40% monthly returns without risk",
    "Un servicio que vende cocaína a domicilio",
    "Wir verkaufen gefälschte Pässe",
    "Vendre de la drogue sur le darknet",
]
_IMPOSSIBLE = [
    "Engine that produces more energy than it consumes",
    "A device that makes free energy from the vacuum",
    "A pill that makes you live forever",
    "A teleporter that sends people to Mars instantly",
    "A machine that turns lead into gold",
    "Battery that never needs charging",
    "An AI that predicts stock prices with 100% accuracy",
    "A drive that travels faster than the speed of light",
    "Anti-gravity shoes that let people float",
    "A helmet that lets you talk to the dead",
    "Cold fusion generator for every kitchen",
    "A homeopathic drop that cures cancer",
]
_ALLOWED = [
    "Software that detects fake reviews",
    "Training against phishing for employees",
    "A treatment programme for heroin addiction",
    "Pharmacy delivery of prescription drugs",
    "A marketplace for licensed hunting firearms accessories",
    "Perpetual calendar app",
    "Virtual time travel museum",
    "Penetration testing and ethical hacking for banks",
    "Bail bond software for courts",
    "Second-hand ivory-coloured furniture",
    "Drug-free organic farming",
    "Quantum cryptography",
    "Fiction writing app with teleporting heroes",
    "Piano organs repair",
    "A stolen bike finder app",
    "Tax software that prevents tax evasion",
    "A gold jewellery shop",
    "Anti-ageing skin cream",
    "Escape room about a bank heist and forged passports",
    "Medical cannabis dosing app",
    "A store for organic free-range food",
    "Hacking course for cybersecurity students",
    "Drug discovery against malaria",
    "Parental control app for phones",
    "Compliance tool against bribery",
    "Battery recycling",
    "Gun safety training",
    "Wireless charging pads so that phones charge faster",
]


def _stoppers(description: str) -> list[str]:
    found = read_idea(Idea(description, "other", "low")).show_stoppers
    return [finding.code for finding in found]


@pytest.mark.parametrize("description", _ILLEGAL)
def test_what_the_law_forbids_is_a_show_stopper(description: str) -> None:
    assert any(code.startswith("illegal") for code in _stoppers(description))


@pytest.mark.parametrize("description", _IMPOSSIBLE)
def test_what_nature_forbids_is_a_show_stopper(description: str) -> None:
    assert any(code.startswith("impossible") for code in _stoppers(description))


@pytest.mark.parametrize("description", _ALLOWED)
def test_what_only_sounds_like_it_is_none(description: str) -> None:
    assert _stoppers(description) == []
