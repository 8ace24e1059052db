"""The four roles, as rows.

Downgrade: keeps the rows, since people may hold them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ROLES = {
    "front_desk": "Front desk",
    "manager": "Manager",
    "liaison": "Liaison",
    "administrator": "Administrator",
}


def upgrade() -> None:
    role = sa.table("role", sa.column("name", sa.String), sa.column("description", sa.String))
    known = set(op.get_bind().scalars(sa.select(role.c.name)))
    missing = [{"name": name, "description": words} for name, words in ROLES.items() if name not in known]
    if missing:
        op.bulk_insert(role, missing)


def downgrade() -> None:
    pass
