// The page itself: reads the controls, asks for the figures, shows them. One pass for every change.

const TOP = 25;
const ROWS = 200;
// Heads of the heat map that fit a column of a phone.
const HEADS = { "over 10": ">10", "below 0": "<0", "(none)": "none" };
const at = (id) => document.getElementById(id);

class Page {
  constructor(content, cubes, charts) {
    this.content = content;
    this.figures = new Figures(content, cubes);
    this.format = formats(content.currency);
    this.charts = Object.fromEntries(
      ["heat", "roi", "models", "time", "hours"].map((id) => [id, new Chart(id, charts)]),
    );
    this.fillControls();
    this.showFixed();
    this.update();
    at("controls").addEventListener("input", () => this.update());
    // The controls have their first values again only after the event.
    at("controls").addEventListener("reset", () => setTimeout(() => this.update()));
  }

  // Controls

  fillControls() {
    const { models, exported_model: exported, campaigns, campaigns_folded: folded, types, types_folded: folded_types, days } = this.content;
    const option = (value, text, chosen = false) => {
      const made = element("option", { value, title: text.length > 40 ? text : null }, text);
      made.defaultSelected = chosen;
      return made;
    };
    at("model").replaceChildren(...models.map(({ id, label }, number) => option(number, label, id === exported)));
    const byName = campaigns.map((_, number) => number).sort((a, b) => this.name(a).localeCompare(this.name(b), "en"));
    const other = folded ? [option(-1, `(other): ${this.format.count(folded)} campaign${folded === 1 ? "" : "s"}`)] : [];
    at("campaign").replaceChildren(
      option("", "All campaigns"), ...byName.map((number) => option(number, this.name(number))), ...other,
    );
    at("type").replaceChildren(
      option("", "All types"),
      ...types.map((type, number) => option(number, type)),
      ...(folded_types ? [option(-1, "(other)")] : []),
    );
    for (const [id, day] of [["from", days && days.first], ["to", days && days.last]]) {
      const input = at(id);
      input.disabled = !days;
      if (days) {
        input.min = days.first;
        input.max = days.last;
        input.defaultValue = day;
      }
    }
  }

  name(number) {
    return this.figures.campaignName(number);
  }

  // What is chosen; null where the dates can't be.
  selection() {
    const { days, grain } = this.content;
    const number = (id) => (at(id).value === "" ? null : Number(at(id).value));
    let from = 0;
    let to = -1;
    if (days) {
      from = Cubes.dayOf(at("from").value || days.first);
      to = Cubes.dayOf(at("to").value || days.last);
      if (from > to) return null;
      from = Cubes.startOf(grain, from);
      to = Cubes.endOf(grain, to) - 1;
    }
    return {
      model: number("model") || 0,
      measure: at("by-value").checked ? "cents" : "credit",
      from,
      to,
      campaign: number("campaign"),
      type: number("type"),
    };
  }

  update() {
    const selection = this.selection();
    const wrong = at("wrong-dates");
    wrong.hidden = selection !== null;
    for (const id of ["from", "to"]) at(id).setAttribute("aria-invalid", String(selection === null));
    if (selection === null) {
      wrong.textContent = "The first day lies after the last: the figures below are of the days chosen before.";
      return;
    }
    this.chosen = selection;
    this.amount = selection.measure === "cents" ? this.format.cents : this.format.credit;
    this.unit = selection.measure === "cents" ? `value (${this.content.currency})` : "credit (conversions)";
    this.showHeadline();
    this.showHeat();
    this.showCampaigns();
    this.showModels();
    this.showTime();
    this.showHours();
    this.showPaths();
    for (const name of ["agents", "nodes", "dispositions"]) this.showRanked(name);
    this.drawn = Promise.all(Object.values(this.charts).map((chart) => chart.last));
  }

  // What the selection changes

