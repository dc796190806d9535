"""A content feed aggregator and RSS/Atom publisher: one feed per topic, each story once."""

__version__ = "0.1.0"
