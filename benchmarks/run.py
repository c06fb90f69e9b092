"""All benchmarks, one after the other. ``make bench``"""

from benchmarks import (
    bundle,
    canonical,
    event,
    growth,
    hunting,
    living,
    memory,
    merger,
    mirrors,
    numbers,
    scale,
    work,
)
from benchmarks.common import print_machine


def main() -> None:
    """Run them."""
    print_machine()
    bundle.main()
    work.main()
    canonical.main()
    event.main()
    scale.main()
    merger.main()
    memory.main()
    mirrors.main()
    living.main()
    numbers.main()
    growth.main()
    hunting.main()


if __name__ == "__main__":
    main()
