"""HTTP out: one guarded client. Every byte of it comes from strangers; nothing here raises at
them.
"""

from .client import Client
from .limits import Limits

__all__ = ["Client", "Limits"]
