from smvm_common.settings import Settings
from smvm_common.tasks import FORGET_ANSWERS, SCHEDULE_QUEUE
from smvm_workers.celery import create_celery


def test_whatever_beat_sends_is_a_task_of_the_workers():
    app = create_celery(Settings())
    ticks = app.conf.beat_schedule.values()
    assert FORGET_ANSWERS in {tick["task"] for tick in ticks}
    assert {tick["task"] for tick in ticks} <= set(app.tasks)
    assert {tick["options"]["queue"] for tick in ticks} == {SCHEDULE_QUEUE}
