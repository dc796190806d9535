"""What the tests of feeds.yaml share."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from aggregator.config import Config, parse_config
from aggregator.errors import ConfigError


def config(
    text: str, environ: Mapping[str, str] | None = None, folder: Path = Path("/f")
) -> Config:
    """The values of a file, which must be right."""
    return parse_config(dedent(text), "feeds.yaml", environ or {}, folder)


def mistakes(
    text: str, environ: Mapping[str, str] | None = None, folder: Path = Path("/f")
) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(ConfigError) as caught:
        config(text, environ, folder)
    return list(caught.value.problems)


def mistake(text: str, environ: Mapping[str, str] | None = None) -> str:
    """The only thing wrong with a file."""
    (only,) = mistakes(text, environ)
    return only
