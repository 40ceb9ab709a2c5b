"""Minutes' worth of the guide's limits, as fast as the machine takes them.

``PYTHONPATH=.:tests python tests/benchmarks/guide_limits.py --minutes 30``, with ``--store s3`` for a
SeaweedFS in the directory's place. A token may submit 100 runs, ask 1,000 statuses and 100 results,
complete 50 and finalize 20 a minute; as many tokens as minutes each send a minute's worth, so that none
is refused. Results are recorded ones (``mock_mode``): what is measured is the API and the store.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from support.guide_limits import GuideTraffic, in_mock_mode
from support.stack import running_stack


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--store", choices=("directory", "s3"), default="directory")
    parser.add_argument("--in", dest="parent", type=Path, default=None)
    given = parser.parse_args()
    with (
        TemporaryDirectory(dir=given.parent, ignore_cleanup_errors=True) as folder,
        running_stack(
            Path(folder), store=given.store, adjust=in_mock_mode, names=("web",)
        ) as stack,
    ):
        traffic = GuideTraffic(stack, given.minutes)
        print(traffic.table(traffic.send()))
        print(dict(traffic.found()))


if __name__ == "__main__":
    main()
