"""finding a topic's stories anew, beside what is published"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "retagging",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("cursor", KEY, nullable=False),
        sa.PrimaryKeyConstraint("topic"),
    )
    op.create_table(
        "staged",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("story_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["story_pk"], ["story.pk"]),
        sa.PrimaryKeyConstraint("topic", "story_pk"),
        sqlite_with_rowid=False,
    )
    # A topic that was taken out of feeds.yaml may have subscribers, unlike one that is new.
    op.execute(
        "UPDATE topic SET definition = 'out of force' "
        "WHERE definition = '' AND changes > 0 AND key <> 'all'"
    )
