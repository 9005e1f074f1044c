"""`RunConfig` and its sections: frozen, and closed to unknown keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    field_validator,
    model_serializer,
    model_validator,
)

from evenkeel.config.classifier import USUAL, ModelConfig
from evenkeel.config.recalibration import recalibration
from evenkeel.config.silence import Silence, as_silences
from evenkeel.config.strategies import NONE, RANDOM_OVER, Strategy, as_list
from evenkeel.config.tuning import Tuning
from evenkeel.errors import suggest
from evenkeel.evaluation.calibration import Method
from evenkeel.evaluation.metrics import METRICS
from evenkeel.models import MODELS, POSITIVE_WEIGHT, takes_weights
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.resampling.searches import Neighbors
from evenkeel.sources import Source


def _label(value: Any) -> Any:
    if not isinstance(value, str | int | float | bool):
        raise ValueError(f"Expected a text, a number, true or false, got {value!r}.")
    return value


Label = Annotated[
    str | int | float | bool, BeforeValidator(_label, json_schema_input_type=str | int | float | bool)
]


def _metric(name: str, known: list[str] | None = None) -> str:
    known = known or list(METRICS)
    if name not in known:
        raise ValueError(f"Expected a metric, got {name!r}. {suggest(name, known)}")
    return name


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetConfig(_Section):
    """The column to predict; without `positive` the task is multi-class."""

    column: str
    positive: Label | None = None


class _Split(_Section):
    duplicates: Literal["together", "apart"] | None = Field(
        None,
        description="rows whose features are equal: kept on one side, or only counted. Default: together "
        "in the stratified split, else apart",
    )

    @model_serializer(mode="wrap")
    def _unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what is not said: older runs never said it, and must read the same."""
        said: dict[str, Any] = handler(self)
        unsaid = {"duplicates", "continues"}
        return {key: value for key, value in said.items() if value is not None or key not in unsaid}


class RandomSplit(_Split):
    """A split that we make; `stratify: false` repeats scikit-learn's `train_test_split`."""

    test_size: float = Field(0.2, gt=0, lt=1)
    stratify: bool = True
    seed: int = Field(42, ge=0, lt=2**32)
    continues: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="a run, or `latest` of this name: its rows keep their side, new rows fill up",
    )


class ColumnSplit(_Split):
    """A split that somebody else made: rows where `column` says `test` are test."""

    column: str
    test: Label = "test"


class Amount(_Section):
    """The column that has what each row costs."""

    column: str


class Cost(_Section):
    """What one miss and one false alarm cost, in any unit: a number, or a column that has it for each row."""

    fn: Annotated[float, Field(gt=0)] | Amount
    fp: Annotated[float, Field(gt=0)] | Amount

    @property
    def columns(self) -> list[str]:
        """The columns that are asked for."""
        return [said.column for said in (self.fn, self.fp) if isinstance(said, Amount)]


def _amount(said: Any) -> str:
    return f"by {said['column']}" if isinstance(said, dict) else f"{said:g}"


class OperatingPoint(_Section):
    """The rule that turns scores into decisions: exactly one of its keys."""

    maximize: str | None = None
    recall_at_least: float | None = Field(None, gt=0, le=1)
    precision_at_least: float | None = Field(None, gt=0, le=1)
    alerts: int | None = Field(
        None, ge=1, description="at most this many, scaled to the size of the test set"
    )
    cost: Cost | None = None
    threshold: float | None = Field(None, ge=0, le=1)

    @field_validator("maximize")
    @classmethod
    def _decides(cls, metric: str | None) -> str | None:
        if metric is None:
            return None
        return _metric(metric, [name for name, entry in METRICS.items() if entry.needs_threshold])

    @model_validator(mode="after")
    def _one_rule(self) -> OperatingPoint:
        given = sorted(self.model_dump(exclude_none=True))
        if len(given) != 1:
            available = ", ".join(type(self).model_fields)
            raise ValueError(f"Expected exactly one rule, got {given or 'none'}. Available: {available}.")
        return self

    @property
    def rule(self) -> str:
        """The rule in words: "maximize f2"."""
        (name, value), *_ = self.model_dump(exclude_none=True).items()
        text = (
            ", ".join(f"{k} {_amount(v)}" for k, v in value.items())
            if isinstance(value, dict)
            else str(value)
        )
        return f"{name.replace('_', ' ')} {text}"


def _names(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_names, json_schema_input_type=str | list[str] | None)]


def _split_kind(value: Any) -> str:
    has_column = "column" in value if isinstance(value, dict) else isinstance(value, ColumnSplit)
    return "ColumnSplit" if has_column else "RandomSplit"


SplitConfig = Annotated[
    Annotated[RandomSplit, Tag("RandomSplit")] | Annotated[ColumnSplit, Tag("ColumnSplit")],
    Discriminator(_split_kind),
]


