// Save what differs from the service's copy: by itself half a minute after the last stroke, or when asked.

import { Refused, ask } from '../ask.js';
import { t, timeWithSeconds } from '../words.js';
import { rowsBefore } from './cells.js';
import { History } from './history.js';
import { dropKept, readKept, writeKept } from './kept.js';
import { emit, on, state } from './state.js';

const AFTER_MS = 30_000;
const AGAIN_MS = 8_000;
const MOST_WORDS = 480;

let known = null; // what the service has: {revision, gridOfUnit, keptAt, locked}
let words = [];
let timer = 0;
let running = null;
let isOffline = false; // the last try met nobody

const key = () => `${state.planId} ${state.layer}`;

function snapshot() {
  const { model } = state;
  return { gridOfUnit: model.gridOfUnit.slice(), keptAt: model.keptAt.slice(), locked: model.locked.slice() };
}

// The edits that make the service's copy into ours: locks open first and close last.
export function edits() {
  const { model } = state;
  const idOf = (grid) => (grid < 0 ? null : model.grids[grid].grid_id);
  const byTarget = new Map();
  for (let unit = 0; unit < model.nUnits; unit += 1) {
    const to = model.gridOfUnit[unit];
    if (to === known.gridOfUnit[unit]) continue;
    if (!byTarget.has(to)) byTarget.set(to, []);
    byTarget.get(to).push(unit);
  }
  const moved = [...byTarget].map(([to, units]) => ({ kind: 'move_units', units, to: idOf(to) }));
  const kept = new Map();
  for (let shop = 0; shop < model.nShops; shop += 1) {
    const to = model.keptAt[shop];
    if (to === known.keptAt[shop]) continue;
    const reason = model.keptBy.get(shop)?.reason ?? '';
    const group = `${to} ${reason}`;
    if (!kept.has(group)) kept.set(group, { kind: 'move_retailers', retailer_ids: [], to: to === -2 ? null : idOf(to), reason });
    kept.get(group).retailer_ids.push(model.bench.retailer_id[shop]);
  }
  const locks = [...model.locked.keys()].filter((grid) => model.locked[grid] !== known.locked[grid]).map((grid) => ({ kind: 'lock_grid', grid_id: idOf(grid), locked: Boolean(model.locked[grid]) }));
  return [...locks.filter((one) => !one.locked), ...moved, ...kept.values(), ...locks.filter((one) => one.locked)];
}

export const isUnsaved = () => known !== null && edits().length > 0;

function keep() {
  const { model } = state;
  const mine = [];
  for (let unit = 0; unit < model.nUnits; unit += 1) if (model.gridOfUnit[unit] !== known.gridOfUnit[unit]) mine.push([unit, model.gridOfUnit[unit]]);
  const shops = [];
  for (let shop = 0; shop < model.nShops; shop += 1) if (model.keptAt[shop] !== known.keptAt[shop]) shops.push([shop, model.keptAt[shop], model.keptBy.get(shop) ?? null]);
  const locks = [...model.locked.keys()].filter((grid) => model.locked[grid] !== known.locked[grid]).map((grid) => [grid, model.locked[grid]]);
  return writeKept(key(), { revision: known.revision, unitSet: state.draft.unit_set_id, grids: model.grids.map((grid) => grid.grid_id), mine, cells: mine.map(([unit]) => state.ids[unit]), shops, locks, words, history: state.history.pack() });
}

function status(name, values = {}) {
  emit('saved', t(`save_${name}`, values));
}

function soon(after = AFTER_MS) {
  clearTimeout(timer);
  timer = setTimeout(() => save().catch(() => undefined), after);
}

// The service's copy was just read, and nothing of ours differs from it.
export function takeKnown() {
  known = { revision: state.draft.revision, ...snapshot() };
  words = [];
}

// The steps behind the draft are kept in this browser although there is nothing to save.
export const remember = () => keep();

export function startSaving() {
  takeKnown();
  addEventListener('online', () => isOffline && soon(0));
  on('step', (step) => {
    words.push(step.words);
    keep();
    status('unsaved');
    soon();
  });
  on('undone', (step) => {
    words.push(t('step_undone', { step: step.words }));
    keep();
    status(isUnsaved() ? 'unsaved' : 'nothing');
    soon();
  });
}

