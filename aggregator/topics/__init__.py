"""The rule engine: which topics a document is about, and why. Imports nothing of ours.

A rule is a query (`query.py`), a document is named texts, an answer is evidence (`engine.py`).
"""

from .engine import SEPARATOR, Document, Engine, Evidence
from .query import FIELDS, QueryError, parse_query
from .tree import Query

__all__ = [
    "FIELDS",
    "SEPARATOR",
    "Document",
    "Engine",
    "Evidence",
    "Query",
    "QueryError",
    "parse_query",
]
