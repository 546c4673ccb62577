"""Maps an Arrow file into memory with pyarrow, checks it, sums what can be summed, and prints what that took.

Usage: map_table.py FILE
"""
import json
import sys

import pyarrow as pa
import pyarrow.compute as pc

allocated = [pa.total_allocated_bytes()]
with pa.memory_map(sys.argv[1]) as mapped:
    table = pa.ipc.open_file(mapped).read_all()
    table.validate(full=True)
    allocated.append(pa.total_allocated_bytes())
    columns = {}
    alignments = set()
    for name, column in zip(table.schema.names, table.columns):
        for chunk in column.chunks:
            arrays = [chunk] + ([chunk.dictionary] if pa.types.is_dictionary(chunk.type) else [])
            alignments.update(buffer.address % 64 for array in arrays for buffer in array.buffers() if buffer is not None)
        kind = column.type
        if pa.types.is_floating(kind):
            columns[name] = {'nulls': column.null_count, 'sum': pc.sum(column).as_py()}
        elif pa.types.is_integer(kind):
            columns[name] = {'nulls': column.null_count, 'sum': str(pc.sum(column).as_py())}
        else:
            columns[name] = {'nulls': column.null_count}
    allocated.append(pa.total_allocated_bytes())
    # What follows copies: the values of every cell, for the comparison.
    cells = {}
    for name, column in zip(table.schema.names, table.columns):
        if pa.types.is_timestamp(column.type):
            cells[name] = [None if v is None else str(v) for v in column.cast(pa.int64()).to_pylist()]
        elif pa.types.is_integer(column.type):
            cells[name] = [None if v is None else str(v) for v in column.to_pylist()]
        else:
            cells[name] = column.to_pylist()
    types = {field.name: str(field.type) for field in table.schema}
    marks = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    print(json.dumps({'rows': table.num_rows, 'allocated': allocated, 'alignments': sorted(alignments), 'types': types, 'marks': marks, 'cells': cells}))
