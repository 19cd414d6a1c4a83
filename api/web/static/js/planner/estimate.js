// What a step does to the route time of the grids it touched: asked from the service right after the stroke.

import { ask } from '../ask.js';
import { emit, state } from './state.js';

const BY_ITS_UNIT = -2;
let waiting = new Set(); // grids that changed since the service was asked last
let since = 0; // when the first of them did
let running = null;
const before = new Map(); // grid -> minutes a day before the first step of this visit

// The grids as they are, so that the first stroke has something to be compared with.
export async function estimateFirst() {
  const all = [...state.model.grids.keys()];
  for (const [grid, minutes] of await minutesOf(all, state.model.draft.grid_of_unit)) before.set(grid, minutes);
}

// The first step asks at once; what is done while the service thinks is asked together when it has answered.
export function estimateSoon(step) {
  if (!waiting.size) since = performance.now();
  for (const [from, to] of step.units.values()) {
    if (from >= 0) waiting.add(from);
    if (to >= 0) waiting.add(to);
  }
  for (const [shop, [from, to]] of step.shops) {
    const home = state.model.gridOfUnit[state.model.bench.unit[shop]];
    for (const grid of [home, from.grid, to.grid]) if (grid >= 0) waiting.add(grid);
  }
  if (waiting.size) running ??= run().finally(() => { running = null; });
}

// A grid is told by its units, and by the shops that are kept with another owner than their unit's.
function setsOf(grids, gridOfUnit) {
  const { model } = state;
  const sets = new Map(grids.map((grid) => [grid, { key: String(grid), units: [], retailers: [], without: [], staff: model.grids[grid].staff_id ?? undefined }]));
  for (let unit = 0; unit < model.nUnits; unit += 1) sets.get(gridOfUnit[unit])?.units.push(unit);
  for (const shop of model.keptBy.keys()) {
    const home = gridOfUnit[model.bench.unit[shop]];
    const own = model.keptAt[shop];
    if (own === BY_ITS_UNIT || own === home) continue;
    sets.get(home)?.without.push(model.bench.retailer_id[shop]);
    sets.get(own)?.retailers.push(model.bench.retailer_id[shop]);
  }
  return [...sets.values()];
}

async function minutesOf(grids, gridOfUnit) {
  if (!grids.length) return new Map();
  const body = { layer: state.layer, unit_set_id: state.draft.unit_set_id, grids: setsOf(grids, gridOfUnit) };
  const found = await ask('/v1/estimates/route-minutes', {}, { method: 'POST', body });
  return new Map(found.grids.map((grid) => [Number(grid.key), grid.route_min_per_day]));
}

async function run() {
  while (waiting.size) {
    const grids = [...waiting];
    const began = since;
    const { model } = state;
    const unknown = grids.filter((grid) => !before.has(grid));
    waiting = new Set();
    try {
      const [first, now] = await Promise.all([minutesOf(unknown, model.draft.grid_of_unit), minutesOf(grids, model.gridOfUnit)]);
      for (const [grid, minutes] of first) before.set(grid, minutes);
      for (const grid of grids) state.routes.set(grid, { before_min: before.get(grid), after_min: now.get(grid) });
      performance.measure('route-time', { start: began, end: performance.now() });
    } catch {
      for (const grid of grids) state.routes.delete(grid); // no estimate is better than an old one
    }
    emit('routes');
  }
}
