"""The main job: from a config to a report and a certificate."""

from __future__ import annotations

from typing import Any

from prefect import flow

from tasks.compare import compare
from tasks.context import begin
from tasks.decide import decide
from tasks.diagnose import diagnose
from tasks.evaluate import evaluate
from tasks.explain import explain
from tasks.ingest import ingest
from tasks.preprocess import preprocess
from tasks.report import report
from tasks.resample import resample
from tasks.seal import seal
from tasks.split import split
from tasks.stage import Context, Done
from tasks.train import train as train_models
from tasks.tune import tune
from tasks.validate import validate


@flow(name="train", flow_run_name="train {config}", result_serializer="json", persist_result=False)
def train(
    config: str = "configs/quickstart.yaml", store: str = "data/store", overrides: list[str] | None = None
) -> dict[str, Any]:
    """Ingest, validate, split, preprocess, resample, train, decide, evaluate, compare, explain, diagnose,
    report, seal.

    Before resampling, a search over parameters where the config asks for trials.

    config: path of the config file, as seen from the working directory.
    store: folder of the artifact store.
    overrides: values that replace those of the config, each as `key.sub=value`.
    """
    context = begin(config, store, overrides)
    done = evaluated(context)
    return seal(context, [*done, report(context, done)])


def evaluated(context: Context) -> list[Done]:
    """The stages of every complete run, up to the diagnosis of what came out."""
    ingested = ingest(context)
    validated = validate(context, ingested)
    parted = split(context, ingested, validated)
    preprocessed = preprocess(context, parted)
    tuned = [tune(context, parted)] if context.config.tuning.trials else []
    resampled = resample(context, parted, *tuned)
    trained = train_models(context, parted, preprocessed, resampled, *tuned)
    decided = decide(context, parted, resampled, trained)
    # the test ref goes in here, and nowhere else
    judged = evaluate(context, parted, preprocessed, trained, decided)
    compared = compare(context, parted, decided, judged)
    done = [ingested, validated, parted, preprocessed, *tuned, resampled, trained, decided, judged, compared]
    if context.config.explain:
        done.append(explain(context, parted, preprocessed, trained, decided, judged))
    done.append(diagnose(context, parted, preprocessed, resampled, trained, decided, judged))
    return done
