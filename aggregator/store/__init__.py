"""The database. SQLModel rows never leave this package: values go in, values come out."""

from .store import SqlStore

__all__ = ["SqlStore"]
