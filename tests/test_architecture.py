"""Imports run one way; what a module may import is what the package's docstring says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEAVES = (
    "sources",
    "validation",
    "splitting",
    "resampling",
    "models",
    "preprocessing",
    "evaluation",
    "report",
    "forecast",
    "memory",
    "tables",
    "alone",
    "names",
    "diagnosing",
    "twins",
    "labels",
    "parameters",
    "ranges",
    "saved",
    "errors",
    "canonical",
    "progress",
)
MODELLING = {"recipe", "treatment", "costs", "training", "tuning", "explaining", "xray"}
# what may be imported by whom, by the first part of the name inside evenkeel
SHOWING = {"bars", "wire"}
# what runs flows; `calling` says how
ROOFS = {"cli", "notebook"}
FORBIDDEN = {
    leaf: {"store", "ledger", "runs", "proof", "config", "plan", "units", "execution", "cli"}
    | MODELLING
    | SHOWING
    for leaf in LEAVES
}
FORBIDDEN |= {
    "config": {"store", "ledger", "runs", "proof", "plan", "units", "execution", "cli"} | MODELLING,
    **{
        module: {"store", "ledger", "runs", "proof", "config", "plan", "units", "execution", "cli"} | SHOWING
        for module in MODELLING
    },
    "bars": {"store", "ledger", "runs", "proof", "config", "plan", "units", "execution", "cli"} | MODELLING,
    "execution": {"store", "ledger", "runs", "proof", "config", "plan", "units", "cli"} | MODELLING,
    "store": {"ledger", "runs", "proof", "config", "plan", "units", "execution", "cli"} | MODELLING,
    "ledger": {"runs", "proof", "config", "plan", "units", "execution", "cli"} | MODELLING,
    "runs": {"proof", "plan", "units", "execution", "cli"} | MODELLING,
    "earlier": {"proof", "plan", "units", "execution", "cli"} | MODELLING,
    "ready": {"ledger", "runs", "proof", "config", "plan", "units", "execution", "cli"} | SHOWING,
    "comparison": {"ledger", "runs", "proof", "config", "plan", "units", "execution", "cli", "xray"}
    | SHOWING,
    "plan": {"store", "ledger", "runs", "proof", "units", "execution", "cli"},
    "findings": {"runs", "proof", "units", "execution", "cli"},
    "proof": {"cli", "units"},
}
# what signs and what closes files knows no step, and a step knows neither runs nor who carries them away
SEALING = {"landlock", "signing", "statements", "layouts", "looks", "runs", "export", "readme"}
KNOWS = {
    "landlock": set(),
    "signing": {"canonical", "errors"},
    "looks": {"canonical", "store"},
    "statements": {"canonical", "ledger", "store"},
    "layouts": {"canonical", "ledger", "signing"},
    "readme": {"signing"},
    "export": {"errors", "ledger", "looks", "proof", "readme", "runs", "signing"},
}
FORBIDDEN["explained"] = FORBIDDEN["diagnosed"] = FORBIDDEN["comparison"]
for module in (*LEAVES, *MODELLING, "comparison", "config", "bars", "plan", "store"):
    FORBIDDEN[module] |= SEALING
FORBIDDEN["findings"] |= SEALING - {"looks"}
FORBIDDEN["ledger"] |= SEALING - {"landlock"}
FORBIDDEN["execution"] |= SEALING - {"landlock"}
FORBIDDEN["runs"] |= {"export", "readme", "looks"}
FORBIDDEN["proof"] |= {"export", "readme"}
# the recipe is the least of them, the X-ray the most: nothing is fitted or decided by what it finds
FORBIDDEN["recipe"] |= {"treatment", "costs", "training", "tuning", "models", "evaluation", "xray"}
FORBIDDEN["treatment"] |= {"costs", "training", "tuning", "models", "evaluation", "xray"}
FORBIDDEN["costs"] |= {"training", "tuning", "models", "evaluation", "xray"}
FORBIDDEN["training"] |= {
    "comparison",
    "diagnosed",
    "diagnosing",
    "explained",
    "explaining",
    "tuning",
    "xray",
}
FORBIDDEN["explaining"] |= {"tuning", "xray"}
FORBIDDEN["tuning"] |= {"comparison", "xray"}
FORBIDDEN["xray"] |= {"tuning"}
FORBIDDEN["findings"] |= {"tuning", "xray"}


def imports(path: Path) -> list[tuple[str, bool]]:
    """Names imported in a file, each with whether the import is at the top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(f"{node.module}.{alias.name}", id(node) in top) for alias in node.names]
    return found


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def part(path: Path) -> str:
    relative = path.relative_to(ROOT / "evenkeel")
    return relative.parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", files("evenkeel"), ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_but_the_roofs_imports_flows_and_only_when_something_is_to_run(path: Path) -> None:
    allowed = {"flows"} if part(path) in ROOFS else {"prefect"} if part(path) == "calling" else set()
    for name, top in imports(path):
        first = name.split(".")[0]
        assert first not in {"prefect", "tasks", "flows"} or (first in allowed and not top)


