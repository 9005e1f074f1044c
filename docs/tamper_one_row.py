"""What a cheat would do: change one cell of a run's test set, in place. `evenkeel verify` must notice.

Usage: python docs/tamper_one_row.py [STORE]
"""

import sys

import pyarrow.parquet as pq

from evenkeel.runs import find
from evenkeel.store import Store

store = Store(sys.argv[1] if len(sys.argv) > 1 else "data/store")
split = next(record for record in find(store, "latest").records() if record.step.stage == "split")
path = store.object_path(split.outputs["test"].digest)
test = pq.read_table(path).to_pandas()
column = split.facts["numeric"][0]
test.loc[0, column] += 1
test.to_parquet(path, index=False)
print(f"row {test['__row_id__'][0]}: {column} is now {test.loc[0, column]}")
