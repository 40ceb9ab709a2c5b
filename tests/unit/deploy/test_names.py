"""What deploy/ and README.md name exists: commands, settings, variables, files."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from smvm_common.command import main
from smvm_workers.commands.dead_letters import dead_letters
from smvm_workers.commands.runs import runs

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
DOCUMENTS = [ROOT / "README.md", DEPLOY / "runbooks.md", DEPLOY / "security.md"]
OWN = {"dead-letters": dead_letters, "runs": runs}
CELERY = {"worker", "beat", "inspect", "control", "events", "purge", "status"}
COMMAND = re.compile(
    r"(?<!-n)(?:^|[`\"' ])((?:smvm|celery -A smvm_workers) [a-z][^`\n|]*)", re.MULTILINE
)


def commands(text: str) -> list[list[str]]:
    """Each command line that a text shows, as words."""
    shown = [c for c in COMMAND.findall(text) if re.match(r"smvm [a-z-]+$|smvm [a-z]+ |celery", c)]
    return [shlex.split(command.replace("'", " ").replace('"', " ")) for command in shown]


def check(group: click.Command, words: list[str]) -> None:
    """Walk the words down the tree of commands; options must be the last one's own."""
    for word in words:
        if word.startswith("--"):
            options = {o for p in group.params for o in (*p.opts, *p.secondary_opts)}
            assert word.rstrip(".,;:") in options | {"--help"}, (group.name, word)
        elif isinstance(group, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            assert word in group.commands, (group.name, word)
            group = group.commands[word]


def code(path: Path) -> str:
    """What a document sets as code."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_command_shown_exists_with_its_options(path):
    found = commands(code(path))
    assert len(found) >= 5
    for words in found:
        if words[0] == "smvm":
            check(main, words[1:])
        elif words[3] in OWN:
            check(OWN[words[3]], words[4:])
        else:
            assert words[3] in CELERY, words


def _variables(path: Path) -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)(?:[:}])", path.read_text(encoding="utf-8")))


def test_the_deployments_give_every_variable_that_the_settings_need():
    settings = (DEPLOY / "smvm.yaml").read_text(encoding="utf-8")
    needed = set(re.findall(r"^[^#\n]*\$\{([A-Z_]+)\}", settings, re.MULTILINE))
    assert needed
    compose = yaml.safe_load((DEPLOY / "docker-compose.yaml").read_text(encoding="utf-8"))
    given = {name for service in compose["services"].values() for name in _environment(service)}
    assert needed <= given
    secret = yaml.safe_load(
        (DEPLOY / "kubernetes" / "secret.example.yaml").read_text(encoding="utf-8")
    )
    assert needed <= set(secret["stringData"])
    example = set(re.findall(r"^([A-Z_0-9]+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert _variables(DEPLOY / "docker-compose.yaml") <= example


def _environment(service: dict) -> list[str]:
    found = service.get("environment", {})
    return list(found) if isinstance(found, dict) else [line.split("=")[0] for line in found]


def test_every_file_that_the_readme_links_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert len(links) >= 10
    for link in links:
        assert (ROOT / link).exists(), link


def test_every_setting_that_the_readme_names_exists():
    settings = yaml.safe_load((DEPLOY / "smvm.yaml").read_text(encoding="utf-8"))
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for section, key in re.findall(r"^\| `([a-z_]+)\.([a-z_]+)`", text, re.MULTILINE):
        assert key in settings[section], f"{section}.{key}"


def test_every_test_that_the_security_page_names_exists():
    text = (DEPLOY / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|deploy|\.ci)/[^`]*)`", text)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []
