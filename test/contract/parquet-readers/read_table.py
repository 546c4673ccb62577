"""Reads a folder of Parquet with one library and prints every row as a line of JSON, columns in the order asked for.

Usage: read_table.py pyarrow|pandas|polars FOLDER COLUMN...
Integers and times are texts (times as nanoseconds since the epoch), bytes are hex, what is missing is null.
"""
import json
import math
import sys

NANOSECONDS = {'s': 1_000_000_000, 'ms': 1_000_000, 'us': 1_000, 'μs': 1_000, 'ns': 1}


def plain(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, bool) or type(value).__name__ == 'bool_':
        return bool(value)
    if isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return str(value)
    return [plain(element) for element in value]


def with_pyarrow(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(folder)
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            scale = NANOSECONDS[field.type.unit]
            values = [None if v is None else v * scale for v in table[field.name].cast(pa.int64()).to_pylist()]
            table = table.set_column(index, field.name, pa.array(values, pa.int64()))
    return {name: table[name].to_pylist() for name in table.schema.names}


def with_pandas(folder):
    import pandas as pd

    frame = pd.read_parquet(folder)
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            columns[name] = [None if v is pd.NaT else int(v.value) for v in values]
        else:
            columns[name] = [None if v is None or v is pd.NA else v for v in values.tolist()]
    return columns


def with_polars(folder):
    import polars as pl

    # A pattern, not the folder: polars refuses a folder with any other file, and each session has its manifest.
    frame = pl.read_parquet(folder + '/**/*.parquet', hive_partitioning=True)
    columns = {}
    for name, kind in frame.schema.items():
        values = frame[name]
        if isinstance(kind, pl.Datetime):
            scale = NANOSECONDS[kind.time_unit]
            columns[name] = [None if v is None else v * scale for v in values.cast(pl.Int64).to_list()]
        else:
            columns[name] = values.to_list()
    return columns


library, folder, *names = sys.argv[1:]
columns = {'pyarrow': with_pyarrow, 'pandas': with_pandas, 'polars': with_polars}[library](folder)
for row in zip(*(columns[name] for name in names)):
    # The date of a hive folder is a date in one library and a text in another.
    print(json.dumps([str(v) if type(v).__name__ == 'date' else plain(v) for v in row]))
