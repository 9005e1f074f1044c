import base64
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenkeel.report import render

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "a.b[0]",
    'it\'s "quoted"',
    "{{ 7 * 7 }}",
    "back\\slash",
    "datum.x; alert(1)",
    "image",
    "\u2028line",
    "two\nlines",
]
STRATEGY_PARTS = ["cv", "test", "curves", "scatter", "links", "made", "examples", "train_counts"]
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def outside_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def charts_of(page: str) -> dict:
    block = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)
    return json.loads(block.group(1))


def test_every_strategy_and_section_appears(binary, binary_page):
    page = binary_page
    for name in binary["strategies"]:
        assert f">{name}<" in page or f">{name} <" in page
    anchors = re.findall(r'<a href="#(\w+)">', page)
    assert len(anchors) == 11
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_the_first_screen_tells_the_result(binary, binary_page):
    top = binary_page.split("<main", 1)[0]
    for told in ("stroke", binary["recommended"]["sentence"], "Missed", "46", "111", "1,313", "Intact"):
        assert told in top


def test_a_failed_claim_breaks_the_seal_on_the_first_screen(small):
    report = small["binary"]
    report["claims"][0]["outcome"] = "failed"
    top = render(report).split("<main", 1)[0]
    assert "Broken" in top and "Intact" not in top


def test_the_seal_is_not_intact_without_a_passed_claim(small):
    top = render(small["binary"] | {"claims": []}).split("<main", 1)[0]
    assert "Not examined" in top and "Intact" not in top


def test_the_comparison_starts_from_no_resampling(small):
    report = small["binary"]
    report["strategies"] = dict(reversed(report["strategies"].items()))
    table = render(report).split('<table class="metrics">')[1].split("</table>")[0]
    assert re.findall(r'<th scope="row">([\w-]+)', table) == ["none", "smote"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_data_stay_text(small, name):
    binary = small["binary"]
    binary["strategies"][name] = binary["strategies"].pop("smote") | {"description": name}
    binary["scatter"] |= {"x": name, "method": name}
    binary["recommended"] |= {"sentence": name, "strategy": name}
    binary["validation"][0] |= {"column": name, "observed": name, "first_row_ids": [name]}
    binary["claims"][0]["explanation"] = name
    binary["config"]["x"] = name
    stays_text(render(binary | {"name": name}))


def test_classes_from_data_stay_text(with_classes):
    stays_text(render(with_classes(("cp", *HOSTILE, "im"), {"none": "no resampling", "smote": "SMOTE"})))


def stays_text(page: str) -> None:
    assert len(re.findall(r"<script", outside_scripts(page))) == 0
    library = max(SCRIPT.findall(page), key=len)
    assert page.count("<script") - page.count('"<script') <= 5 + library.count("<script")
    assert "<img" not in outside_scripts(page)
    assert charts_of(page)["specs"]


def test_field_names_of_charts_never_come_from_data(with_classes):
    page = render(with_classes(labels=("x.y", "a[0]", "b")))
    specs = json.dumps(charts_of(page)["specs"])
    fields = set(re.findall(r'"field": "([^"]*)"', specs))
    assert fields <= {
        "strategy",
        "metric",
        "test",
        "mean",
        "low",
        "high",
        "recall",
        "precision",
        "fpr",
        "tpr",
        "predicted",
        "observed",
        "base",
        "i",
        "label",
        "rows",
        "bar",
        "x",
        "y",
        "kind",
    }


def test_the_page_loads_nothing(binary_page):
    page = outside_scripts(binary_page)
    assert "http" not in page.replace("http-equiv", "")
    loads = re.findall(r"(?:src|href|action|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", page)
    assert all(load.startswith("#") or load == "data:," for load in loads)
    assert "@import" not in page


def test_the_policy_admits_exactly_the_scripts_of_the_page(binary_page):
    page = binary_page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1).replace("&#39;", "'")
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in SCRIPT.findall(page)]
    assert len(digests) == 3
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert policy.startswith("default-src 'none'; ")
    assert (
        "eval" not in policy and "http" not in policy and "unsafe-inline" not in policy.split("style-src")[0]
    )


