"""the index that search finds articles by, and the pages of stories"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BATCH = 10_000


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("story", sa.Column("page", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    last = 0
    while rows := connection.execute(
        sa.text("SELECT pk, id FROM story WHERE pk > :last ORDER BY pk LIMIT :most"),
        {"last": last, "most": _BATCH},
    ).all():
        pages = [{"pk": pk, "page": hashlib.sha256(i.encode()).hexdigest()[:16]} for pk, i in rows]
        connection.execute(sa.text("UPDATE story SET page = :page WHERE pk = :pk"), pages)
        last = rows[-1][0]
    op.create_index("ix_story_page", "story", ["page"])
    if connection.dialect.name == "sqlite":
        # Without a content of its own, positions and sizes: what is indexed stands in `article`.
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5"
            "(tokens, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
    else:
        op.execute(
            "CREATE TABLE search_index (article_pk BIGINT PRIMARY KEY REFERENCES article (pk), "
            "tokens TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_search_index ON search_index USING gin (tokens)")
