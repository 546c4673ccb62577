"""The pyarrow case of the bench of decoded tables: decoded_case.py FILE. Prints one line of JSON."""
import json
import os
import resource
import sys
import time

import pyarrow as pa
import pyarrow.compute as pc

path = sys.argv[1]


def once():
    with pa.memory_map(path) as mapped:
        table = pa.ipc.open_file(mapped).read_all()
        return table.num_rows, pc.sum(table['price']).as_py()


started, cpu = time.perf_counter(), time.process_time()
rows, total = once()
first, cpu = time.perf_counter() - started, time.process_time() - cpu
started = time.perf_counter()
once()
again = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({'rows': rows, 'sum': total, 'firstMs': first * 1000, 'againMs': again * 1000, 'processorMs': cpu * 1000, 'peakRssMb': peak, 'bytes': os.path.getsize(path)}))