def test_multiclass_says_what_does_not_apply(multiclass, multiclass_page):
    page = multiclass_page
    assert "there is no single threshold to move" in page
    assert "Hardest class" in page
    assert "sweep" not in charts_of(page)["specs"]
    assert page.count('<table class="matrix">') == len(multiclass["strategies"])


@pytest.mark.parametrize(
    "part",
    [
        "data",
        "validation",
        "split",
        "metrics",
        "operating_point",
        "strategies",
        "scatter",
        "recommended",
        "claims",
        "config",
        "environment",
    ],
)
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_any_part_may_be_missing(small, part, kind):
    assert "</html>" in render(small[kind] | {part: None})


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_all_parts_but_the_strategies_may_be_left_out(small, kind):
    assert "</html>" in render({"strategies": small[kind]["strategies"]})


@pytest.mark.parametrize("part", [*STRATEGY_PARTS, "description"])
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_any_part_of_a_strategy_may_be_missing(small, part, kind):
    report = small[kind]
    for strategy in report["strategies"].values():
        strategy[part] = None
    assert "</html>" in render(report)


def test_an_empty_report_says_not_applicable():
    page = render({})
    assert page.count("Not applicable:") >= 8


def test_what_was_not_measured_is_a_dash(binary):
    strategy = binary["strategies"]["smote"]
    strategy["test"]["f1"] = math.nan
    strategy["cv"]["f2"] = {"mean": None, "low": math.nan, "high": None}
    strategy["curves"]["pr"][3]["precision"] = math.nan
    page = outside_scripts(render(binary))
    assert "nan" not in page.lower().replace("financ", "") and ">None<" not in page
    assert "[–, –]" in page


def test_failed_checks_come_first(binary_page):
    section = binary_page.split('<section id="validation">')[1].split("</section>")[0]
    assert section.index("values in range") < section.index("no missing target")


def test_unknown_formats_are_refused():
    with pytest.raises(ValueError, match="Expected a report of format 1, got 2"):
        render({"format": 2})


def test_the_same_report_gives_the_same_page(binary, binary_page):
    assert render(json.loads(json.dumps(binary))) == binary_page


def test_the_largest_reports_stay_small_and_quick_after_the_first_page(many, binary_page):
    start = time.perf_counter()
    page = render(many)
    assert time.perf_counter() - start < 15
    assert len(page.encode()) < 2_500_000


def test_importing_the_subpackage_loads_no_chart_library():
    code = (
        "import sys, evenkeel.report; "
        "heavy = {'altair', 'vl_convert', 'jinja2', 'pandas', 'prefect', 'sklearn'}; "
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("CI must have Chromium: charts are not drawn otherwise.")
    return found or pytest.skip("no Chromium")


def browse(page: str, folder: Path) -> tuple[str, list[str]]:
    """The document after its scripts ran, and what they wrote to the console."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    quiet = ["background-networking", "component-update", "sync", "gpu"]
    command = [
        chromium(),
        "--headless",
        "--no-sandbox",
        "--no-first-run",
        *(f"--disable-{q}" for q in quiet),
        f"--user-data-dir={folder / 'profile'}",
        "--enable-logging=stderr",
        "--v=0",
        "--window-size=1280,2400",
        "--virtual-time-budget=60000",
        "--dump-dom",
        (folder / "page.html").as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.browser
@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_browser_draws_every_chart_under_the_policy(binary, with_classes, xrayed, task, hostile, tmp_path):
    report = (
        binary
        if task == "binary"
        else with_classes(labels=(*HOSTILE, "om") if hostile else ("cp", "im", "om"))
    )
    if hostile:
        report["strategies"] |= dict.fromkeys(HOSTILE, report["strategies"]["smote"])
        report["scatter"] |= {"x": HOSTILE[0], "y": HOSTILE[3]}
    page = render(xrayed(report, strategy=HOSTILE[0] if hostile else "smote"))
    dom, console = browse(page, tmp_path)
    assert console == []
    assert 'data-charts="drawn"' in dom
    assert outside_scripts(dom).count("<svg") == len(charts_of(page)["specs"]) > 6
    assert "could not be drawn" not in outside_scripts(dom)
    assert "<img" not in outside_scripts(dom)