  showHeadline() {
    const { content, format, chosen } = this;
    const found = this.figures.headline(chosen);
    const ofCampaign = chosen.campaign !== null;
    const days = content.days ? `${Cubes.textOf(chosen.from)} to ${Cubes.textOf(chosen.to)}` : "no days";
    const where = ofCampaign ? this.name(chosen.campaign) : "all campaigns";
    const kind = chosen.type === null ? "all conversion types" : this.typeName(chosen.type);
    at("selection").textContent =
      `${content.models[chosen.model].label}, ${where}, ${kind}, ${days}: ` +
      `${format.credit(found.credit)} conversions credited with ${format.cents(found.cents)}, ` +
      `${format.count(found.unattributed)} unattributed.`;
    const findings = content.findings.reduce((sum, row) => sum + row.findings, 0);
    const severe = content.findings.filter((row) => row.severity === "error").reduce((sum, row) => sum + row.findings, 0);
    const cards = [
      [
        "conversions", ofCampaign ? "Conversions it helped" : "Conversions", found.conversions, format.count,
        ofCampaign ? "each also counts for other campaigns that earned in it" : `worth ${format.cents(found.value)}`,
      ],
      ["credit", "Credited conversions", found.credit, format.credit, "sum of the touches' shares"],
      ["cents", "Credited value", found.cents, format.cents, content.models[chosen.model].label],
      [
        "unattributed", "Unattributed", found.unattributed, format.count,
        `worth ${format.cents(found.unattributedCents)}${ofCampaign ? "; of all campaigns" : ""}`,
      ],
      ["cost", "Cost", found.cost, (cost) => (cost === null ? "unknown" : format.cost(cost)), "of the chosen days"],
      ["roi", "Return on investment", found.roi, format.roi, "(credited value − cost) / cost"],
      ["findings", "Findings in the data", findings, format.count, `${format.count(severe)} of them ${severe === 1 ? "an error" : "errors"}`],
    ];
    at("headline").replaceChildren(
      ...cards.map(([id, title, value, text, more]) =>
        element(
          "div",
          {},
          element("dt", {}, title),
          element("dd", { class: "figure" }, element("data", { id: `figure-${id}`, value: value ?? "" }, text(value))),
          element("dd", { class: "more" }, more),
        ),
      ),
    );
    at("figure-unattributed").dataset.cents = found.unattributedCents;
    at("figure-conversions").dataset.cents = found.value ?? "";
    at("notes").replaceChildren(...this.notes(found).map((text) => element("li", {}, text)));
  }

  typeName(number) {
    return number < 0 ? "(other)" : this.content.types[number];
  }

  notes(found) {
    const { content, format, chosen } = this;
    const notes = [];
    if (!content.days) notes.push("The marts are empty: load and build first.");
    if (content.grain !== "day") {
      notes.push(
        `There are more campaigns and days than a page carries day by day, so days are taken as whole ${content.grain}s: ` +
          `${Cubes.textOf(chosen.from)} to ${Cubes.textOf(chosen.to)}.`,
      );
    }
    if (content.campaigns_folded) {
      notes.push(
        `The ${format.count(content.limits.campaigns)} campaigns with the most value stand by themselves; ` +
          `${format.count(content.campaigns_folded)} more ${content.campaigns_folded === 1 ? "is" : "are together"} in (other).`,
      );
    }
    if (found.withoutValue) {
      notes.push(`${format.count(found.withoutValue)} of the conversions ${found.withoutValue === 1 ? "has" : "have"} no value in ${content.currency}.`);
    }
    if (content.undated_costs.length && !this.figures.coversAll(chosen)) {
      notes.push("Costs that are of no day are left out while days are.");
    }
    return notes;
  }

  // Where a cube is coarser than the page, its table says which days it covers.
  coarse(name) {
    const { grain } = this.content.cubes[name];
    if (grain === this.content.grain || this.figures.coversAll(this.chosen)) return "";
    const from = Cubes.textOf(Cubes.startOf(grain, this.chosen.from));
    const to = Cubes.textOf(Cubes.endOf(grain, this.chosen.to) - 1);
    return ` In whole ${grain}s: ${from} to ${to}.`;
  }

