from dataclasses import replace
from datetime import timedelta

import pytest

from smvm_api.rate_limits import _UNCOUNTED
from support.api import RUN, RUNS, make_api

LIMITS = {
    ("POST", RUNS): 100,
    ("GET", RUN + "/status"): 1000,
    ("GET", RUN + "/results"): 100,
    ("PUT", RUN + "/complete"): 50,
    ("POST", RUN + "/finalize"): 20,
}
"""The guide's, in requests a minute."""


@pytest.mark.parametrize(("method", "path"), LIMITS)
def test_each_endpoint_has_the_guides_limit(api, method, path):
    headers = api.token()
    limit = LIMITS[method, path]
    for left in range(limit - 1, -1, -1):
        answer = api.client.open(path, method=method, json={}, headers=headers)
        assert answer.status_code != 429
        assert answer.headers["RateLimit"] == f'"default";r={left};t=8'
    assert answer.headers["RateLimit-Policy"] == f'"default";q={limit};w=60'
    refused = api.client.open(path, method=method, json={}, headers=headers)
    assert refused.status_code == 429
    assert refused.get_json()["type"] == "urn:smvm:problem:rate-limited"
    assert refused.headers["Retry-After"] == "8"
    assert refused.headers["RateLimit"] == '"default";r=0;t=8'


@pytest.fixture
def tight(tmp_path):
    return make_api(tmp_path, adjust=_two_a_minute)


def _two_a_minute(settings):
    return replace(settings, limits=replace(settings.limits, other_rpm=2))


def statuses(api, headers, count):
    return [api.client.get(RUNS, headers=headers).status_code for _ in range(count)]


def test_two_processes_count_together(tight, tmp_path):
    other = make_api(tmp_path, beside=tight, adjust=_two_a_minute)
    headers = tight.token()
    assert statuses(tight, headers, 1) + statuses(other, headers, 2) == [200, 200, 429]


def test_each_token_has_its_own_window(tight):
    assert statuses(tight, tight.token(), 3) == [200, 200, 429]
    assert statuses(tight, tight.token(), 2) == [200, 200]


def test_each_endpoint_has_its_own_window(tight):
    headers = tight.token()
    assert statuses(tight, headers, 3) == [200, 200, 429]
    assert tight.client.get("/api/v1/dead-letters", headers=headers).status_code == 200


def test_the_next_minute_begins_anew(tight):
    headers = tight.token()
    assert statuses(tight, headers, 3)[-1] == 429
    tight.clock.advance(timedelta(seconds=8))
    assert statuses(tight, headers, 3) == [200, 200, 429]


def test_windows_do_not_stay_in_redis(tight):
    statuses(tight, tight.token(), 1)
    redis = tight.services.redis
    windows = [name for name in redis.keys("*") if b"smvm:rate" in name]
    assert [0 < redis.ttl(name) <= 60 for name in windows] == [True]


def test_without_redis_everybody_is_let_through_and_it_is_counted(tight):
    tight.redis_server.connected = False
    before = _UNCOUNTED._value.get()
    assert statuses(tight, tight.token(), 5) == [200] * 5
    assert _UNCOUNTED._value.get() == before + 5


def test_requests_without_a_valid_token_are_not_counted(tight):
    assert statuses(tight, {"Authorization": "Bearer x"}, 5) == [401] * 5
    assert tight.services.redis.keys("*") == []


def test_the_limit_of_submissions_is_the_guides_setting(tmp_path):
    def three(settings):
        tractionbuild = replace(settings.integration.tractionbuild, rate_limit_rpm=3)
        return replace(
            settings, integration=replace(settings.integration, tractionbuild=tractionbuild)
        )

    api = make_api(tmp_path, adjust=three)
    assert api.submit().headers["RateLimit-Policy"] == '"default";q=3;w=60'
