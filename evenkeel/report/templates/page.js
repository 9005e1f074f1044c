"use strict";
// Draws the charts one after another, so that the page can be read and scrolled from the start.
(() => {
  const page = JSON.parse(document.getElementById("charts").textContent);

  const expand = (group) => {
    const fields = Object.entries(group.columns);
    return fields[0][1].map((_, i) => {
      const row = { ...group.same, i };
      for (const [field, values] of fields) row[field] = values[i];
      return row;
    });
  };

  const names = (spec) => [spec.data?.name, ...(spec.layer ?? []).flatMap(names)].filter(Boolean);

  const legends = (spec) => [
    ...Object.values(spec.encoding ?? {}).map((channel) => channel.legend).filter(Boolean),
    ...(spec.layer ?? []).flatMap(legends),
  ];

  // names side by side need room: on a phone there are two columns of shorter ones
  const NARROW = 560;
  const fit = (spec, width) => {
    if (width >= NARROW) return;
    for (const legend of legends(spec)) {
      legend.columns = 2;
      legend.labelLimit = Math.max(60, Math.floor((width - 70) / 2) - 36);
    }
  };

  const draw = async (element) => {
    const spec = page.specs[element.dataset.chart];
    spec.datasets = { ...spec.datasets };
    for (const name of names(spec)) {
      if (page.data[name]) spec.datasets[name] = page.data[name].flatMap(expand);
    }
    fit(spec, element.clientWidth);
    // ast: without it Vega compiles expressions with eval, which this page's policy forbids
    await vegaEmbed(element, spec, { ast: true, actions: false, renderer: "svg", config: page.config });
  };

  const drawAll = async () => {
    for (const element of document.querySelectorAll("[data-chart]")) {
      try {
        await draw(element);
      } catch (error) {
        element.textContent = "This chart could not be drawn; the tables of its section hold the numbers.";
        console.error(error);
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
    document.documentElement.dataset.charts = "drawn";
  };

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  drawAll();
})();
