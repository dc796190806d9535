"""The rule engine: which topics a document is about, and why. Imports nothing of ours.

A rule is a query (`query.py`) and perhaps a score, a document is named texts, an answer is evidence
(`engine.py`).
"""

from .engine import Engine
from .evidence import Evidence
from .lacks import Lack
from .misses import Miss
from .query import parse_places, parse_query, parse_rule
from .reading import SEPARATOR, Document
from .tokens import FIELDS, QueryError
from .tree import Query, Rule, Score

__all__ = [
    "FIELDS",
    "SEPARATOR",
    "Document",
    "Engine",
    "Evidence",
    "Lack",
    "Miss",
    "Query",
    "QueryError",
    "Rule",
    "Score",
    "parse_places",
    "parse_query",
    "parse_rule",
]