@pytest.mark.parametrize("path", files("evenkeel"), ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_stands_on_a_roof(path: Path) -> None:
    # the package's own names for notebooks are looked up when somebody asks for them
    if part(path) not in {*ROOFS, "__init__"}:
        ours = {f"{name}.".split(".")[1] for name, _ in imports(path) if name.startswith("evenkeel.")}
        assert not ours & (ROOFS | {"calling"})


def test_importing_the_package_imports_no_other_module_of_it() -> None:
    assert not [name for name, top in imports(ROOT / "evenkeel/__init__.py") if top and "evenkeel" in name]


def test_the_notebook_and_the_command_line_do_not_know_each_other() -> None:
    for path, other in [
        (ROOT / "evenkeel/cli.py", "notebook"),
        *((p, "cli") for p in files("evenkeel/notebook")),
    ]:
        assert not any(name.startswith(f"evenkeel.{other}") for name, _ in imports(path))


@pytest.mark.parametrize("path", files("evenkeel"), ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_import_only_what_lies_below_them(path: Path) -> None:
    for name, _ in imports(path):
        if name.startswith("evenkeel."):
            assert name.split(".")[1] not in FORBIDDEN.get(part(path), set())


@pytest.mark.parametrize(("module", "known"), [("progress", set()), ("wire", {"progress"})])
def test_what_tells_of_progress_knows_nobody_who_does_or_hears(module: str, known: set[str]) -> None:
    ours = {name for name, _ in imports(ROOT / f"evenkeel/{module}.py") if name.startswith("evenkeel")}
    assert {name.split(".")[1] for name in ours} <= known


@pytest.mark.parametrize("module", KNOWS)
def test_what_seals_a_run_knows_only_what_it_needs(module: str) -> None:
    ours = {name for name, _ in imports(ROOT / f"evenkeel/{module}.py") if name.startswith("evenkeel.")}
    assert {name.split(".")[1] for name in ours} - {"__version__"} <= KNOWS[module]


def test_memory_knows_nothing_of_the_package_but_its_errors() -> None:
    ours = {name for name, _ in imports(ROOT / "evenkeel/memory.py") if name.startswith("evenkeel")}
    assert {name.split(".")[1] for name in ours} <= {"errors"}


def test_the_table_names_modules_that_exist() -> None:
    there = {part(path) for path in files("evenkeel")}
    assert there >= {*FORBIDDEN, *set().union(*FORBIDDEN.values())}


def test_great_expectations_has_one_door_and_it_is_lazy() -> None:
    doors = {
        path.name for path in files("evenkeel") if any("great_expectations" in n for n, _ in imports(path))
    }
    text = (ROOT / "evenkeel/validation/expectations.py").read_text(encoding="utf-8")
    assert doors <= {"expectations.py"}
    assert "great_expectations" in text
    assert not any("great_expectations" in n and top for p in files("evenkeel") for n, top in imports(p))


@pytest.mark.parametrize("path", files("tasks"), ids=lambda p: p.name)
def test_tasks_do_not_import_flows(path: Path) -> None:
    assert not any(name.split(".")[0] == "flows" for name, _ in imports(path))


@pytest.mark.parametrize("path", files("flows"), ids=lambda p: p.name)
def test_flows_hold_no_class_and_are_not_named_like_a_package(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(tree))
    assert path.stem not in {"tasks", "evenkeel", "tests"}


def test_only_evaluation_and_what_explains_and_diagnoses_it_are_handed_the_test_ref() -> None:
    takers = {p.name for p in files("tasks") if re.search(r"ref\(\"test\"\)", p.read_text(encoding="utf-8"))}
    assert takers == {"evaluate.py", "explain.py", "diagnose.py"}


def test_no_file_grows_past_five_hundred_lines() -> None:
    long = [
        p for d in ("evenkeel", "tasks", "flows") for p in files(d) if len(p.read_text().splitlines()) > 500
    ]
    assert not long


def test_optuna_has_one_door_and_it_is_lazy() -> None:
    doors = {path.name for path in files("evenkeel") if any(n.startswith("optuna") for n, _ in imports(path))}
    assert doors == {"studies.py"}
    assert not any(n.startswith("optuna") and top for p in files("evenkeel") for n, top in imports(p))
