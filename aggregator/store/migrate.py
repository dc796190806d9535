"""Bringing a database to this version, by Alembic, before anything else is done with it."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ..errors import StoreError
from .engine import Database

# The newest migration. Known here so that a database that is up to date needs no Alembic at all,
# which would double the time of a short command; a test compares it with the scripts.
HEAD: Final = "0016"
SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the migrations that are missing. Raises StoreError for a database of a newer version."""
    with database.reading() as connection:
        version = _version(connection)
    if version == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as wrong:
            raise StoreError(
                f"the database is of version {version}, which this program does not know; "
                f"install a newer one, or restore a backup ({wrong})"
            ) from None


def require_current(database: Database) -> None:
    """Raises StoreError for a database that `migrate` would change."""
    with database.reading() as connection:
        version = _version(connection)
    if version is None:
        raise StoreError("the database is empty: `aggregator poll` fills it")
    if version != HEAD:
        raise StoreError(
            f"the database is of version {version}, and this program of version {HEAD}; "
            "`aggregator status` brings an older one up to date"
        )


def version_of(database: Database) -> str | None:
    """The newest migration that the database has had; None when it is empty. Raises StoreError for
    a database that is not ours, or of a newer version.
    """
    with database.reading() as connection:
        version = _version(connection)
        tables = sa.inspect(connection).get_table_names()
    if version is None and tables:
        raise StoreError(f"it holds other things than ours: the table {tables[0]}, for one")
    if version is not None and ("story" not in tables or not version.isdigit()):
        raise StoreError("it is another program's")
    if version is not None and version > HEAD:
        raise StoreError(
            f"it is of version {version}, and this program of version {HEAD}: install a newer one"
        )
    return version


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