  more(count, shown, what) {
    return count > shown ? `The first ${shown} of ${this.format.count(count)} ${what}.` : "";
  }

  showHeat() {
    const { rows, sequences, names } = this.figures.heat(this.chosen);
    const shown = this.drawnCampaigns(rows);
    const largest = Math.max(0, ...shown.flatMap((row) => [...row.cells.values()]));
    const wide = at("heat-chart").parentElement.clientWidth > 600;
    const cells = shown.flatMap((row, place) =>
      sequences.map((sequence) => {
        const amount = row.cells.get(sequence) || 0;
        return {
          name: plain(row.name),
          place,
          column: HEADS[names[sequence]] || names[sequence],
          column_place: sequence,
          share: largest > 0 ? Math.max(0, amount) / largest : 0,
          label: wide && row.cells.has(sequence) ? this.short(amount) : "",
          tip: `${row.name}, touch ${names[sequence]}: ${this.amount(amount)}; touches of these days: ${this.format.count(row.touches.get(sequence) || 0)}`,
        };
      }),
    );
    at("heat-more").textContent =
      `Shown: ${this.unit}. ` + this.more(rows.length, TOP, "campaigns; more are in the table") +
      (this.coarse("sequences") || this.coarse("attempts"));
    const best = cells.reduce((most, cell) => (most === null || cell.share > most.share ? cell : most), null);
    this.charts.heat.show(cells, `Heat map of ${this.unit} by campaign and touch sequence. ${best ? `The most: ${best.tip}` : ""}`);
    fillTable(
      at("heat-table"),
      `By campaign and touch sequence: ${this.unit}`,
      [
        { title: "Campaign", value: (row) => row.name },
        ...sequences.map((sequence) => ({
          title: `touch ${names[sequence]}`,
          number: true,
          value: (row) => row.cells.get(sequence) || 0,
          text: (row) => (row.cells.has(sequence) ? this.amount(row.cells.get(sequence)) : ""),
          total: this.amount,
        })),
        { title: "all", number: true, value: (row) => row.total, text: (row) => this.amount(row.total), total: this.amount },
      ],
      rows.slice(0, ROWS + 1),
      [
        "all",
        ...sequences.map((sequence) => rows.reduce((sum, row) => sum + (row.cells.get(sequence) || 0), 0)),
        sumOf(rows, "total"),
      ],
    );
  }

  // The campaigns of a chart: what was folded would dwarf them, unless it was asked for.
  drawnCampaigns(rows) {
    return rows.filter((row) => row.number >= 0 || this.chosen.campaign === row.number).slice(0, TOP);
  }

  short(amount) {
    return this.format.short(this.chosen.measure === "cents" ? amount / 100 : amount);
  }

