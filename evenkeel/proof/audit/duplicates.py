"""EKA001: test rows that are train rows too, and whether the table's own repetitions explain them."""

from __future__ import annotations

import numpy as np

from evenkeel.proof.audit.finding import NotChecked, Positions, Suspicion, Suspicions, Truths, counted
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.twins import Groups, chance, digests, groups_of

# share of test rows with a twin in train from which figures of the test set are too good
NOTICEABLE = 0.01
# so improbable in a random split: seven groups of two that all lie across
BEYOND_CHANCE = 1e-3
# random oversampling: copies for each row of a class, distinct rows to judge them by, and how much more
# often than in the other classes
COPIES, FEWEST, CONTRAST = 0.3, 20, 4.0


def check(pair: Pair) -> Suspicions:
    """Rows with equal features in both tables; columns that only number the rows do not count."""
    names = pair.telling
    if not names:
        raise NotChecked("every feature column numbers the rows")
    groups = groups_of(pair, digests(pair, names))
    if not groups.across.any():
        return
    labelled = groups_of(pair, digests(pair, names, label=True))
    # a class that was oversampled before the split has its copies in both tables by chance, as it seems
    copied = [name for code, name in enumerate(pair.labels.classes) if is_copied(pair, labelled, code)]
    found, twins = chance(pair, groups), groups.positions[groups.across[groups.group]]
    in_test = int(pair.in_test[twins].sum())
    same = int(pair.in_test[labelled.positions[labelled.across[labelled.group]]].sum())
    told = (
        f"{counted(in_test, 'test row')} ({in_test / pair.test_rows:.2%}) "
        f"{'has' if in_test == 1 else 'have'} a twin in train with equal features, "
        f"{same:,} of them with the same label too; {found.across:,} of {found.groups:,} groups of equal "
        f"rows lie across the tables, {found.expected:,.1f} would in a random split"
    )
    if copied:
        told += f"; rows of class {', '.join(copied)} are repeated as random oversampling repeats them"
    severe = bool(copied) or found.probability < BEYOND_CHANCE
    mild = in_test >= NOTICEABLE * pair.test_rows or found.across == found.groups
    yield Suspicion("critical" if severe else "warning" if mild else "info", f"{told}.", pair.rows(twins))


def is_copied(pair: Pair, labelled: Groups, code: int) -> bool:
    """Whether a class was oversampled by copies before the split.

    Copies that are drawn at random repeat a row by a Poisson law: hardly any row is without one, and none has
    very many. What tables repeat by nature has a few rows many times. And the other classes have far fewer.
    """
    of_class = pair.labels.codes == code
    repeats = repetitions(labelled, of_class)
    if len(repeats) < FEWEST or repeats.mean() < COPIES or not _lies_across(labelled, of_class):
        return False
    others = repetitions(labelled, ~of_class)
    return bool(len(others) and others.mean() * CONTRAST <= repeats.mean() and is_poisson(repeats))


def is_poisson(repeats: Positions) -> bool:
    """Whether numbers look drawn by a Poisson law, with rates that differ by half at most."""
    rate, leeway = float(repeats.mean()), 5 * np.sqrt(2 / len(repeats))
    none = float(np.exp(-rate))
    too_many_without = (repeats == 0).mean() > none + 3 * np.sqrt(none * (1 - none) / len(repeats)) + 0.05
    return not too_many_without and bool(repeats.var() <= (rate + (rate / 2) ** 2) * (1 + leeway))


def _lies_across(labelled: Groups, of_class: Truths) -> bool:
    first = labelled.positions[np.unique(labelled.group, return_index=True)[1]]
    return bool((labelled.across & of_class[first]).any())


def repetitions(labelled: Groups, among: Truths) -> Positions:
    """For each distinct row among these, how many copies it has beside itself."""
    first = labelled.positions[np.unique(labelled.group, return_index=True)[1]]
    sizes = labelled.sizes[among[first]]
    single = int(among.sum() - sizes.sum())
    return np.concatenate([sizes - 1, np.zeros(single, dtype=np.int64)]).astype(np.intp)
