from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smvm_common.certificates import read_thumbprint
from smvm_common.command import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    assert run("certs", "init", "--directory", str(tmp_path)).exit_code == 0
    return tmp_path


def test_an_authority_a_server_and_a_client(directory: Path) -> None:
    assert run("certs", "server", "--directory", str(directory)).exit_code == 0
    made = run("certs", "client", "tractionbuild", "--directory", str(directory))
    assert made.exit_code == 0
    assert read_thumbprint(directory / "tractionbuild.crt") in made.output
    assert (directory / "server.key").exists()


def test_a_second_authority_is_refused_in_a_sentence(directory: Path) -> None:
    again = run("certs", "init", "--directory", str(directory))
    assert again.exit_code == 1
    assert "exists already" in again.output


@pytest.mark.parametrize("name", ["../x", "A", "", "a b"])
def test_a_name_that_is_no_file_name(directory: Path, name: str) -> None:
    assert run("certs", "client", name, "--directory", str(directory)).exit_code == 2
