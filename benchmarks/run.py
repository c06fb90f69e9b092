"""All benchmarks, one after the other. ``make bench``"""

from benchmarks import bundle, canonical, corpus, event, memory, merger, scale
from benchmarks.common import print_machine


def main() -> None:
    """Run them."""
    print_machine()
    bundle.main()
    canonical.main()
    event.main()
    scale.main()
    merger.main()
    memory.main()
    corpus.main()


if __name__ == "__main__":
    main()
