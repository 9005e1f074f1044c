"""The main job with an X-ray: its report also says what leaks would have reported."""

from __future__ import annotations

from typing import Any

from prefect import flow

from evenkeel.plan import xray_strategy
from flows.train import evaluated
from tasks.context import begin
from tasks.report import report
from tasks.seal import seal
from tasks.xray import xray as xray_train


@flow(name="xray", flow_run_name="xray {config}", result_serializer="json", persist_result=False)
def xray(
    config: str = "configs/quickstart.yaml",
    strategy: str | None = None,
    store: str = "data/store",
    overrides: list[str] | None = None,
) -> dict[str, Any]:
    """All that the train flow does, and between evaluation and report the X-ray of one strategy.

    config: path of the config file, as seen from the working directory.
    strategy: the name of a strategy that resamples, or of a sampler; by default the config's first such.
    store: folder of the artifact store.
    overrides: values that replace those of the config, each as `key.sub=value`.
    """
    context = begin(config, store, overrides)
    chosen = xray_strategy(context.config, strategy)
    done = evaluated(context)
    (parted,) = (stage for stage in done if stage.stage == "split")
    done.append(xray_train(context, parted, chosen))
    reported = report(context, done)
    # not through `seal`: what a leak reports has no place in the run's summary
    return {**seal(context, [*done, reported]), "xray": context.store.get_json(reported.ref("json"))["xray"]}
