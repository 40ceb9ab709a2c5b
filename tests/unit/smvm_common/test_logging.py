"""Every line of a process is JSON with the same fields, on standard error."""

import json
import subprocess
import sys
import textwrap

import pytest

FIELDS = {"timestamp", "level", "event", "logger"}


def lines(script: str) -> list[dict]:
    """What a process logs that is configured and then runs the script."""
    setup = """
        import logging, structlog
        from smvm_common.logging import configure_logging
        from smvm_common.settings import FeatureFlags, LoggingSettings
    """
    code = textwrap.dedent(setup) + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_own_and_foreign_lines_have_one_set_of_fields():
    one, two, three = lines("""
        configure_logging(LoggingSettings(), FeatureFlags())
        structlog.contextvars.bind_contextvars(correlation_id="CORR-1")
        structlog.get_logger("smvm_api.x").info("done", size=3)
        logging.getLogger("celery.x").warning("slow %s", "é", extra={"task": 7})
        try:
            1 / 0
        except ZeroDivisionError:
            structlog.get_logger("smvm_workers").exception("broken")
    """)
    for line in (one, two, three):
        assert set(line) >= FIELDS
        assert line["correlation_id"] == "CORR-1"
        assert line["timestamp"].endswith("Z")
    assert (one["event"], one["size"], one["level"]) == ("done", 3, "info")
    assert (two["event"], two["task"], two["logger"]) == ("slow é", 7, "celery.x")
    assert "ZeroDivisionError" in three["exception"]


@pytest.mark.parametrize(
    ("level", "detailed", "heard"),
    [
        ("INFO", False, ["a"]),
        ("INFO", True, ["a", "b"]),
        ("ERROR", False, []),
        ("DEBUG", False, ["a", "b", "c"]),
    ],
)
def test_detailed_logging_lowers_the_level_of_smvm_alone(level, detailed, heard):
    found = lines(f"""
        configure_logging(LoggingSettings({level!r}), FeatureFlags(detailed_logging={detailed}))
        structlog.get_logger("smvm_common.x").info("a")
        structlog.get_logger("smvm_common.x").debug("b")
        logging.getLogger("celery").debug("c")
        logging.getLogger("botocore.auth").info("d")
    """)
    assert [line["event"] for line in found] == heard


def test_configuring_twice_does_not_log_twice():
    assert (
        len(
            lines("""
        configure_logging(LoggingSettings(), FeatureFlags())
        configure_logging(LoggingSettings(), FeatureFlags())
        structlog.get_logger("smvm_api").info("once")
    """)
        )
        == 1
    )
