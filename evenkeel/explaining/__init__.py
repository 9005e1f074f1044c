"""Why a model decides as it does, and for whom it decides badly: shown beside the figures, deciding nothing.

`importance` says which columns move its scores, `missed` looks at the positives that it misses one by one,
`segments` judges it in parts of the table. All of it is about one fitted model and rows it has not seen.
"""
