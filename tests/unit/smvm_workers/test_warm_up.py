import os
import subprocess
import sys

import pytest

_FORK = """
import os
from smvm_workers import warm_up
warm_up.warm_up()
print(len(os.listdir("/proc/self/task")), flush=True)
if os.fork() == 0:
    warm_up._FORKING_HARMS = frozenset()
    warm_up.warm_up.__wrapped__()
    os._exit(0)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_child_of_a_warm_process_can_do_every_stage():
    # one thread for the mathematics, as in deployment: OpenBLAS restarts its own after a fork
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    printed = subprocess.run(
        [sys.executable, "-c", _FORK], env=environment, capture_output=True, check=True, timeout=240
    ).stdout.split()
    assert printed == [b"1", b"0"]
