"""Verdicts as a Parquet file, with types: for pandas, DuckDB, Spark. It needs pyarrow, which is an extra."""

from __future__ import annotations

import io
from typing import Any

from tonewatch.dashboard.review.table import COLUMNS, RATINGS, TIMES, Judged, JudgedCalls, verdict_rows
from tonewatch.stream.errors import DependencyError


def verdicts_parquet(judged: Judged, calls: JudgedCalls = ()) -> bytes:
    """A row a verdict, as `table.py` has it: text, times in UTC, ratings as small integers. Unknown is null.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise DependencyError("Parquet needs pyarrow at the board: pip install 'tonewatch[parquet]'.") from error
    table = pyarrow.Table.from_pylist([*verdict_rows(judged, calls)], schema=_schema(pyarrow))
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()


def _schema(pyarrow: Any) -> Any:  # noqa: ANN401
    kinds = {
        **dict.fromkeys(COLUMNS, pyarrow.string()),
        **dict.fromkeys(TIMES, pyarrow.timestamp("ms", tz="UTC")),
        **dict.fromkeys(RATINGS, pyarrow.int8()),
    }
    return pyarrow.schema(list(kinds.items()))
