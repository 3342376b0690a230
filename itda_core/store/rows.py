"""A dictionary as rows of the index: made into tables, put in, taken out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from itda_core.atoms.statistics.files import load_numbers
from itda_core.dictionary import LABEL_COLUMNS, PROMPT_COLUMNS, Dictionary, DictionaryHead
from itda_core.store.schema import COLUMN_TYPES, STATISTIC_COLUMNS, vectors

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


def to_tables(dictionary: Dictionary) -> dict[str, pa.Table]:
    """The parts of a dictionary as Arrow tables, in the column order of the schema."""
    import numpy as np
    import pyarrow as pa

    n, d = dictionary.atoms.shape
    flat = np.ascontiguousarray(dictionary.atoms.float().numpy()).ravel()
    tables = {
        vectors(d): pa.table(
            {
                "atom": pa.array(np.arange(n, dtype=np.int32)),
                "vector": pa.FixedSizeListArray.from_arrays(pa.array(flat), d),
            }
        ),
        "growth": pa.Table.from_pandas(dictionary.growth(), preserve_index=False),
    }
    if dictionary.labels is not None and dictionary.prompts is not None:
        for part, frame, columns in (
            ("labels", dictionary.labels, LABEL_COLUMNS),
            ("prompts", dictionary.prompts, PROMPT_COLUMNS),
        ):
            tables[part] = _typed(frame[list(columns)])
    return tables


def _typed(frame: pd.DataFrame) -> pa.Table:
    """With the types of the schema: what cannot have them is refused here, not by the database.

    Raises:
        pyarrow.ArrowException: a column of another kind, or a number out of range.
    """
    import pyarrow as pa

    kinds = {
        "VARCHAR": pa.string(),
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
        "FLOAT": pa.float32(),
        "DOUBLE": pa.float64(),
    }
    types = [pa.field(column, kinds[COLUMN_TYPES[column]]) for column in frame]
    return pa.Table.from_pandas(frame, preserve_index=False).cast(pa.schema(types))


def statistics_table(folder: Path, fingerprint: str) -> pa.Table | None:
    """The columns of a dictionary's statistics that the index holds, in the order of the schema.

    None where there are none; InputError where they cannot be used.
    """
    columns = ["atom", *STATISTIC_COLUMNS]
    stored = ["token" if column == "main_token" else column for column in columns]
    frame = load_numbers(folder, fingerprint, stored)
    if frame is None:
        return None
    return _typed(frame.rename(columns={"token": "main_token"}).reindex(columns=columns))


def insert_head(
    cursor: duckdb.DuckDBPyConnection, name: str, head: DictionaryHead, has_statistics: bool
) -> None:
    """Put in what a dictionary says of itself; its name must not be there yet."""
    recipe = head.recipe
    cursor.execute(
        "INSERT INTO dictionaries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            name,
            head.fingerprint,
            recipe.model_id,
            recipe.layer,
            recipe.tau,
            recipe.l0,
            recipe.loss,
            recipe.n_atoms,
            recipe.d_model,
            recipe.tokens_seen,
            recipe.corpus_name,
            recipe.built_at,
            head.has_labels,
            json.dumps(asdict(recipe)),
            has_statistics,
        ],
    )


def insert_tables(
    cursor: duckdb.DuckDBPyConnection, name: str, d_model: int, tables: dict[str, pa.Table]
) -> None:
    """Put in the rest of it."""
    for table, rows in tables.items():
        if table.startswith("atoms_"):
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {table} "
                f"(dictionary VARCHAR, atom INTEGER, vector FLOAT[{d_model}])"
            )
        cursor.register("incoming", rows)
        cursor.execute(f"INSERT INTO {table} SELECT ?, * FROM incoming", [name])
        cursor.unregister("incoming")


def forget(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Delete every row about one folder, whichever tables there are."""
    for table, column in cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE column_name = 'dictionary' OR "
        "(column_name = 'name' AND table_name IN ('dictionaries', 'folders'))"
    ).fetchall():
        cursor.execute(f"DELETE FROM {table} WHERE {column} = ?", [name])
