from types import SimpleNamespace

import fakeredis

from smvm_workers.services import WorkerServices


def holder(redis):
    """What :meth:`WorkerServices.single` needs of the services."""
    return SimpleNamespace(redis=redis)


def test_one_of_two_holds_a_name_and_gives_it_back():
    redis = fakeredis.FakeRedis()
    with WorkerServices.single(holder(redis), "reconcile") as first:
        with WorkerServices.single(holder(redis), "reconcile") as second:
            assert (first, second) == (True, False)
        with WorkerServices.single(holder(redis), "milestones") as other:
            assert other
    with WorkerServices.single(holder(redis), "reconcile") as again:
        assert again


def test_whoever_took_longer_than_the_lock_lasts_takes_nothing_from_the_next():
    redis = fakeredis.FakeRedis()
    with WorkerServices.single(holder(redis), "reconcile"):
        redis.flushall()
        redis.set("smvm:single:reconcile", "another's")
    assert redis.get("smvm:single:reconcile") == b"another's"


def test_without_redis_everyone_may():
    server = fakeredis.FakeServer()
    server.connected = False
    with WorkerServices.single(holder(fakeredis.FakeRedis(server=server)), "reconcile") as held:
        assert held


def test_a_redis_that_goes_away_meanwhile_does_no_harm():
    server = fakeredis.FakeServer()
    with WorkerServices.single(holder(fakeredis.FakeRedis(server=server)), "reconcile") as held:
        assert held
        server.connected = False
