import pytest

from support.api import make_api


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    return make_api(tmp_path_factory.mktemp("app")).client.application


@pytest.fixture
def api(app, tmp_path):
    return make_api(tmp_path, app=app)
