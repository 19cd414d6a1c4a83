// What a step does to the route time of the grids it touched: asked from the service right after the stroke.

import { ask } from '../ask.js';
import { emit, state } from './state.js';

const PAUSE_MS = 60;
let timer = 0;
let waiting = new Set();
const before = new Map(); // grid -> minutes a day before the first step of this visit
let running = null;

// The grids as they are, so that the first stroke has something to be compared with.
export async function estimateFirst() {
  const { model } = state;
  const all = [...model.grids.keys()];
  const saved = model.draft.grid_of_unit;
  const found = await minutesOf(setsOf(all, (shop) => (model.keptAt[shop] === -2 ? saved[model.bench.unit[shop]] : model.keptAt[shop])));
  for (const [grid, minutes] of found) before.set(grid, minutes);
}

export function estimateSoon(step) {
  for (const [from, to] of step.units.values()) {
    if (from >= 0) waiting.add(from);
    if (to >= 0) waiting.add(to);
  }
  for (const [shop, [from, to]] of step.shops) {
    const home = state.model.gridOfUnit[state.model.bench.unit[shop]];
    for (const grid of [home, from.grid, to.grid]) if (grid >= 0) waiting.add(grid);
  }
  clearTimeout(timer);
  if (waiting.size) timer = setTimeout(run, PAUSE_MS);
}

function setsOf(grids, gridOf) {
  const members = new Map(grids.map((grid) => [grid, []]));
  for (let shop = 0; shop < state.model.nShops; shop += 1) members.get(gridOf(shop))?.push(state.model.bench.retailer_id[shop]);
  return grids.map((grid) => ({ key: String(grid), retailers: members.get(grid), staff: state.model.grids[grid].staff_id ?? undefined }));
}

async function minutesOf(sets) {
  const found = await ask('/v1/estimates/route-minutes', {}, { method: 'POST', body: { layer: state.layer, grids: sets } });
  return new Map(found.grids.map((grid) => [Number(grid.key), grid.route_min_per_day]));
}

async function run() {
  if (running) {
    timer = setTimeout(run, PAUSE_MS);
    return;
  }
  const grids = [...waiting];
  waiting = new Set();
  const began = performance.now();
  try {
    const { model } = state;
    const unknown = grids.filter((grid) => !before.has(grid));
    const saved = model.draft.grid_of_unit;
    const atFirst = (shop) => (model.keptAt[shop] === -2 ? saved[model.bench.unit[shop]] : model.keptAt[shop]);
    running = Promise.all([unknown.length ? minutesOf(setsOf(unknown, atFirst)) : new Map(), minutesOf(setsOf(grids, (shop) => model.gridOfShop(shop)))]);
    const [first, now] = await running;
    for (const [grid, minutes] of first) before.set(grid, minutes);
    for (const grid of grids) state.routes.set(grid, { before_min: before.get(grid), after_min: now.get(grid) });
    performance.measure('route-time', { start: began, end: performance.now() });
    emit('routes');
  } catch {
    for (const grid of grids) state.routes.delete(grid); // no estimate is better than an old one
  } finally {
    running = null;
  }
}
