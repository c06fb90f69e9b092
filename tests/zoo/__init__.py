"""A zoo of faulty implementations of merge v1: proof that the conformance kit notices.

Each animal is the reference with one mistake that a competent person might make. Each can be run
as any implementation, ``pithmerge conform run --impl "python -m tests.zoo last_write_wins"``, or in
process where the repository is in ``PYTHONPATH``: ``--impl python:tests.zoo:last_write_wins``.
"""

from types import MappingProxyType
from typing import Final

from tests.zoo import (
    arrivals,
    canonical,
    digits,
    forms,
    links,
    lookalikes,
    metadata,
    moments,
    orders,
    papers,
    publishing,
    trust,
)
from tests.zoo.animal import Animal

ANIMALS: Final = MappingProxyType(
    {
        value.name: value
        for module in (
            canonical,
            digits,
            trust,
            forms,
            lookalikes,
            arrivals,
            links,
            orders,
            publishing,
            moments,
            papers,
            metadata,
        )
        for value in vars(module).values()
        if isinstance(value, Animal)
    }
)
"""Every animal by its name, in the order of the rules that they break."""


def __getattr__(name: str) -> Animal:
    """The animal of that name."""
    try:
        return ANIMALS[name]
    except KeyError:
        raise AttributeError(f"there is no animal {name!r} in the zoo") from None
