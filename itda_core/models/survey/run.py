"""A survey that goes on where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from itda_core.files import write_atomic
from itda_core.models.survey.families import Family, choose, text_families
from itda_core.models.survey.process import Work, try_families
from itda_core.models.survey.rows import Row, append, read
from itda_core.models.survey.table import table


class Survey:
    """Rows of the installed transformers, kept in a hidden file beside the table ``out``.

    ``families`` are those to be tried (by default all), ``work`` is how (``one.try_family``).
    """

    def __init__(
        self,
        out: Path,
        *,
        fresh: bool = False,
        families: list[Family] | None = None,
        work: Work | None = None,
    ) -> None:
        import transformers

        self._out = out
        self._file = out.with_name(f".{out.stem}.rows.jsonl")
        self._version: str = transformers.__version__
        self._given = families
        self._work = work
        if fresh:
            self._file.unlink(missing_ok=True)

    @cached_property
    def _families(self) -> list[Family]:
        return text_families() if self._given is None else self._given

    def rows(self) -> list[Row]:
        """Those found so far, this time or earlier, with this transformers."""
        found = read(self._file, self._version)
        return [found[family] for family in self._families if family in found]

    def left(self) -> list[Family]:
        """The architectures that have no row."""
        found = read(self._file, self._version)
        return [family for family in self._families if family not in found]

    def run(self, wanted: Sequence[str] | None) -> Iterator[tuple[Row, int, int]]:
        """Try what is left, or all ``wanted`` anew: each row once kept, with how many of how many.

        Raises:
            InputError: ``wanted`` names no architecture.
        """
        families = choose(self._families, wanted) if wanted else self.left()
        rows = try_families(families, self._version, work=self._work)
        for done, row in enumerate(rows, start=1):
            append(self._file, row)
            yield row, done, len(families)

    def write_table(self) -> bool:
        """Write the table, unless rows are missing; returns whether it did."""
        if self.left():
            return False
        import torch

        write_atomic(self._out, table(self.rows(), self._version, torch.__version__))
        return True
