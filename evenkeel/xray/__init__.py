"""The X-ray: what an evaluation with a leak would have reported on the same rows.

It works inside train alone. The train rows stand for a whole table, and each fold for the test set that
somebody holds out of it; the run's own test set is not needed and not read. A `Question` says everything an
answer depends on. Its `parts` are fits that can be done side by side, `part_scores` does one of them, and
`findings` makes the figures of all lines: the honest ones, and those of the leaks, which nothing else uses.

That resampling before the split is what flatters most is shown by Santos et al., "Cross-validation for
imbalanced datasets: avoiding overoptimistic and overfitting approaches", IEEE Computational Intelligence
Magazine 13 (2018); that chosen models need rows of their own, by Cawley & Talbot, "On over-fitting in model
selection", JMLR 11 (2010).
"""

from evenkeel.xray.lines import findings
from evenkeel.xray.parts import Part, Scores, part_scores, parts
from evenkeel.xray.question import GRIDS, SEEDS, Question, grid

__all__ = ["GRIDS", "SEEDS", "Part", "Question", "Scores", "findings", "grid", "part_scores", "parts"]
