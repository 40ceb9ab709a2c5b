"""What an embedded stack keeps between two starts."""

import stat

import pytest

from smvm_common.command.state import StateDirectory
from smvm_common.errors import ConfigurationError


def prepare(root):
    return StateDirectory(root).prepare(
        redis_url="redis://127.0.0.1:6379/0", store=None, port=8080, receiver_port=8081
    )


def test_secrets_are_made_once(tmp_path):
    first, second = prepare(tmp_path), prepare(tmp_path)
    assert (second.pseudonym_key, second.tenants) == (first.pseudonym_key, first.tenants)
    assert prepare(tmp_path / "other").pseudonym_key != first.pseudonym_key


def test_only_the_owner_reads_them(tmp_path):
    prepare(tmp_path)
    assert stat.S_IMODE((tmp_path / "settings.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["pseudonym_key: [", "colour: red\n"])
def test_a_file_that_cannot_be_read_is_named_and_kept(tmp_path, text):
    prepare(tmp_path)
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"mend .*settings\.yaml"):
        prepare(tmp_path)
    assert file.read_text() == text


def test_a_write_that_was_cut_off_leaves_the_file_before(tmp_path):
    first = prepare(tmp_path)
    (tmp_path / "settings.new").write_text("pseudonym_key: half a se")
    assert prepare(tmp_path).pseudonym_key == first.pseudonym_key
