"""The diagnostics: each a numbered question to a finished comparison, and what to do about the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evenkeel.diagnosing import columns, decided, fitted, resampled, rows, shift
from evenkeel.diagnosing.found import SEVERITIES, Finds, Found, NotLooked
from evenkeel.diagnosing.ranking import by_fold, mean_ranking
from evenkeel.diagnosing.seen import Seen

DOCUMENT = "docs/diagnostics.md"
TWO_CLASSES = "it is of a positive class, and here all classes are equals"


@dataclass(frozen=True)
class Diagnostic:
    """An entry of `DIAGNOSTICS`; `of` names what a finding's subject is, `tell` makes its sentence."""

    code: str
    title: str
    of: str
    find: Callable[[Seen], Finds]
    tell: Callable[[Found], str]
    advice: str

    @property
    def link(self) -> str:
        """Where it is described."""
        return f"{DOCUMENT}#{self.code.lower()}"


def diagnose(seen: Seen) -> dict[str, Any]:
    """All findings as numbers, and which diagnostics found nothing or could not look; JSON-able.

    {findings: [{code, severity, subject, numbers}], looked: [{code, outcome, why}]}, in the order of
    `DIAGNOSTICS`.
    """
    findings, looked = list[dict[str, Any]](), list[dict[str, Any]]()
    for diagnostic in DIAGNOSTICS.values():
        outcome, why, found = "nothing found", "", list[Found]()
        try:
            found = list(diagnostic.find(seen))
            outcome = "found" if found else outcome
        except NotLooked as reason:
            outcome, why = "not looked", str(reason)
        findings += [{"code": diagnostic.code, **asdict(each)} for each in found]
        looked.append({"code": diagnostic.code, "outcome": outcome, "why": why})
    return {"findings": findings, "looked": looked}


