"""The guide's limits, compressed: every request answered, none with an error, and no run lost."""

import pytest

from support.guide_limits import GuideTraffic, in_mock_mode
from support.stack import running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MINUTES = 2
"""Of thirty, which ``tests/benchmarks/guide_limits.py`` sends."""


def test_the_guides_limits_lose_no_run(tmp_path, capsys):
    with running_stack(tmp_path, adjust=in_mock_mode, names=("web",)) as stack:
        traffic = GuideTraffic(stack, MINUTES)
        result = traffic.send()
        assert traffic.found() == traffic.expected()
        with capsys.disabled():
            print(f"\n{traffic.table(result)}")
