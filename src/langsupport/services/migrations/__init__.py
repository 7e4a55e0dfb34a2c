"""Alembic migrations of the database, run at every start by database.py."""
