"""feeds.yaml: the operator's file, read whole or refused whole, with the place of every mistake."""

from .load import load_config, parse_config
from .schema import Config, Settings, json_schema

__all__ = ["Config", "Settings", "json_schema", "load_config", "parse_config"]
