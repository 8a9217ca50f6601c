// Vega keeps groups in plain objects, so a name that every object has (`__proto__`) gets an invisible space before it.
const plain = (name) => (name in {} ? `\u200b${name}` : name);

// The charts: each is made when there is something to show, and then only its rows change.

class Chart {
  constructor(id, specifications) {
    this.place = document.getElementById(`${id}-chart`);
    // Vega-Embed gives the element that it draws in a role of its own.
    this.inner = this.place.appendChild(document.createElement("div"));
    this.empty = document.getElementById(`${id}-empty`);
    this.specification = specifications[id];
    this.view = null;
    this.last = Promise.resolve();
  }

  // rows: what the specification reads; label: what the picture says, for who can't see it.
  show(rows, label) {
    this.place.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
    this.place.setAttribute("aria-label", label);
    if (rows.length === 0) return;
    this.last = this.last.then(() => this.draw(rows));
  }

  async draw(rows) {
    if (this.view) {
      await this.view.data("rows", rows).runAsync();
      return;
    }
    const { data, config, ...rest } = this.specification;
    const labelLimit = this.place.clientWidth < 480 ? 110 : 220;
    const made = await vegaEmbed(
      this.inner,
      {
        ...rest,
        data: data.map((each) => (each.name === "rows" ? { ...each, values: rows } : each)),
        config: { ...config, axis: { ...config.axis, labelLimit } },
      },
      // Expressions are interpreted, not compiled (ast): the page's policy forbids eval.
      { mode: "vega", actions: false, renderer: "svg", ast: true, tooltip: { theme: "page" } },
    );
    this.view = made.view;
  }
}
