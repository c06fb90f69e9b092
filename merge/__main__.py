"""``python -m pithmerge``: the ``pithmerge`` command."""

from pithmerge.command import main

if __name__ == "__main__":
    main()