def told(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings as a person reads them, the most severe first.

    {code, title, severity, subject, evidence: {sentence, numbers}, advice, link}.
    """
    ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"]))
    return [_told(DIAGNOSTICS[finding["code"]], finding) for finding in ranked]


def _told(diagnostic: Diagnostic, finding: Mapping[str, Any]) -> dict[str, Any]:
    found = Found(finding["severity"], finding["subject"], finding["numbers"])
    return {
        "code": diagnostic.code,
        "title": diagnostic.title,
        "severity": found.severity,
        "subject": found.subject,
        "evidence": {"sentence": diagnostic.tell(found), "numbers": dict(found.numbers)},
        "advice": diagnostic.advice,
        "link": diagnostic.link,
    }


def _few(seen: Seen) -> Finds:
    sought = seen.classes[1] if seen.binary else None
    return rows.few_rows(seen.counts(seen.in_test), seen.counts(~seen.in_test), sought)


def _repeated(seen: Seen) -> Finds:
    return rows.repeated(seen.frame[list(seen.features)], seen.y, seen.twins, seen.in_test)


def _shifted(seen: Seen) -> Finds:
    yield from shift.classes_shifted(seen.counts(~seen.in_test), seen.counts(seen.in_test), seen.target)
    some = shift.drawn(seen.in_test, len(seen.sources), seen.seed)
    matrix = seen.encode(seen.frame.iloc[some].reset_index(drop=True))
    yield from shift.shifted(matrix, seen.sources, seen.bundle[some], seen.in_test[some], seen.seed)


def _standing_out(seen: Seen) -> Finds:
    of_two_classes(seen)
    chosen = seen.strategies[seen.chosen]
    yield from fitted.standing_out(seen.y[~seen.in_test], chosen.folds[:, 1], chosen.fold)


def _gaps(seen: Seen) -> Finds:
    of_two_classes(seen)
    y = seen.y[~seen.in_test]
    for name, each in seen.strategies.items():
        found = by_fold(y, each.folds[:, 1], each.fold)
        if found is None:
            raise NotLooked(fitted.TOO_FEW)
        folds = mean_ranking(found)
        yield from fitted.by_heart(name, each.kind, y, each.on_train[:, 1], each.of_train, folds)
        yield from fitted.unconfirmed(
            name, seen.y[seen.in_test], each.on_test[:, 1], folds, len(seen.strategies)
        )


def _edges(seen: Seen) -> Finds:
    of_two_classes(seen)
    for name, each in seen.strategies.items():
        yield from decided.at_the_edge(name, each.decision)


def _miscalibrated(seen: Seen) -> Finds:
    of_two_classes(seen)
    y = seen.y[seen.in_test]
    if min(y.sum(), len(y) - y.sum()) < decided.FEWEST:
        raise NotLooked(
            f"a class has fewer than {decided.FEWEST} test rows, too few to judge probabilities by"
        )
    for name, each in seen.strategies.items():
        yield from decided.miscalibrated(name, y, each.on_test[:, 1], len(seen.strategies))


def _hurting(seen: Seen) -> Finds:
    per_fold = {name: each.decision["per_fold"][seen.metric] for name, each in seen.strategies.items()}
    effort = {name: each.effort for name, each in seen.strategies.items()}
    if 0 not in effort.values() or not any(effort.values()):
        raise NotLooked("no strategy does nothing to rows, or none does something")
    ranked = None
    if seen.binary:
        fold = next(iter(seen.strategies.values())).fold
        scores = {name: each.folds[:, 1] for name, each in seen.strategies.items()}
        ranked = resampled.Ranked(seen.y[~seen.in_test], fold, scores)
    return resampled.hurting(per_fold, effort, seen.metric, ranked)


def _astray(seen: Seen) -> Finds:
    if not any(each.made["measured"] for each in seen.strategies.values()):
        raise NotLooked("no strategy made synthetic rows")
    for name, each in seen.strategies.items():
        yield from resampled.astray(name, each.made)


def of_two_classes(seen: Seen) -> None:
    """Raises NotLooked where no class is the positive one."""
    if not seen.binary:
        raise NotLooked(TWO_CLASSES)


DIAGNOSTICS: dict[str, Diagnostic] = {
    entry.code: entry
    for entry in (
        Diagnostic(
            "EKD001",
            "too few positives",
            "class",
            _few,
            rows.tell_few,
            "Collect more rows of this class, or trust the folds of train more than the test set; do not "
            "choose between strategies by a few rows.",
        ),
        Diagnostic(
            "EKD002",
            "leaking column",
            "column",
            lambda seen: columns.leaking(seen.frame, seen.features, seen.y, seen.in_test),
            columns.tell_leaking,
            "Ask when the column is known: if only after the label, or because of it, name it under `drop`.",
        ),
        Diagnostic(
            "EKD003",
            "id-like column",
            "column",
            lambda seen: columns.numbering(seen.frame, seen.features),
            columns.tell_numbering,
            "Name it under `id` or `drop`: a model learns rows by heart from it, and new rows have new "
            "values.",
        ),
        Diagnostic(
            "EKD004",
            "duplicate rows",
            "table",
            _repeated,
            rows.tell_repeated,
            "Find out why rows are there twice and remove the copies; `split.duplicates: together` keeps "
            "those that stay on one side.",
        ),
        Diagnostic(
            "EKD005",
            "shift between train and test",
            "column",
            _shifted,
            shift.tell_shifted,
            "Look at the columns named: if they tell time or place, new rows will differ too. Train on "
            "rows like those to come, drop what only tells the sides apart, or split at random if nothing "
            "speaks against it.",
        ),
        Diagnostic(
            "EKD006",
            "fold that stands out",
            "fold",
            _standing_out,
            fitted.tell_standing_out,
            "Look at what the rows of this fold have in common: a large group, a place, a source. Name it "
            "under `groups`, or mend the rows; until then the folds' intervals are not to be trusted.",
        ),
        Diagnostic(
            "EKD007",
            "over-fitting gap",
            "strategy",
            _gaps,
            fitted.tell_gap,
            "Give the model less freedom (fewer or shallower trees, more regularization) or search for it "
            "(`tuning.trials`). Where the test set falls short of the folds, look for rows that belong "
            "together.",
        ),
        Diagnostic(
            "EKD008",
            "threshold at the edge",
            "strategy",
            _edges,
            decided.tell_edge,
            "Choose another `operating_point`: one with a cost, or a limit on alerts; and look at whether "
            "the model ranks rows at all.",
        ),
        Diagnostic(
            "EKD009",
            "miscalibration",
            "strategy",
            _miscalibrated,
            decided.tell_miscalibrated,
            "Do not read these probabilities as shares or multiply them with costs. `calibrate: auto` "
            "takes back what balancing does; a model of less freedom is less extreme.",
        ),
        Diagnostic(
            "EKD010",
            "resampling that hurts",
            "strategy",
            _hurting,
            resampled.tell_hurting,
            "Leave the strategy out: doing nothing, with a threshold chosen on train, is better here.",
        ),
        Diagnostic(
            "EKD011",
            "synthetic rows in the majority's territory",
            "strategy",
            _astray,
            resampled.tell_astray,
            "Clean before or after (`smote-tomek`, `smote-enn`), make fewer rows (`sampling_strategy`), or "
            "take fewer neighbours (`k_neighbors`); the report shows examples.",
        ),
    )
}
