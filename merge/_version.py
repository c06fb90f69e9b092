"""The version of pithmerge, read by the build and by ``pithmerge --version``."""

__version__ = "0.2.0"
