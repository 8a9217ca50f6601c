// Tables and texts. Whatever comes from the data goes in as text, never as markup.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// So many columns fit a phone; of a table with more, the cells of a row stand below its name there.
const PHONE_COLUMNS = 3;

// columns: [{title, value(row), text(row) = value, number: bool, node(row), class}]; total: cells of a last row, or
// null. The raw figure of a cell is in data-value.
function fillTable(place, caption, columns, rows, total = null) {
  const stacks = columns.length > PHONE_COLUMNS;
  const head = element(
    "tr", {}, ...columns.map(({ title, number }) => element("th", { scope: "col", class: number ? "number" : null }, title)),
  );
  const line = (cells, first) =>
    element(
      "tr",
      {},
      ...cells.map(({ text, value, node, number, title, kind }, at) => {
        const cell = element(at === 0 ? "th" : "td", {
          scope: at === 0 ? "row" : null,
          class: kind || (number ? "number" : at === 0 && !node ? "name" : null),
          "data-title": stacks ? title : null,
          title: !number && text && text.length > 24 ? text : null,
          "data-value": number && value !== null && value !== undefined ? value : null,
        });
        cell.append(node || text);
        return cell;
      }),
    );
  const cellsOf = (row) =>
    columns.map(({ title, value, text, node, number, class: kind }) => ({
      number,
      title,
      kind,
      value: value(row),
      text: text ? text(row) : String(value(row)),
      node: node ? node(row) : null,
    }));
  const table = element(
    "table",
    { class: stacks ? "stacks" : null },
    element("caption", {}, caption),
    element("thead", {}, head),
    element("tbody", {}, ...(rows.length ? rows.map((row) => line(cellsOf(row))) : [nothing(columns.length)])),
  );
  if (total && rows.length) {
    const cells = columns.map((column, at) => ({
      number: column.number,
      title: column.title,
      value: total[at],
      text: total[at] === null ? "" : at === 0 ? total[at] : column.total(total[at]),
    }));
    table.append(element("tfoot", {}, line(cells)));
  }
  // A wide table scrolls by itself, with the keyboard too.
  place.replaceChildren(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table));
}

const nothing = (width) => element("tr", {}, element("td", { colspan: width, class: "muted" }, "none"));

// A path as its channels, repeats in a row counted.
function pathNode(path) {
  const node = element("span", { class: "path", title: path });
  const steps = [];
  for (const step of path.split(" > ")) {
    const last = steps[steps.length - 1];
    if (last && last.step === step) last.count += 1;
    else steps.push({ step, count: 1 });
  }
  steps.forEach(({ step, count }, at) => {
    if (at) node.append(element("span", { class: "arrow", "aria-label": "then" }, "→"));
    node.append(element("span", { class: "step" }, step.replaceAll("_", " ") + (count > 1 ? ` ×${count}` : "")));
  });
  return node;
}

const sumOf = (rows, field) => rows.reduce((sum, row) => sum + row[field], 0);
