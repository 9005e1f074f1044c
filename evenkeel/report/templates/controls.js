"use strict";
// The threshold slider, the sorting of tables, and the button that copies the config. Without this script the
// tables hold the same numbers, and the config is text to select.
(() => {
  const whole = new Intl.NumberFormat("en-US");
  const share = (part, all) => {
    if (!all) return "–";
    const percent = (100 * part) / all;
    return `${percent.toFixed(percent > 0 && percent < 1 ? 2 : 1)} %`;
  };
  // cents only where there are some
  const cents = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const amount = (value) => (Number.isInteger(Number(value.toFixed(6))) ? whole : cents).format(value);
  // three significant digits, as everywhere on the page
  const short = (value) => `${Number(value.toPrecision(3))}`;

  const slide = (box, told) => {
    const part = (name) => box.querySelector(`[data-lever="${name}"]`);
    const mark = (name) => box.querySelector(`[data-mark="${name}"]`);
    const at = box.querySelector("#lever-at");
    const which = box.querySelector("#lever-strategy");
    const says = box.querySelector("#lever-says");
    const track = () => told.tracks[which.value];

    const place = (element, from, to) => {
      const last = Number(at.max) || 1;
      element.hidden = from === null;
      if (from === null) return;
      element.style.setProperty("--from", from / last);
      element.style.setProperty("--to", to / last);
    };

    const show = () => {
      const { thresholds, tp, fp, chosen, half } = track();
      const i = Number(at.value);
      const missed = told.positives - tp[i];
      const left = told.rows - told.positives - fp[i];
      const threshold = short(thresholds[i]);
      const where = i === chosen ? ", the operating point" : i === half ? ", the default" : "";
      part("threshold").textContent = threshold + where;
      part("missed").textContent = whole.format(missed);
      part("missed-share").textContent = share(missed, told.positives);
      part("found").textContent = whole.format(tp[i]);
      part("left").textContent = whole.format(left);
      part("alarms").textContent = whole.format(fp[i]);
      part("recall").textContent = share(tp[i], told.positives);
      part("precision").textContent = share(tp[i], tp[i] + fp[i]);
      part("missed").parentElement.style.setProperty("--w", (missed / told.positives).toFixed(3));
      const cost = told.cost ? told.cost.fn * missed + told.cost.fp * fp[i] : null;
      if (told.cost) part("cost").textContent = amount(cost);
      at.setAttribute("aria-valuetext", threshold + where);
      says.textContent =
        `${told.names[which.value]} at ${threshold}${where}: misses ${whole.format(missed)} of ` +
        `${whole.format(told.positives)}, raises ${whole.format(fp[i])} false alarms` +
        `${told.cost ? `, costs ${amount(cost)}` : ""}.`;
    };

    const back = () => {
      at.value = track().chosen;
      show();
    };

    const choose = () => {
      const { thresholds, chosen, half, interval } = track();
      at.max = thresholds.length - 1;
      place(mark("chosen"), chosen, chosen);
      place(mark("half"), half, half);
      place(mark("interval"), ...(interval ?? [null, null]));
      box.querySelector("#lever-marks").textContent =
        `Marks: the operating point (long)${half === null ? "" : " and 0.5 (short)"}` +
        `${interval ? "; the band is the 95 % interval of the operating point, from train" : ""}.`;
      back();
    };

    at.addEventListener("input", show);
    which.addEventListener("change", choose);
    box.querySelector("#lever-back").addEventListener("click", back);
    choose();
    box.querySelector(".controls").hidden = false;
  };

  const sortable = (head) => {
    const body = head.parentElement.tBodies[0];
    const columns = [...head.rows[0].cells];
    // an empty attribute and a missing one are no number
    const number = (cell) => (cell.dataset.value ? Number(cell.dataset.value) : NaN);

    const compare = (column, sign) => (a, b) => {
      const [one, other] = [a.cells[column], b.cells[column]];
      if (column === 0) return sign * one.textContent.localeCompare(other.textContent, "en");
      const [x, y] = [number(one), number(other)];
      // what was not measured comes last, whichever way
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return sign * (x - y);
    };

    columns.forEach((th, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...th.childNodes);
      th.append(button);
      button.addEventListener("click", () => {
        const now = th.getAttribute("aria-sort");
        const down = now ? now === "ascending" : th.dataset.first === "down";
        for (const other of columns) other.removeAttribute("aria-sort");
        th.setAttribute("aria-sort", down ? "descending" : "ascending");
        body.append(...[...body.rows].sort(compare(column, down ? -1 : 1)));
      });
    });
  };

  const copying = (button, text, says) => {
    const select = () => getSelection().selectAllChildren(text);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        says.textContent = "Copied.";
      } catch {
        // no clipboard here, as in the frame of a notebook: the older way, or the reader's own keys
        select();
        says.textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with your keyboard.";
      }
    });
    button.hidden = false;
  };

  const copy = document.getElementById("copy");
  if (copy) copying(copy, document.getElementById("settled"), document.getElementById("copied"));
  const box = document.getElementById("lever");
  const told = JSON.parse(document.getElementById("lever-data").textContent);
  if (box && told) slide(box, told);
  document.querySelectorAll("thead[data-sort]").forEach(sortable);
})();
