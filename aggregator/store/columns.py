"""Column types that both databases understand alike."""

import datetime as dt
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.types import TypeDecorator

Value = TypeVar("Value")

# SQLite counts up only an INTEGER primary key.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Utc(TypeDecorator[dt.datetime]):
    """Aware datetimes in, UTC out: SQLite forgets the zone, so it must never have had another."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: dt.datetime | None, dialect: sa.Dialect
    ) -> dt.datetime | None:
        """Refuse what has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a zone: {value}")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: sa.Dialect
    ) -> dt.datetime | None:
        """Give back the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Json(TypeDecorator[Value], Generic[Value]):
    """A value of the model as JSON text. Nothing is ever asked about its inside."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        """Keep values of the type `of`."""
        super().__init__()
        self.of = of
        self._adapter: TypeAdapter[Value] = TypeAdapter(of)

    def process_bind_param(self, value: Value | None, dialect: sa.Dialect) -> str | None:
        """To text; None stays NULL."""
        return None if value is None else self._adapter.dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Value | None:
        """From text."""
        return None if value is None else self._adapter.validate_json(value)
