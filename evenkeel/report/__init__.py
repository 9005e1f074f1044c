"""The report: one dictionary of results in, one self-contained HTML page out.

``render`` (in `html`) is the only way in. It asks `glance` for the one chart of the first screen,
`figures` for its numbers and much else in words (marks for the best values, matrices, checks in order of
concern), `decided` for what a decision tells (calibration, how sure its threshold is, its neighbours),
`lever` for the stops of the threshold slider, `diagnoses` for what is likely to be wrong, `made` for what
resampling did, `datasets` for the numbers behind the charts in a compact form, and `plots` for the charts
themselves, as Vega-Lite specifications that hold no data. `numbers` turns values into text. The page's
frame, styles and scripts lie in ``templates/``.

The page opens offline and loads nothing: the chart library is inlined, a content security policy admits
exactly the scripts whose hashes it names, and every text that comes from data is escaped. Text from data is
never a field name of a chart either, so a column called ``a.b[0]"`` is as good as any other.

This subpackage is a leaf: it knows no store, no config, no Prefect. Importing it is cheap; Altair, Jinja and
the chart library are loaded when a page is rendered.
"""

from evenkeel.report.html import render

__all__ = ["render"]
