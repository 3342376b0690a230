"""The tables of the index, and the one way to them from an empty database."""

from __future__ import annotations

import duckdb

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "1 dictionaries, labels, prompts, growth",
        """
        CREATE TABLE dictionaries (
            name VARCHAR, fingerprint VARCHAR, model_id VARCHAR, layer INTEGER, tau DOUBLE,
            l0 INTEGER, loss VARCHAR, n_atoms BIGINT, d_model INTEGER, tokens_seen BIGINT,
            corpus_name VARCHAR, built_at VARCHAR, has_labels BOOLEAN, recipe JSON
        );
        CREATE TABLE folders (name VARCHAR, signature VARCHAR, broken VARCHAR);
        CREATE TABLE labels (
            dictionary VARCHAR, atom INTEGER, prompt_id VARCHAR, token_index INTEGER,
            token_id INTEGER, token VARCHAR, char_start INTEGER, char_end INTEGER,
            entered_at BIGINT, loss_at_entry DOUBLE
        );
        CREATE TABLE prompts (
            dictionary VARCHAR, prompt_id VARCHAR, text VARCHAR, source VARCHAR
        );
        CREATE TABLE growth (dictionary VARCHAR, tokens_seen BIGINT, n_atoms BIGINT);
        """,
    ),
    (
        "2 statistics",
        """
        ALTER TABLE folders ADD COLUMN note VARCHAR;
        CREATE TABLE statistics (
            dictionary VARCHAR, atom INTEGER, count BIGINT, density FLOAT, positive FLOAT,
            mean_coefficient FLOAT, max_coefficient FLOAT, min_coefficient FLOAT,
            main_token VARCHAR, token_share FLOAT, tag VARCHAR, tag_share FLOAT, tag_base FLOAT,
            x FLOAT, y FLOAT
        );
        """,
    ),
    (
        "3 heads first, tables when they are asked for",
        """
        ALTER TABLE folders ADD COLUMN whole BOOLEAN;
        ALTER TABLE dictionaries ADD COLUMN has_statistics BOOLEAN;
        """,
    ),
)
"""In order, each once. A file whose list differs is of another version and is built again:
it holds nothing that the folders do not."""

STATISTIC_COLUMNS = (
    "count",
    "density",
    "positive",
    "mean_coefficient",
    "max_coefficient",
    "min_coefficient",
    "main_token",
    "token_share",
    "tag",
    "tag_share",
    "tag_base",
    "x",
    "y",
)
"""What ``Store.atoms`` has of statistics; see ``itda_core.atoms.statistics.atoms``."""

COLUMN_TYPES = {
    "prompt_id": "VARCHAR",
    "token": "VARCHAR",
    "text": "VARCHAR",
    "source": "VARCHAR",
    "atom": "INTEGER",
    "token_index": "INTEGER",
    "token_id": "INTEGER",
    "char_start": "INTEGER",
    "char_end": "INTEGER",
    "entered_at": "BIGINT",
    "loss_at_entry": "DOUBLE",
    **dict.fromkeys(STATISTIC_COLUMNS, "FLOAT"),
    "count": "BIGINT",
    "main_token": "VARCHAR",
    "tag": "VARCHAR",
}
"""Of labels, prompts and statistics, as they stand in MIGRATIONS; a test compares them."""

_MIGRATIONS_TABLE = "itda_migrations"


class StaleError(Exception):
    """The file is ours to replace: damaged, or of another version of this program."""


def migrate(cursor: duckdb.DuckDBPyConnection) -> None:
    """Bring an empty database to the schema; anything else must be at it already.

    StaleError where it is of another version; duckdb.Error where it is not an index at all.
    """
    tables = cursor.execute("SELECT table_name FROM information_schema.tables").fetchall()
    if (_MIGRATIONS_TABLE,) in tables:
        applied = cursor.execute(f"SELECT name FROM {_MIGRATIONS_TABLE} ORDER BY place").fetchall()
        if applied != [(name,) for name, _ in MIGRATIONS]:
            raise StaleError("it is of another version")
        return
    if tables:
        raise duckdb.InvalidInputException("it is a database of something else")
    cursor.execute(f"CREATE TABLE {_MIGRATIONS_TABLE} (place INTEGER, name VARCHAR)")
    for place, (name, statements) in enumerate(MIGRATIONS):
        cursor.execute(statements)
        cursor.execute(f"INSERT INTO {_MIGRATIONS_TABLE} VALUES (?, ?)", [place, name])


def vectors(d_model: int) -> str:
    """The table of atoms of one width: DuckDB's fixed arrays have their length in their type."""
    return f"atoms_{int(d_model)}"
