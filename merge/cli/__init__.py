"""The ``pithmerge`` command: a thin shell around the library.

Exit codes are in `pithmerge.cli.exits`. Results go to stdout, everything else to stderr, each
message on one line.
"""

import io
import os
import sys
from importlib import import_module
from typing import cast

import click

from pithmerge._version import __version__
from pithmerge.cli.exits import HOLDS, INTERRUPTED, UNUSABLE
from pithmerge.cli.output import complain
from pithmerge.command import quit_on_interrupt, raise_on_interrupt
from pithmerge.conformance.signals import signals_raise
from pithmerge.errors import PithmergeError

_COMMANDS = (
    "canon",
    "conform",
    "diff",
    "events",
    "evidence",
    "explain",
    "graph",
    "merge",
    "mirror",
    "number",
    "verify",
    "web",
)
"""The commands, sorted. Each is imported when it is asked for: ``NAME_command`` of the module
NAME."""


class _Commands(click.Group):
    """The commands, which are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(
            import_module(f"pithmerge.cli.{cmd_name}"), f"{cmd_name}_command"
        )
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            # click would write an empty line, too. Long runs say how to go on with them.
            how = [text for text in error.args if isinstance(text, str)]
            complain(": ".join(["interrupted", *how]))
            raise click.exceptions.Exit(INTERRUPTED) from None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    epilog="Exit codes: 0 all holds, 1 something checked does not hold, 2 wrong usage, or the work "
    "could not be done or written, 3 it is done, but some input was unreadable or unsupported, 130 "
    "interrupted.",
)
@click.version_option(__version__, prog_name="pithmerge")
@click.pass_context
def cli(context: click.Context) -> int:
    """Verify, merge and take apart the documents of the Pith registry (pith-open-graph-merge-v1).

    \b
    Example:
      pithmerge verify bundle.json
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        return UNUSABLE
    return HOLDS


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave the process with its exit code.

    Args:
        arguments: the words after ``pithmerge``; None for those of the process.
    """
    try:
        raise_on_interrupt()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Whatever the locale can show: a character that it cannot is escaped, not fatal.
                stream.reconfigure(errors="backslashreplace")
        code = _exit_code_of(arguments)
        # All is said and written, and what is left to do is Python's.
        quit_on_interrupt()
    except KeyboardInterrupt:
        quit_on_interrupt()
        complain("interrupted")
        code = INTERRUPTED
    _forget_what_cannot_be_written()
    sys.exit(code)


def _exit_code_of(arguments: list[str] | None) -> int:
    """Run the command; what it raises becomes one line on stderr and an exit code."""
    try:
        # Being told to end is an interrupt, too, and leaves nothing half done behind.
        with signals_raise():
            code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as leaving:
        # How click leaves when the reader of a pipe has gone: with 1, which means another thing.
        if leaving.code == 1:
            return UNUSABLE
        raise
    except BrokenPipeError:
        return UNUSABLE
    except click.ClickException as error:
        complain(f"error: {_usage_message(error)}")
        return UNUSABLE
    except PithmergeError as error:
        complain(f"error: {error}")
        return UNUSABLE
    except OSError as error:
        complain(f"error: {_system_message(error)}")
        return UNUSABLE
    except MemoryError:
        complain("error: there is not enough memory for this input: split it")
        return UNUSABLE
    except Exception as error:  # a person at a shell is owed a sentence, not a traceback
        complain(f"error: {_place_of(error)}: {error!r}: this is a defect of pithmerge, report it")
        return UNUSABLE
    return code or HOLDS


def _run(arguments: list[str] | None) -> int | None:
    """As click runs it; but that would say an empty line of an interrupt, too."""
    if "_PITHMERGE_COMPLETE" in os.environ:
        cli.main(arguments, prog_name="pithmerge")
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with cli.make_context("pithmerge", words) as context:
            return cast("int | None", cli.invoke(context))
    except click.exceptions.Exit as leaving:
        return leaving.exit_code


def _usage_message(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "pithmerge"
    message = " ".join(error.format_message().split()).removesuffix(".")
    return f"{message[:1].lower()}{message[1:]}: see {command} --help"


def _system_message(error: OSError) -> str:
    if error.filename is None:
        # Such as a full disk behind it.
        return f"stdout: it cannot be written ({error.strerror}): check where it goes to"
    return f"{error.filename}: {error.strerror}: check the path"


def _place_of(error: Exception) -> str:
    """The file and the line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "somewhere"
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119


def _forget_what_cannot_be_written() -> None:
    """Python would try again when it exits, complain, and leave with a code of its own."""
    for stream, descriptor in ((sys.__stdout__, 1), (sys.__stderr__, 2)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
