"""What tests do differently in a mutation run; mutmut loads it as a pytest plugin.

Few examples are drawn, and the same ones every time, so that a score can be measured again. Tests
that start processes are left out: no mutant is switched on in those, and they take seconds. A
mutant that loops or eats memory fails the test that meets it.
"""

import gc
import resource
import signal
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any, NoReturn

import pytest
from hypothesis import Phase, settings

MAX_EXAMPLES = 10
ABOUT_THE_STACK = ("very_long_chain", "callers_stack", "recursion_limit")
"""In the names of tests that leave no room for the calls by which mutmut switches a mutant on."""
SECONDS = 30
"""For one test: ten times what the slowest takes."""
BYTES = 4 * 2**30


_selected = pytest.StashKey[frozenset[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Bound the memory, be ready to interrupt, and collect whole files.

    mutmut selects the tests for a mutant by their names. Where pytest did not find one it would end
    with an error, which mutmut takes for a failed test: a kill that was none.
    """
    config.stash[_selected] = frozenset(_plain(name) for name in config.args)
    config.args[:] = sorted({name.partition("::")[0] for name in config.args})
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, hard))
    signal.signal(signal.SIGALRM, _interrupt)
    # pytest collects garbage at its end, and what was there before it is none.
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Interrupt a test that takes too long."""
    signal.alarm(SECONDS)
    try:
        return (yield)
    finally:
        signal.alarm(0)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs elsewhere; the quick tests come first, those that draw come last."""
    selected = config.stash[_selected]
    left_out = {
        item
        for item in items
        if selected.isdisjoint(_names_of(item))
        or any(part in item.name for part in ABOUT_THE_STACK)
        or _starts_a_process(_function_of(item))
    }
    drawing = {item for item in items if _draws(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = sorted((item for item in items if item not in left_out), key=drawing.__contains__)


def _names_of(item: pytest.Item) -> set[str]:
    """The names that select a test: its own, that of all its cases, and that of its file."""
    name = item.nodeid
    return {_plain(name), _plain(name.partition("[")[0]), name.partition("::")[0]}


def _plain(name: str) -> str:
    """The name without backslashes: each time pytest collects a test, it escapes them once more."""
    return name.replace("\\", "")


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"the test took over {SECONDS} seconds")


def _function_of(item: pytest.Item) -> Callable[..., Any] | None:
    return getattr(item, "obj", None)


def _starts_a_process(function: Any, *, helpers: int = 2) -> bool:
    """Whether a test, or a helper of its module that it calls, names `subprocess`."""
    if not isinstance(function, FunctionType):
        return False
    names = _names_in(function.__code__)
    called = [function.__globals__.get(name) for name in names]
    return "subprocess" in names or (
        helpers > 0 and any(_starts_a_process(helper, helpers=helpers - 1) for helper in called)
    )


def _names_in(code: CodeType) -> set[str]:
    """The names that a function uses, comprehensions and inner functions included."""
    inner = (_names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


def _draws(item: pytest.Item) -> bool:
    """Turn a test's draws down; False if it draws nothing."""
    function, machine = _function_of(item), getattr(item, "cls", None)
    if hasattr(function, "_hypothesis_internal_use_settings"):
        drawn = function._hypothesis_internal_use_settings
        function._hypothesis_internal_use_settings = _fewer(drawn)
        return True
    if hasattr(function, "_hypothesis_state_machine_class"):
        machine.settings = _fewer(machine.settings)
        return True
    return False


def _fewer(drawn: settings) -> settings:
    """The same settings, for few draws that are the same every time."""
    return settings(
        drawn,
        max_examples=min(drawn.max_examples, MAX_EXAMPLES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
    )
