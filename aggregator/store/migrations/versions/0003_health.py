"""conditions, moves and rhythm of sources; changes of their health; refusals of hosts"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("source", schema=None) as batch_op:
        for name in ("conditions", "days"):
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("move", sa.Text(), nullable=True))
    with op.batch_alter_table("host", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refused", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "health_change",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.String(), nullable=False),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    with op.batch_alter_table("health_change", schema=None) as batch_op:
        batch_op.create_index("ix_health_change_source", ["source"], unique=False)
