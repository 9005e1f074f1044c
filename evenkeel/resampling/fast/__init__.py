"""imbalanced-learn's samplers with the same results in less time.

Each class is a subclass of imbalanced-learn's own, takes the same parameters and gives the same rows.
`Sampler.fast` names it, and `samplers.build_sampler` builds it. `condensed` and its `stores`, and `hardness`,
say where that could fail in their own docstrings; the rest is searches for neighbours.

Most rows of an imbalanced table lie among their own, and that is cheap to know: see `surrounded`. The few
that are in doubt are looked at one by one (`ranked`), and where rounding or a tie decides, scikit-learn is
asked itself (`answers`). `editing` and `links` are the two ways to decide, and `cleaning` has the samplers.
Others ask for the nearest rows in their order (`neighbours`, for `over` and the plans of native space), or
for the rows whose distances to some add up to least (`sums`, for `near_miss`).
What is searched in single precision (`rounded`, by `sieve` and `between`) only ever says what is certain, so
neither its cells nor the number of threads have a say in a result.

The rows are those of imbalanced-learn 0.14.2 with scikit-learn 1.9.1, in the same order. They could
differ from them in these cases alone:

- scikit-learn's own answer is not the same twice. Among rows that are equally far up to rounding, its brute
  force for at most 1,024 queries a thread goes by the number of threads, and we ask it with the same number.
- It shares out work in blocks in another way than `answers` says, or multiplies matrices so that a row's
  result depends on more than its block. Only rows whose label hangs on such a tie are concerned.
- Its rounding errors are larger than proved for any order of summation: see `Rounded.noise`.
"""