// Lay what this browser kept over the draft that was just read; gives whether anything was laid.
export async function restore() {
  const kept = await readKept(key());
  const isOther = kept && kept.unitSet !== state.draft.unit_set_id;
  if (!kept || (isOther && state.kind !== 'h3') || kept.grids.join() !== state.model.grids.map((grid) => grid.grid_id).join()) {
    if (kept) dropKept(key());
    return false;
  }
  const isSame = kept.revision === state.draft.revision && !isOther;
  if (isOther) kept.mine = rowsBefore(kept.cells ?? [], state.ids).flatMap((row, unit) => (row < 0 ? [] : [[unit, kept.mine[row][1]]]));
  const isAny = kept.mine.length + kept.shops.length + kept.locks.length > 0;
  if (isSame) state.history = History.unpack(kept.history);
  if (!isAny || state.isReadOnly) return false;
  for (const [unit, grid] of kept.mine) state.model.set(unit, grid);
  for (const [shop, grid, by] of kept.shops) state.model.keep(shop, grid, by);
  for (const [grid, isLocked] of kept.locks) state.model.lock(grid, isLocked);
  known.revision = kept.revision;
  words = kept.words;
  status('restored');
  soon();
  return true;
}

function send(list) {
  const said = [...new Set(words)].join('; ');
  return ask(`/v1/plans/${state.planId}/draft`, {}, {
    method: 'PATCH',
    headers: { 'If-Match': `"${known.revision}"` },
    body: { layer: state.layer, edits: list, step: said.length > MOST_WORDS ? `${said.slice(0, MOST_WORDS)}…` : said },
  });
}

// One writer at a time; gives whether everything is saved.
export async function save() {
  clearTimeout(timer);
  if (running) await running;
  const list = edits();
  if (!list.length) {
    status('nothing');
    return true;
  }
  const sent = snapshot();
  status('running');
  const began = performance.now();
  running = send(list);
  try {
    const done = await running;
    performance.measure('save', { start: began, end: performance.now() });
    if (isOffline) emit('toast', t('save_again'));
    isOffline = false;
    known = { revision: done.revision, ...sent };
    words = [];
    state.draft.revision = done.revision;
    emit('warnings', done.warnings);
    if (done.rebased_over.length) await mergeTheirs(done.rebased_over);
    keep();
    status('done', { time: timeWithSeconds(new Date()) });
    if (isUnsaved()) soon();
    return true;
  } catch (error) {
    return refused(error);
  } finally {
    running = null;
  }
}

function refused(error) {
  if (!(error instanceof Refused)) {
    status('offline');
    if (!isOffline) emit('toast-bad', t('save_offline'));
    isOffline = true;
    soon(AGAIN_MS);
    return false;
  }
  status('failed');
  if (error.status === 409 && error.problem.conflicts) emit('conflict', error.problem.conflicts);
  else emit('save-refused', error);
  return false;
}

// Others edited elsewhere meanwhile: read their draft and keep what is not saved yet on top.
async function mergeTheirs(over) {
  await readAgain(() => true);
  emit('merged', over);
}

// Read the service's draft and lay ours over it, for the units where `isMine` says so.
export async function readAgain(isMine) {
  const { model } = state;
  const mine = [];
  for (let unit = 0; unit < model.nUnits; unit += 1) if (model.gridOfUnit[unit] !== known.gridOfUnit[unit] && isMine('unit', unit)) mine.push([unit, model.gridOfUnit[unit]]);
  const shops = [];
  for (let shop = 0; shop < model.nShops; shop += 1) if (model.keptAt[shop] !== known.keptAt[shop] && isMine('shop', shop)) shops.push([shop, model.keptAt[shop], model.keptBy.get(shop) ?? null]);
  const idOfGrid = model.grids.map((grid) => grid.grid_id);
  const draft = await ask(`/v1/plans/${state.planId}/draft`, { layer: state.layer });
  const positionNow = (grid) => (grid < 0 ? grid : state.model.positionOf.get(idOfGrid[grid]) ?? -1);
  if (draft.unit_set_id !== state.draft.unit_set_id) await takeOtherUnits(mine, shops, positionNow);
  else {
    state.draft = draft;
    model.takeDraft(draft);
    takeKnown();
    for (const [unit, grid] of mine) model.set(unit, positionNow(grid));
    for (const [shop, grid, by] of shops) model.keep(shop, positionNow(grid), by);
  }
  emit('redrawn');
}

// Somebody split cells or united them: what is ours goes along to the parts, the steps behind it cannot.
async function takeOtherUnits(mine, shops, positionNow) {
  const [idsBefore, shopBefore, grid] = [state.ids, state.model.bench.retailer_id, new Map(mine)];
  await state.seatAgain();
  const { model } = state;
  rowsBefore(idsBefore, state.ids).forEach((row, unit) => {
    if (grid.has(row)) model.set(unit, positionNow(grid.get(row)));
  });
  for (const [shop, to, by] of shops) {
    const row = model.rowOfShop.get(shopBefore[shop]);
    if (row !== undefined) model.keep(row, positionNow(to), by);
  }
  state.history = new History();
}

// The service made the draft anew (a job, a rule, a split): nothing of ours is unsaved then.
export async function takeService() {
  words = [];
  await readAgain(() => false);
  keep();
}

export const revision = () => known.revision;
