"""How good is it: metrics, operating points, intervals and curves; plain arrays in, plain rows out.

`metrics` is the table of figures, `operating` turns scores into decisions, `crossval` gives the
cross-validated figures from out-of-fold predictions, with `spread`, which knows how far other rows would
move them, and `repeats`, which joins those of several repeats. `testing` gives the figures on the test set,
`curves` the rows behind the report's charts, and `recommend` names the strategy to use. `bootstrap` draws
other test sets, `intervals` says by them how sure figures and differences are, `several` the same of several
classes, and `power` what a test set can tell before anything is trained.
"""