  showCampaigns() {
    const { format } = this;
    const rows = this.figures.campaigns(this.chosen);
    const bars = this.drawnCampaigns(rows.filter((row) => row.cents !== 0 || row.cost))
      .map((row, place) => {
        const value = row.cents / 100;
        const cost = row.cost === null ? null : row.cost / 10000;
        return {
          name: plain(row.name), place, value, cost, edge: Math.max(value, cost || 0, 0),
          label: row.roi === null ? "" : format.roi(row.roi),
          tip: `${row.name}: value ${format.cents(row.cents)}, cost ${cost === null ? "unknown" : format.cost(row.cost)}, return ${format.roi(row.roi)}`,
        };
      });
    addRoom(bars, at("roi-chart").parentElement.clientWidth);
    at("roi-more").textContent = this.more(rows.length, TOP, "campaigns; more are in the table");
    this.charts.roi.show(bars, `Bars of credited value by campaign, with cost. ${bars.map((bar) => bar.tip).slice(0, 3).join(". ")}`);
    const cost = (value) => (value === null ? "" : format.cost(value));
    const known = rows.filter((row) => row.cost !== null);
    const found = this.figures.headline(this.chosen);
    fillTable(
      at("roi-table"),
      `By campaign, in ${this.content.currency}`,
      [
        { title: "Campaign", value: (row) => row.name },
        { title: "Touches", number: true, value: (row) => row.touches, text: (row) => format.count(row.touches), total: format.count },
        { title: "Conversions helped", number: true, value: (row) => row.conversions, text: (row) => format.count(row.conversions) },
        { title: "Credit", number: true, value: (row) => row.credit, text: (row) => format.credit(row.credit), total: format.credit },
        { title: "Value", number: true, value: (row) => row.cents, text: (row) => format.cents(row.cents), total: format.cents },
        { title: "Cost", number: true, value: (row) => row.cost, text: (row) => cost(row.cost), total: cost },
        { title: "Return", number: true, value: (row) => row.roi, text: (row) => format.roi(row.roi), total: format.roi },
        {
          title: "Cost per conversion", number: true, value: (row) => perCredit(row),
          text: (row) => cost(perCredit(row)), total: cost,
        },
      ],
      rows.slice(0, ROWS + 1),
      [
        "all", sumOf(rows, "touches"), null, sumOf(rows, "credit"), sumOf(rows, "cents"),
        known.length ? sumOf(known, "cost") : null, found.roi, perCredit(found),
      ],
    );
  }

  showModels() {
    const { content, chosen } = this;
    const rows = this.figures.models(chosen);
    const row = rows[0];
    const agree = row && new Set(row.amounts.map(this.amount)).size === 1;
    const which = agree ? "on which the models agree" : "the campaign on which they disagree most";
    at("models-which").textContent = !row
      ? ""
      : chosen.campaign !== null
        ? `What each model gives ${row.name}: ${this.unit}.`
        : `What each model gives ${row.name}, ${which}: ${this.unit}. Choose another above.`;
    const bars = !row
      ? []
      : content.models.map(({ label }, model) => ({
          name: plain(label), place: model, amount: this.scaled(row.amounts[model]), edge: Math.max(0, this.scaled(row.amounts[model])),
          chosen: model === chosen.model, label: this.short(row.amounts[model]),
          tip: `${label}: ${this.amount(row.amounts[model])}`,
        }));
    addRoom(bars, at("models-chart").parentElement.clientWidth);
    this.charts.models.show(bars, `Bars of ${this.unit} by model. ${bars.map((bar) => bar.tip).join(". ")}`);
    fillTable(
      at("models-table"),
      `By campaign and model, the widest disagreement first: ${this.unit}`,
      [
        { title: "Campaign", value: (each) => each.name },
        ...content.models.map(({ label }, model) => ({
          title: label, number: true, value: (each) => each.amounts[model], text: (each) => this.amount(each.amounts[model]),
          total: this.amount,
        })),
        { title: "Widest gap", number: true, value: (each) => each.spread, text: (each) => this.amount(each.spread) },
      ],
      rows.slice(0, TOP),
      ["all", ...content.models.map((_, model) => rows.reduce((sum, each) => sum + each.amounts[model], 0)), null],
    );
  }

  scaled(amount) {
    return this.chosen.measure === "cents" ? amount / 100 : amount;
  }

  showTime() {
    const { grain, rows } = this.figures.time(this.chosen);
    at("time-grain").textContent = `By ${grain} of the conversion (${this.content.timezone}): ${this.unit}.`;
    const day = 86400000;
    const marks = rows.flatMap((row) => {
      const when = { begins: row.day * day, ends: row.end * day };
      const credited = this.scaled(row.credited);
      const unattributed = this.scaled(row.unattributed);
      const tip = `${grain} of ${Cubes.textOf(row.day)}: ${this.amount(row.credited)} credited, ${this.amount(row.unattributed)} unattributed`;
      return [
        { ...when, series: "Credited", low: 0, high: credited, tip },
        { ...when, series: "Unattributed", low: Math.max(0, credited), high: Math.max(0, credited) + unattributed, tip },
      ].filter((mark) => mark.low !== mark.high);
    });
    this.charts.time.show(marks, `Bars of ${this.unit} over time, by ${grain}, credited and unattributed.`);
    const column = (title, field) => ({
      title, number: true, value: (row) => row[field], text: (row) => this.amount(row[field]), total: this.amount,
    });
    fillTable(
      at("time-table"),
      `By ${grain}: ${this.unit}`,
      [
        { title: `${grain} of`, value: (row) => Cubes.textOf(row.day) },
        column("Credited", "credited"), column("Unattributed", "unattributed"),
      ],
      rows,
      ["all", sumOf(rows, "credited"), sumOf(rows, "unattributed")],
    );
  }

