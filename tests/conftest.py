"""What the tests need of the process that they run in, and of the processes that they start."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.browser import chromium
from tests.support.hostile_commands import Command, hostile_commands
from tests.support.skips import pytest_make_collect_report, pytest_runtest_makereport

# Hooks and a fixture, for all tests.
__all__ = ["chromium", "pytest_make_collect_report", "pytest_runtest_makereport"]

# A busy machine is no reason to fail: nothing here is measured by a clock. Tests say how many
# examples they draw.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# Who is started by nohup, or in the background of a script, ignores these, and so would every
# command that a test starts and then tells to end.
for _name in ("SIGINT", "SIGHUP", "SIGTERM"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        _default = signal.default_int_handler if _name == "SIGINT" else signal.SIG_DFL
        signal.signal(_number, _default)


def pytest_xdist_auto_num_workers() -> int:
    """How many ``-n auto`` are: many tests wait for processes, and leave a core to others."""
    cores = os.cpu_count() or 1
    return max(cores, min(2 * cores, 16))


@pytest.fixture
def hostile() -> Iterator[Command]:
    """Makes the command of a behaviour of ``hostile.py``; nothing of it may be left afterwards."""
    with hostile_commands() as command:
        yield command


@pytest.fixture(scope="session")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Mirrors that overlap, each in another form."""
    # Only tests of mirrors need the extra ``mirrors``.
    from tests.support.merged_mirrors import write_mirrors

    return write_mirrors(tmp_path_factory.mktemp("mirrors"))
