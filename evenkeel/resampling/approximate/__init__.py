"""Neighbours from a graph instead of an exact search, for tables of millions of rows; never the default.

`graph` is the graph (HNSW, Malkov & Yashunin 2018), the same whenever it is built. `neighbors` has the
estimator that stands in for scikit-learn's and measures its own recall, and `samplers` has imbalanced-learn's
samplers with that estimator inside.
"""
