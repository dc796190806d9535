"""feeds.yaml: the operator's file, read whole or refused whole, with the place of every mistake."""

from .load import Checked, check_config, load_config, parse_config
from .schema import Config, Settings, json_schema
from .warnings import Warned

__all__ = [
    "Checked",
    "Config",
    "Settings",
    "Warned",
    "check_config",
    "json_schema",
    "load_config",
    "parse_config",
]
