// Every figure of the page, from the cubes and a selection. No DOM here.
// selection: {model (number), measure ("credit" or "cents"), from, to, campaign, type}, the last two null for all.

class Figures {
  constructor(content, cubes) {
    this.content = content;
    this.cubes = cubes;
    this.width = content.models.length;
  }

  campaignName(number) {
    return number < 0 ? "(other)" : this.names[number];
  }

  // Names of campaigns, told apart by their id where two are alike.
  get names() {
    if (!this._names) {
      const seen = new Map();
      for (const { name } of this.content.campaigns) seen.set(name, (seen.get(name) || 0) + 1);
      this._names = this.content.campaigns.map(({ id, name }) => (seen.get(name) > 1 ? `${name} (${id})` : name));
    }
    return this._names;
  }

  coversAll({ from, to }) {
    const { days } = this.content;
    return days === null || (from <= Cubes.dayOf(days.first) && to >= Cubes.dayOf(days.last));
  }

  // Costs by campaign, in ten-thousandths. A cost without a day counts only where no day is left out.
  costs(selection) {
    const anyType = { ...selection, type: null };
    const known = Cubes.sums(this.cubes.spent, "costs", 0, anyType, "campaign");
    const costs = new Map(
      [...Cubes.sums(this.cubes.spent, "cost", 0, anyType, "campaign")].filter(([campaign]) => known.get(campaign) > 0),
    );
    if (this.coversAll(selection)) {
      for (const [campaign, cost] of this.content.undated_costs) {
        if (selection.campaign === null || selection.campaign === campaign) {
          costs.set(campaign, (costs.get(campaign) || 0) + cost);
        }
      }
    }
    return costs;
  }

  headline(selection) {
    const { credit, conversions } = this.cubes;
    const all = (measure) => Cubes.sum(conversions, measure, 0, selection);
    const costs = [...this.costs(selection).values()];
    const cents = Cubes.sum(credit, "cents", selection.model, selection);
    const cost = costs.length ? costs.reduce((sum, each) => sum + each, 0) : null;
    const ofCampaign = selection.campaign !== null;
    const valued = Cubes.sum(credit, "valued", selection.model, selection);
    const earning = Cubes.sum(credit, "conversions", selection.model, selection);
    return {
      conversions: ofCampaign ? earning : all("conversions"),
      value: ofCampaign ? null : all("cents"),
      credit: Cubes.sum(credit, "credit", selection.model, selection),
      cents,
      withoutValue: all("without_value"),
      unattributed: all("unattributed"),
      unattributedCents: all("unattributed_cents"),
      cost,
      roi: roiOf(cents, cost, valued, earning),
    };
  }

  // One row per campaign with credit, touches or costs.
  campaigns(selection) {
    const { credit, spent } = this.cubes;
    const by = (measure) => Cubes.sums(credit, measure, selection.model, selection, "campaign");
    const [credits, cents, conversions, valued] = ["credit", "cents", "conversions", "valued"].map(by);
    const touches = Cubes.sums(spent, "touches", 0, { ...selection, type: null }, "campaign");
    const costs = this.costs(selection);
    const numbers = new Set([...credits.keys(), ...touches.keys(), ...costs.keys()]);
    const rows = [...numbers].map((number) => {
      const cost = costs.has(number) ? costs.get(number) : null;
      const row = {
        number,
        name: this.campaignName(number),
        touches: touches.get(number) || 0,
        conversions: conversions.get(number) || 0,
        credit: credits.get(number) || 0,
        cents: cents.get(number) || 0,
        cost,
      };
      row.roi = roiOf(row.cents, cost, valued.get(number) || 0, row.conversions);
      return row;
    });
    return rows.sort(
      (a, b) => otherLast(a, b) || b.cents - a.cents || b.credit - a.credit || (b.cost || 0) - (a.cost || 0),
    );
  }

  // Ranked entities of a side cube: {name, credit, cents}, the largest first by the chosen measure.
  ranked(name, selection) {
    const cube = this.cubes[name];
    const credits = Cubes.sums(cube, "credit", selection.model, selection, "entity");
    const cents = Cubes.sums(cube, "cents", selection.model, selection, "entity");
    const rows = [...credits].map(([number, credit]) => ({
      number,
      name: number < 0 ? "(other)" : cube.names[number],
      credit,
      cents: cents.get(number) || 0,
    }));
    return rows.sort(
      (a, b) => otherLast(a, b) || b[selection.measure] - a[selection.measure] || b.credit - a.credit,
    );
  }

