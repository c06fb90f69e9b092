"""``python -m pithmerge``: the ``pithmerge`` command."""

from pithmerge.cli import main

if __name__ == "__main__":
    main()
