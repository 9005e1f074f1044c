"""Every command of the README is run, and prints what the README shows."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def run_readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_readme", ROOT / "docs" / "run_readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.xdist_group("readme")
def test_every_command_prints_what_the_readme_shows(
    run_readme: ModuleType, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    run_readme.checkout(tmp_path, shared_data("stroke_43400/data.csv.gz"), Path(sys.prefix))
    again = run_readme.replay(README, tmp_path)
    assert run_readme.comparable(again) == run_readme.comparable(README)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_of_the_table_exists() -> None:
    from typer.main import get_command

    from evenkeel.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(
        re.findall(r"`(?:evenkeel )?([a-z]+)[^`]*`", README.split("| command |")[1].split("Exit status")[0])
    )
    assert {
        "run",
        "resample",
        "verify",
        "certificate",
        "audit",
        "runs",
        "show",
        "report",
        "samplers",
        "models",
        "schema",
    } <= named & known


def test_the_example_config_is_valid(tmp_path: Path) -> None:
    from evenkeel.config import load

    text = re.search(r"```yaml\n# mine.yaml\n(.*?)```", README, re.DOTALL)
    assert text is not None
    (tmp_path / "mine.yaml").write_text(text[1], encoding="utf-8")
    assert [strategy.name for strategy in load(tmp_path / "mine.yaml").strategies][-1] == "under-then-smote"
