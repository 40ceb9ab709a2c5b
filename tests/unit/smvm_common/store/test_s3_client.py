import multiprocessing

import pytest

from smvm_common.settings import StoreSettings
from smvm_common.store.s3_client import ClientPerProcess, create_client

FORK = multiprocessing.get_context("fork")
SETTINGS = StoreSettings(
    kind="s3", endpoint_url="http://127.0.0.1:9", access_key_id="a", secret_access_key="b"
)


def test_the_client_is_made_at_first_use_and_kept():
    made = []
    client = ClientPerProcess(lambda: made.append(create_client(SETTINGS)) or made[-1])
    assert made == []
    assert client() is client()
    assert len(made) == 1


def test_a_forked_process_makes_its_own():
    made = []
    client = ClientPerProcess(lambda: made.append(create_client(SETTINGS)) or made[-1])
    client()
    counts = FORK.Queue()

    def use():
        client()
        client()
        counts.put(len(made))

    process = FORK.Process(target=use)
    process.start()
    assert counts.get(timeout=20) == 2
    process.join()


@pytest.mark.parametrize(("endpoint", "style"), [("http://127.0.0.1:9", "path"), (None, "auto")])
def test_own_servers_are_reached_by_path(endpoint, style):
    client = create_client(StoreSettings(kind="s3", endpoint_url=endpoint))
    assert client.meta.config.s3["addressing_style"] == style
