"""Why something cannot be had from a server."""


class RefusedError(Exception):
    """What a server says or sends is not taken, and would not be the next time. Never leaves the
    package."""


class PassingError(Exception):
    """What may be otherwise a moment later. Never leaves the package.

    Attributes:
        wait: how many seconds the server asks to wait, if it does.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        """See the attributes."""
        super().__init__(message)
        self.wait = wait
