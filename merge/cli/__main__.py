"""``python -m pithmerge.cli``: the ``pithmerge`` command."""

from pithmerge.command import main

if __name__ == "__main__":
    main()
