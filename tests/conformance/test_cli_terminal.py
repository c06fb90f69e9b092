"""``pithmerge conform`` on terminals and pipes."""

from tests.support.cli_helpers import Run, assert_nothing_to_obey, run_in_terminal, without_colours
from tests.support.conform_cli import ENV, run_words


def test_pipes_get_no_colours_and_no_progress() -> None:
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color", **ENV}
    words = ("conform", *run_words("hostile_name", "--suite", "aliases"))
    result = Run(words, env=forced).result()
    assert result.stderr == b""
    assert_nothing_to_obey(result.text)


def test_terminals_get_progress_and_nothing_to_obey_from_the_implementation() -> None:
    words = ("conform", *run_words("hostile_name", "--suite", "aliases"))
    result = run_in_terminal(*words, env=ENV)
    assert result.code == 1
    assert b"running" in result.stdout
    text = without_colours(result.text).replace("\r", "")
    assert_nothing_to_obey(text)
    assert "\\x1b[31mred\\x07 \\u202eright" in text
