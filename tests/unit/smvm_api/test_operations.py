import pytest

from smvm_common.errors import StoreUnavailableError


def test_alive_is_alive_whatever_is_down(api, monkeypatch):
    monkeypatch.setattr(api.store, "ping", _fail)
    api.redis_server.connected = False
    assert api.client.get("/healthz").get_json() == {"status": "alive"}


def _fail():
    raise StoreUnavailableError


@pytest.mark.parametrize(
    ("store", "redis", "code", "status"),
    [
        (True, True, 200, "ready"),
        (True, False, 200, "degraded"),
        (False, True, 503, "unready"),
        (False, False, 503, "unready"),
    ],
)
def test_readiness_names_each_dependency(api, monkeypatch, store, redis, code, status):
    if not store:
        monkeypatch.setattr(api.store, "ping", _fail)
    api.redis_server.connected = redis
    answer = api.client.get("/readyz")
    states = {True: "up", False: "down"}
    assert (answer.status_code, answer.get_json()) == (
        code,
        {"status": status, "dependencies": {"store": states[store], "redis": states[redis]}},
    )


def test_metrics_tell_of_requests_by_endpoint_and_of_errors(api):
    api.submit()
    api.submit(project_id="../x")
    answer = api.client.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    text = answer.get_data(as_text=True)
    labels = 'endpoint="runs.Runs",le="+Inf",method="POST",status="201"'
    assert f"smvm_http_request_duration_seconds_bucket{{{labels}}}" in text
    assert 'smvm_http_errors_total{endpoint="runs.Runs",type="invalid-input"}' in text


def test_paths_do_not_become_labels(api):
    for number in range(3):
        api.client.get(f"/nowhere/{number}")
    text = api.client.get("/metrics").get_data(as_text=True)
    assert "/nowhere" not in text
