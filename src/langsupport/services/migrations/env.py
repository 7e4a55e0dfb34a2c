"""Runs the migrations on the connection that database.py passes in, inside its transaction."""

from alembic import context

from langsupport.services.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
