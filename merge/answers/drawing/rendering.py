"""The templates, and what fills them: text is escaped unless it was made by a template."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pithmerge._version import __version__
from pithmerge.answers.drawing.palette import DARK, LIGHT


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pithmerge.answers.drawing"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.globals.update(light=LIGHT, dark=DARK)
    return environment


def rendered(template: str, **values: Any) -> str:
    """A template with these values in it, all of them escaped."""
    return _environment().get_template(template).render(**values)


def page(template: str, **values: Any) -> str:
    """A page by a template that extends ``base.html``."""
    return rendered(template, version=__version__, **values)
