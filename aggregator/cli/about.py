"""`schema` and `version`."""

import json
import platform

import typer

from .. import __version__


def schema() -> None:
    """Print the JSON Schema of feeds.yaml.

    For editors that check and complete.

    Example: aggregator schema > feeds.schema.json
    """
    from ..config import json_schema

    print(json.dumps(json_schema(), indent=2))


def version() -> None:
    """The version of the program, and of what it runs on."""
    from xml.parsers import expat

    typer.echo(
        f"aggregator {__version__} (Python {platform.python_version()}, {expat.EXPAT_VERSION})"
    )