class RunConfig(_Section):
    """One complete run; every key but `source` and `target` has a default."""

    name: str = Field("run", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")
    source: Source
    target: TargetConfig
    id: Names = ()
    drop: Names = ()
    categorical: Names = ()
    groups: Names = Field((), description="rows that share these columns stay on one side; no features")
    time: str | None = Field(None, description="test is the latest part by this column; no feature")
    validation: Annotated[
        tuple[dict[str, Any], ...],
        # `load` has read a suite in a file by now, but in the file a path is right
        BeforeValidator(lambda value: value, json_schema_input_type=str | list[dict[str, Any]]),
    ] = ()
    split: SplitConfig = RandomSplit(test_size=0.2)
    preprocess: PreprocessConfig = PreprocessConfig()
    model: ModelConfig = ModelConfig(params=USUAL)
    strategies: Annotated[
        tuple[Strategy, ...],
        BeforeValidator(as_list, json_schema_input_type=str | Strategy | list[str | Strategy]),
    ] = Field(default_factory=lambda: tuple(map(Strategy.model_validate, (NONE, RANDOM_OVER, "smote"))))
    resample_space: Literal["native", "encoded"] = "native"
    neighbors: Neighbors = Field(
        "exact", description="`approximate`: nearly the nearest rows, for tables of millions of rows"
    )
    strict: bool = Field(False, description="refuse where a sampler would get by with fewer neighbours")
    max_rows: int | None = Field(None, ge=2, description="rows that a strategy may train on after resampling")
    folds: int = Field(5, ge=2, le=50)
    repeats: int = Field(
        1, ge=1, le=50, description="how often train is dealt into folds anew; figures are means over all"
    )
    tuning: Tuning = Tuning()
    operating_point: OperatingPoint = OperatingPoint(maximize="f2")
    calibrate: Literal["auto", "none"] | None = Field(
        None, description="what balancing does to probabilities: taken back (auto, the default), or left so"
    )
    intervals: Literal["rows", "folds"] | None = Field(
        None,
        description="what intervals of cross-validated figures know: how far rows move them too (rows, the "
        "default), or only how folds differ",
    )
    explain: bool | None = Field(
        None, description="importances, misses one by one and segments in the report: true by default"
    )
    silence: Annotated[
        tuple[Silence, ...] | None,
        BeforeValidator(as_silences, json_schema_input_type=str | Silence | list[str | Silence] | None),
    ] = Field(
        None, description="diagnostics that are not to be told again: codes, or {code, subject, because}"
    )
    baselines: bool | None = Field(
        None,
        description="also compare `none` and `random-over` where the strategies lack them: true by default",
    )
    seed: int = Field(42, ge=0, lt=2**32)

    @model_serializer(mode="wrap")
    def _exact_unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what older runs did not know, and no groups as null: these must read the same."""
        said: dict[str, Any] = handler(self)
        if "groups" in said:
            said["groups"] = said["groups"] or None
        unsaid = {"neighbors": "exact", "repeats": 1} | dict.fromkeys(
            ("calibrate", "intervals", "baselines", "explain", "silence")
        )
        return {key: value for key, value in said.items() if key not in unsaid or value != unsaid[key]}

    @field_validator("neighbors", mode="before")
    @classmethod
    def _kind_of_search(cls, value: Any) -> Any:
        if value not in get_args(Neighbors):
            raise ValueError(
                f"Expected how to look for neighbours, got {value!r}. "
                f"{suggest(str(value), get_args(Neighbors))}"
            )
        return value

    @field_validator("strategies")
    @classmethod
    def _distinct(cls, strategies: tuple[Strategy, ...]) -> tuple[Strategy, ...]:
        if not strategies:
            raise ValueError(f"Expected at least one strategy, got none. For example: [{NONE}, smote].")
        names = [strategy.name for strategy in strategies]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"Expected distinct names, got {repeated} twice. Next: give each a `name`.")
        return strategies

    @model_validator(mode="after")
    def _ties_are_not_learned(self) -> RunConfig:
        for key, names in (("groups", self.groups), ("time", (self.time,))):
            if self.target.column in names:
                raise ValueError(
                    f"Expected other columns than the target under `{key}`, got {self.target.column!r}."
                )
        return self

    @model_validator(mode="after")
    def _ties_can_be_kept(self) -> RunConfig:
        """scikit-learn's split goes by position: what belongs together it would tear."""
        split = self.split
        if not isinstance(split, RandomSplit) or split.stratify or self.time is not None:
            return self
        asked = {
            "groups": bool(self.groups),
            "split.duplicates: together": split.duplicates == "together",
            "split.continues": split.continues is not None,
        }
        if wrong := [key for key, said in asked.items() if said]:
            raise ValueError(
                f"Expected `split.stratify: true` with `{wrong[0]}`, got false, which repeats scikit-learn's "
                f"split by position and keeps nothing together. Next: remove one of the two."
            )
        return self

    @model_validator(mode="after")
    def _binary_rules(self) -> RunConfig:
        if self.target.positive is None and self.operating_point != OperatingPoint(maximize="f2"):
            raise ValueError(
                "`operating_point` needs `target.positive`: several classes are decided by the highest "
                "probability. Next: name the positive class, or remove `operating_point`."
            )
        return self

    @model_validator(mode="after")
    def _costs_need_probabilities(self) -> RunConfig:
        """By what it costs, a row is decided on how likely it is positive: a distorted score does not say."""
        if self.operating_point.cost is None or self.calibrate != "none":
            return self
        distorted = [s.name for s in self.strategies if recalibration(s, self.model_of(s))]
        if distorted:
            raise ValueError(
                f"Expected `calibrate: auto` with `operating_point.cost`, got none, and strategies that "
                f"change what scores mean ({', '.join(distorted)}): a cost decision needs probabilities. "
                f"Next: remove `calibrate: none`, or choose another operating_point."
            )
        return self

    @model_validator(mode="after")
    def _weights_reach_the_model(self) -> RunConfig:
        for strategy in self.strategies:
            if strategy.scale_pos_weight is not None:
                self._check_positive_weight(strategy)
            kind = self.model_of(strategy).kind
            if strategy.weighs and not takes_weights(kind):
                takers = ", ".join(name for name in MODELS if takes_weights(name))
                raise ValueError(
                    f"Expected a model that takes weights for strategy {strategy.name!r}, got {kind}, which "
                    f"balances its bags by itself. Available: {takers}. Next: remove the weights, or name "
                    f"another model."
                )
        return self

    @model_validator(mode="after")
    def _ranges_are_used(self) -> RunConfig:
        used = {self.model_of(strategy).kind for strategy in self.strategies}
        used |= {link.sampler for strategy in self.strategies for link in strategy.resample}
        if unused := [name for name in self.tuning.space or () if name not in used]:
            raise ValueError(
                f"Expected models and samplers of the strategies under `tuning.space`, got {unused[0]!r}. "
                f"{suggest(unused[0], used)} Next: remove it, or name a strategy that uses it."
            )
        return self

    def _check_positive_weight(self, strategy: Strategy) -> None:
        if self.target.positive is None:
            raise ValueError(
                f"Expected two classes for `{POSITIVE_WEIGHT}` of strategy {strategy.name!r}, got a target "
                f"without `positive`. Next: name the positive class, or use `class_weight`."
            )
        if POSITIVE_WEIGHT in self.model_of(strategy).params:
            raise ValueError(
                f"Expected one `{POSITIVE_WEIGHT}` for strategy {strategy.name!r}, got a second one in its "
                f"model's `params`. Next: remove one of them."
            )

    def model_of(self, strategy: Strategy) -> ModelConfig:
        """The classifier of a strategy: its own, or the run's."""
        return strategy.model or self.model

    @property
    def not_features(self) -> set[str]:
        """Columns that must never be features."""
        split = {self.split.column} if isinstance(self.split, ColumnSplit) else set()
        time = set() if self.time is None else {self.time}
        return {self.target.column, *self.id, *self.drop, *self.groups} | split | time

    def calibration_of(self, strategy: Strategy) -> Method | None:
        """How the probabilities of a strategy are made to mean something again, if they must be."""
        return recalibration(strategy, self.model_of(strategy)) if self.calibrate == "auto" else None

    def decided(self) -> RunConfig:
        """The config with its defaults said: what a record does not say was not done in its run."""
        split, said = self.split, dict[str, Any]()
        if split.duplicates is None:
            ranked = isinstance(split, RandomSplit) and split.stratify and self.time is None
            together = {"duplicates": "together" if ranked else "apart"}
            said["split"] = split.model_copy(update=together)
        if self.calibrate is None:
            said["calibrate"] = "auto"
        if self.intervals is None:
            said["intervals"] = "rows"
        if self.explain is None:
            said["explain"] = True
        if self.silence is None:
            said["silence"] = ()
        if self.baselines is None:
            said["baselines"] = True
        if self.baselines is not False:
            said["strategies"] = _with_baselines(self.strategies)
        return self.model_copy(update=said)


def _with_baselines(strategies: tuple[Strategy, ...]) -> tuple[Strategy, ...]:
    """The strategies with the plainest two among them: whatever is worth its trouble beats these."""
    plain, copies = (Strategy.model_validate(name) for name in (NONE, RANDOM_OVER))
    if not any(strategy.effort == 0 for strategy in strategies):
        strategies = (plain, *strategies)
    names = {strategy.name for strategy in strategies}
    if copies.name in names or any(strategy.resample == copies.resample for strategy in strategies):
        return strategies
    after = next(place for place, strategy in enumerate(strategies, 1) if strategy.effort == 0)
    return (*strategies[:after], copies, *strategies[after:])
