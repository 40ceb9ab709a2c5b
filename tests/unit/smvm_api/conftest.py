import pytest

from support.api import make_api


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)
