"""What the libraries log of a request has its whole address, secrets included: so that of a pull
they log nothing."""

import logging
from typing import Final

THREAD: Final = "pithmerge mirror pull"
"""By which the requests of a pull are known."""
_LOGGERS: Final = (
    "httpx2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.proxy",
    "httpcore2.socks",
)


def keep_quiet() -> None:
    """Have nothing logged of what is asked by threads of that name; of others all, as before."""
    for name in _LOGGERS:
        # Once, however often it is asked for.
        logging.getLogger(name).addFilter(_is_of_others)


def _is_of_others(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD
