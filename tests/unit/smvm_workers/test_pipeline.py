from smvm_common.identifiers import ARTIFACT_NAMES
from smvm_common.run.stages import RAPID_STAGES, STAGE_NAMES
from smvm_workers.pipeline import BY_NAME, STAGES


def test_the_stages_are_those_of_the_record_in_its_order():
    assert tuple(stage.name for stage in STAGES) == STAGE_NAMES
    assert list(BY_NAME) == list(STAGE_NAMES)


def test_what_a_stage_reads_an_earlier_one_wrote():
    written = {"idea.input.json"}
    for stage in STAGES:
        assert set(stage.reads) <= written, stage.name
        assert written.isdisjoint(stage.writes), stage.name
        written |= set(stage.writes)
    assert set(ARTIFACT_NAMES) - {"validation_summary.json"} <= written


def test_the_rapid_stages_fit_into_three_minutes_even_at_their_limits():
    limits = [BY_NAME[name].time_limit.total_seconds() for name in RAPID_STAGES]
    assert sum(limits) <= 180