  showHours() {
    const rows = this.figures.hours(this.chosen);
    const any = rows.some((row) => row.amount !== 0);
    const bars = any
      ? rows.map((row) => ({
          name: row.name, place: row.number, amount: this.scaled(row.amount), tip: `${row.name}: ${this.amount(row.amount)}`,
        }))
      : [];
    at("hours-note").textContent = `Each touch counts by what it earned: ${this.unit}.${this.coarse("hours")}`;
    this.charts.hours.show(bars, `Columns of ${this.unit} by time from touch to conversion. ${bars.map((bar) => bar.tip).join(". ")}`);
    fillTable(
      at("hours-table"),
      `By time from touch to conversion: ${this.unit}`,
      [
        { title: "Time", value: (row) => row.name },
        { title: "Earned", number: true, value: (row) => row.amount, text: (row) => this.amount(row.amount), total: this.amount },
      ],
      rows,
      ["all", sumOf(rows, "amount")],
    );
  }

  showPaths() {
    const { format, chosen } = this;
    const rows = this.figures.paths(chosen);
    at("paths-note").textContent =
      (chosen.campaign === null
        ? "The channels of a journey in their order, with all conversions that took it, whatever the model."
        : `The channels of a journey in their order, with all conversions in which ${this.name(chosen.campaign)} has a touch, whatever the model.`) +
      ` ${this.more(rows.length, TOP, "paths")}` + this.coarse(chosen.campaign === null ? "paths" : "paths_by_campaign");
    const shown = rows.slice(0, TOP);
    const rest = rows.slice(TOP);
    const most = Math.max(1, ...shown.map((row) => row.conversions));
    if (rest.length) {
      shown.push({
        name: `${format.count(rest.length)} more path${rest.length === 1 ? "" : "s"}`, isRest: true,
        conversions: sumOf(rest, "conversions"), cents: sumOf(rest, "cents"),
      });
    }
    fillTable(
      at("paths-table"),
      `Paths, the commonest first, value in ${this.content.currency}`,
      [
        { title: "Path", value: (row) => row.name, node: (row) => (row.isRest ? row.name : pathNode(row.name)) },
        { title: "Conversions", number: true, value: (row) => row.conversions, text: (row) => format.count(row.conversions), total: format.count },
        { title: "", class: "bars", value: () => "", node: (row) => (row.isRest ? "" : bar(row.conversions / most)) },
        { title: "Value", number: true, value: (row) => row.cents, text: (row) => format.cents(row.cents), total: format.cents },
        {
          title: "An example", value: (row) => row.example || "",
          node: (row) => (row.example ? exampleNode(row) : ""),
        },
      ],
      shown,
      ["all", sumOf(rows, "conversions"), null, sumOf(rows, "cents"), null],
    );
  }

  showRanked(name) {
    const { format } = this;
    const rows = this.figures.ranked(name, this.chosen);
    const rest = rows.slice(TOP);
    const shown = rows.slice(0, TOP);
    if (rest.length) {
      shown.push({ name: `${format.count(rest.length)} more`, credit: sumOf(rest, "credit"), cents: sumOf(rest, "cents") });
    }
    fillTable(
      at(`${name}-table`),
      `What ${{ agents: "agents", nodes: "IVR nodes", dispositions: "dispositions" }[name]} earned, in ${this.content.currency}.${this.coarse(name)}`,
      [
        { title: "Name", value: (row) => row.name },
        { title: "Credit", number: true, value: (row) => row.credit, text: (row) => format.credit(row.credit), total: format.credit },
        { title: "Value", number: true, value: (row) => row.cents, text: (row) => format.cents(row.cents), total: format.cents },
      ],
      shown,
      ["all", sumOf(rows, "credit"), sumOf(rows, "cents")],
    );
  }

