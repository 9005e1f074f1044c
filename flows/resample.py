"""The resampled train set of one strategy, for people who train elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow

from tasks.context import begin, only
from tasks.export import check_output, export
from tasks.ingest import ingest
from tasks.resample import resample as resample_train
from tasks.split import split
from tasks.validate import validate


@flow(name="resample", flow_run_name="resample {config}", result_serializer="json", persist_result=False)
def resample(
    config: str = "configs/quickstart.yaml",
    strategy: str = "smote",
    output: str = "resampled.parquet",
    store: str = "data/store",
    overrides: list[str] | None = None,
) -> dict[str, Any]:
    """Ingest, validate, split, resample, and write the set; nothing is trained or judged.

    config: path of the config file, as seen from the working directory.
    strategy: the name of one of its strategies, or of a sampler.
    output: the file to write, .parquet, .csv or .csv.gz.
    store: folder of the artifact store.
    overrides: values that replace those of the config, each as `key.sub=value`.
    """
    check_output(Path(output))
    context = only(begin(config, store, overrides), strategy)
    ingested = ingest(context)
    parted = split(context, ingested, validate(context, ingested))
    return export(context, resample_train(context, parted), output)
