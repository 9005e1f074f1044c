"""Who is train and who is test, as a function of the rows, the config and a seed, and of nothing else.

Rows that belong together (`bundles`: one group, or equal features) stay on one side, and rows of a split
that is continued keep the side they had (`ties`). The stratified split ranks by a keyed digest of row ids or
group values (`ranked`) and fills an exact quota per class (`filling`). With a column of time, test is the
latest part (`latest`). Splits that others make, scikit-learn's or a column's, are not touched, only checked
(`others`). `table` does all of it to a table and tells what came out (`telling`); `folds` parts train again.
"""

from evenkeel.splitting.bundles import find_bundles, group_names, set_codes, twin_codes
from evenkeel.splitting.folds import bundled_folds, stratified_folds
from evenkeel.splitting.latest import latest_split
from evenkeel.splitting.others import random_split, split_by_column
from evenkeel.splitting.ranked import stratified_split, test_quotas
from evenkeel.splitting.sides import Positions, Split
from evenkeel.splitting.table import SplitTables, make_split, split_table
from evenkeel.splitting.ties import Earlier, Ties, find_ties, free_ties
from evenkeel.splitting.times import times_of

__all__ = [
    "Earlier",
    "Positions",
    "Split",
    "SplitTables",
    "Ties",
    "bundled_folds",
    "find_bundles",
    "find_ties",
    "free_ties",
    "group_names",
    "latest_split",
    "make_split",
    "random_split",
    "set_codes",
    "split_by_column",
    "split_table",
    "stratified_folds",
    "stratified_split",
    "test_quotas",
    "times_of",
    "twin_codes",
]