  // What no control changes

  showFixed() {
    const { content, format } = this;
    at("written").textContent = `Written ${content.written_at}, from the build of ${content.built_at || "an unknown time"}. Days are those of ${content.timezone}.`;
    fillTable(
      at("quality-table"),
      `Findings, the worst first, value at stake in ${content.currency}`,
      [
        { title: "Finding", value: (row) => row.finding, text: (row) => row.finding.replaceAll("_", " ") },
        { title: "Severity", value: (row) => row.severity, node: (row) => element("span", { class: `severity-${row.severity}` }, row.severity) },
        { title: "Count", number: true, value: (row) => row.findings, text: (row) => format.count(row.findings) },
        { title: "Value at stake", number: true, value: (row) => row.cents, text: (row) => (row.cents === null ? "" : format.cents(row.cents)) },
        { title: "What it means", value: (row) => row.texts[0] },
        { title: "What to do", value: (row) => row.texts[1] },
      ],
      content.findings,
    );
    fillTable(
      at("freshness-table"),
      "Last load that ended well, by source, when this page was written",
      [
        { title: "Source", value: (row) => row.source },
        { title: "Loaded", value: (row) => row.loaded_at || "never" },
        { title: "Age", value: (row) => row.age || "" },
        {
          title: "State", value: (row) => (row.is_late ? "late" : "fresh"),
          node: (row) => (row.is_late ? element("span", { class: "severity-error" }, "late") : "fresh"),
        },
      ],
      content.freshness,
    );
    at("settings").replaceChildren(
      ...Object.entries(content.settings).map(([name, value]) =>
        element("div", {}, element("dt", {}, name), element("dd", {}, value === null ? "not set" : String(value))),
      ),
    );
  }
}

const perCredit = (row) => (row.cost !== null && row.credit > 0 ? row.cost / row.credit : null);

const quoted = (id) => (/^[\w.@:-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`);

// The command that explains the example; its id leads to the page that the command would make, where that was written.
function exampleNode({ example, journey }) {
  const typed = quoted(example);
  if (!journey) return element("code", {}, `attribution explain ${typed}`);
  const quote = typed === example ? "" : "'";
  const id = typed.slice(quote.length, typed.length - quote.length);
  return element("code", {}, `attribution explain ${quote}`, element("a", { href: journey }, id), quote);
}

const bar = (share) => {
  const made = element("span", { class: "bar", "aria-hidden": "true" });
  made.style.width = `${Math.max(1, 100 * share).toFixed(1)}%`;
  return made;
};

// Where the label of the longest bar ends: the axis has to reach as far.
function addRoom(bars, width) {
  const edge = Math.max(0, ...bars.map((each) => each.edge));
  for (const each of bars) each.room = edge * (width < 480 ? 1.5 : 1.12);
}

function themeButton() {
  const button = at("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const show = () => {
    button.textContent = isDark() ? "Light" : "Dark";
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    show();
  });
  dark.addEventListener("change", show);
  show();
}

// Print shows the tables too.
function printedInFull() {
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
  });
}

async function start() {
  themeButton();
  printedInFull();
  const read = (id) => JSON.parse(at(id).textContent);
  const content = read("data");
  const cubes = {};
  for (const [name, packed] of Object.entries(content.cubes)) cubes[name] = await Cubes.open(packed);
  window.dashboard = new Page(content, cubes, read("charts"));
  await window.dashboard.drawn;
  document.documentElement.dataset.ready = "true";
}

start().catch((error) => {
  at("selection").textContent = `This browser can't show the page: ${error.message}`;
  throw error;
});
