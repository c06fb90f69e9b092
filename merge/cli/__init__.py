"""The ``pithmerge`` command: a thin shell around the library.

Exit codes: 0 all holds; 1 something that was checked does not hold; 2 wrong usage, unreadable
input, or output that cannot be written; 130 interrupted. Results go to stdout, everything else to
stderr.
"""

import io
import os
import sys
from typing import Final

import click

from pithmerge._version import __version__
from pithmerge.cli.canon import canon_command
from pithmerge.cli.events import events_command
from pithmerge.cli.merge import merge_command
from pithmerge.cli.output import complain
from pithmerge.cli.verify import verify_command
from pithmerge.errors import PithmergeError

EXIT_OK: Final = 0
EXIT_DOES_NOT_HOLD: Final = 1
EXIT_UNUSABLE: Final = 2
EXIT_INTERRUPTED: Final = 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all holds, 1 something checked does not hold, 2 wrong usage or "
    "unreadable input.",
)
@click.version_option(__version__, prog_name="pithmerge")
def cli() -> None:
    """Verify, merge and take apart the documents of the Pith registry (pith-open-graph-merge-v1).

    \b
    Example:
      pithmerge verify bundle.json
    """


for _command in (verify_command, merge_command, events_command, canon_command):
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave the process with its exit code.

    Args:
        arguments: the words after ``pithmerge``; None for those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Whatever the locale can show: a character that it cannot is escaped, not fatal.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(arguments, prog_name="pithmerge", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = EXIT_UNUSABLE
    except PithmergeError as error:
        complain(f"error: {error}")
        code = EXIT_UNUSABLE
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_OK
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        code = EXIT_INTERRUPTED
    sys.exit(code or EXIT_OK)