  // Campaign × touch sequence: {rows: [{number, name, cells: Map(sequence → amount), touches: Map(sequence → count),
  // total}], sequences: [number]}. A sequence that was touched and earned nothing has a cell of 0.
  heat(selection) {
    const { sequences: cube, attempts } = this.cubes;
    const count = cube.names.length;
    const placed = ({ keys: { campaign, entity } }) => (row) => (campaign[row] + 1) * count + entity[row];
    const found = Cubes.sums(cube, selection.measure, selection.model, selection, placed(cube));
    const touches = found.size
      ? Cubes.sums(attempts, "touches", 0, { ...selection, type: null }, placed(attempts))
      : new Map();
    const rows = new Map();
    const sequences = new Set();
    for (const key of new Set([...found.keys(), ...touches.keys()])) {
      const number = Math.floor(key / count) - 1;
      const sequence = key % count;
      sequences.add(sequence);
      if (!rows.has(number)) {
        rows.set(number, { number, name: this.campaignName(number), cells: new Map(), touches: new Map(), total: 0 });
      }
      const row = rows.get(number);
      row.cells.set(sequence, found.get(key) || 0);
      row.touches.set(sequence, touches.get(key) || 0);
      row.total += found.get(key) || 0;
    }
    return {
      rows: [...rows.values()].sort((a, b) => otherLast(a, b) || b.total - a.total),
      sequences: [...sequences].sort((a, b) => a - b),
      names: cube.names,
    };
  }

  // What each model gives each campaign: {number, name, amounts: [by model], spread}, widest disagreement first.
  models(selection) {
    const rows = new Map();
    for (let model = 0; model < this.width; model++) {
      const found = Cubes.sums(this.cubes.credit, selection.measure, model, selection, "campaign");
      for (const [number, amount] of found) {
        if (!rows.has(number)) {
          rows.set(number, { number, name: this.campaignName(number), amounts: new Array(this.width).fill(0) });
        }
        rows.get(number).amounts[model] = amount;
      }
    }
    const list = [...rows.values()];
    for (const row of list) row.spread = Math.max(...row.amounts) - Math.min(...row.amounts);
    return list.sort((a, b) => otherLast(a, b) || b.spread - a.spread || b.amounts[0] - a.amounts[0]);
  }

  // Amount over time: {grain, rows: [{day, end, credited, unattributed}]}.
  time(selection) {
    const length = selection.to - selection.from + 1;
    const order = ["day", "week", "month", "year"];
    const wanted = length <= 62 ? "day" : length <= 400 ? "week" : length <= 3700 ? "month" : "year";
    const grain = order[Math.max(order.indexOf(wanted), order.indexOf(this.content.grain))];
    const { credit, conversions } = this.cubes;
    const first = Cubes.startOf(grain, selection.from);
    const bucket = (cube) => {
      let day = null;
      let start = null;
      return (row) => {
        // Rows stand in the order of their days.
        if (cube.days[row] !== day) {
          day = cube.days[row];
          start = Cubes.startOf(grain, day) - first;
        }
        return start;
      };
    };
    const credited = Cubes.sums(credit, selection.measure, selection.model, selection, bucket(credit));
    const unattributed =
      selection.campaign !== null
        ? new Map()
        : Cubes.sums(
            conversions,
            selection.measure === "cents" ? "unattributed_cents" : "unattributed",
            0,
            selection,
            bucket(conversions),
          );
    const days = [...new Set([...credited.keys(), ...unattributed.keys()])].sort((a, b) => a - b);
    return {
      grain,
      rows: days.map((day) => ({
        day: first + day,
        end: Cubes.endOf(grain, first + day),
        credited: credited.get(day) || 0,
        unattributed: unattributed.get(day) || 0,
      })),
    };
  }

  // Amount by time from touch to conversion, all bins from the first to the last that has any.
  hours(selection) {
    const cube = this.cubes.hours;
    const found = Cubes.sums(cube, selection.measure, selection.model, selection, "entity");
    return cube.names.map((name, number) => ({ name, number, amount: found.get(number) || 0 }));
  }

  // Paths by conversions: {number, name, conversions, cents, example, journey (its page, where there is one)}.
  paths(selection) {
    const cube = selection.campaign === null ? this.cubes.paths : this.cubes.paths_by_campaign;
    const conversions = Cubes.sums(cube, "conversions", 0, selection, "entity");
    const cents = Cubes.sums(cube, "cents", 0, selection, "entity");
    return [...conversions]
      .map(([number, count]) => ({
        number,
        name: number < 0 ? "(other)" : cube.names[number],
        conversions: count,
        cents: cents.get(number) || 0,
        example: number < 0 ? null : this.cubes.paths.examples[number],
        journey: this.content.journeys?.[number],
      }))
      .sort((a, b) => otherLast(a, b) || b.conversions - a.conversions || b.cents - a.cents);
  }
}

// What was folded is many and no one: it ranks last, however much it is.
const otherLast = (a, b) => (a.number < 0) - (b.number < 0);

// (value - cost) / cost; null without a cost, and where no conversion that it earned has a known value.
function roiOf(cents, cost, valued, conversions) {
  if (!cost || (conversions > 0 && valued === 0)) return null;
  return (cents * 100 - cost) / cost;
}
