"use strict";
// The cubes: sums by day, campaign, conversion type and, in some, one thing more. No DOM here.

const Cubes = (() => {
  const DAY = 86400000;
  const ARRAYS = { i: Int32Array, d: Float64Array };

  async function unpack(type, base64) {
    const bytes = Uint8Array.fromBase64
      ? Uint8Array.fromBase64(base64)
      : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new ARRAYS[type](await new Response(inflated).arrayBuffer());
  }

  // One cube as typed arrays: days, keys by name, measures by name ({width, values}).
  async function open(packed) {
    const cube = { ...packed, keys: {}, measures: {} };
    cube.days = await unpack("i", packed.days);
    for (const [name, data] of Object.entries(packed.keys)) cube.keys[name] = await unpack("i", data);
    for (const [name, { type, width, data }] of Object.entries(packed.measures)) {
      cube.measures[name] = { width, values: await unpack(type, data) };
    }
    return cube;
  }

  // Days are numbers from 1970-01-01, as text 2026-01-31.
  const dayOf = (text) => Date.parse(`${text}T00:00:00Z`) / DAY;
  const textOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);

  // First day of the week (a Monday), month or year that the day lies in.
  function startOf(grain, day) {
    if (grain === "day") return day;
    if (grain === "week") return day - ((((day + 3) % 7) + 7) % 7);
    const date = new Date(day * DAY);
    return Date.UTC(date.getUTCFullYear(), grain === "year" ? 0 : date.getUTCMonth(), 1) / DAY;
  }

  // First day after it.
  function endOf(grain, day) {
    const start = startOf(grain, day);
    if (grain === "day") return start + 1;
    if (grain === "week") return start + 7;
    const date = new Date(start * DAY);
    return (
      (grain === "year"
        ? Date.UTC(date.getUTCFullYear() + 1, 0, 1)
        : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)) / DAY
    );
  }

  // Place of the first day at or after `day`; days ascend.
  function place(days, day) {
    let low = 0;
    let high = days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (days[middle] < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Sums of one column of a measure over the selection, as a Map from key (0 without one) to sum.
  // selection: {from, to (days, both included), campaign, type (numbers; null: all)}.
  // keyAt: name of a key, or a function from a row's number to a whole number from -1, not large.
  function sums(cube, measure, column, selection, keyAt = null) {
    const { width, values } = cube.measures[measure];
    const campaigns = selection.campaign === null ? null : cube.keys.campaign || null;
    const types = selection.type === null ? null : cube.keys.type || null;
    const last = place(cube.days, selection.to + 1);
    const keys = typeof keyAt === "string" ? cube.keys[keyAt] : null;
    const totals = [];
    const lost = [];
    for (let row = place(cube.days, startOf(cube.grain, selection.from)); row < last; row++) {
      if (campaigns !== null && campaigns[row] !== selection.campaign) continue;
      if (types !== null && types[row] !== selection.type) continue;
      // -1, what was folded, is a key too.
      const at = 1 + (keys !== null ? keys[row] : keyAt !== null ? keyAt(row) : 0);
      while (totals.length <= at) {
        totals.push(undefined);
        lost.push(0);
      }
      const before = totals[at] === undefined ? 0 : totals[at];
      // Neumaier's sum: what rounding loses is kept, so that a million credits sum as the warehouse sums them.
      const value = values[row * width + column];
      const total = before + value;
      lost[at] += Math.abs(before) >= Math.abs(value) ? before - total + value : value - total + before;
      totals[at] = total;
    }
    const found = new Map();
    totals.forEach((total, at) => {
      if (total !== undefined) found.set(at - 1, total + lost[at]);
    });
    return found;
  }

  const sum = (cube, measure, column, selection) => sums(cube, measure, column, selection).get(0) || 0;

  return { open, dayOf, textOf, startOf, endOf, sums, sum };
})();
