// Save what differs from the service's copy: by itself half a minute after the last stroke, or when asked.

import { Refused, ask } from '../ask.js';
import { t, timeWithSeconds } from '../words.js';
import { rowsBefore } from './cells.js';
import { History } from './history.js';
import { dropKept, readKept, writeKept } from './kept.js';
import { emit, on, state } from './state.js';

const AFTER_MS = 30_000;
const AGAIN_MS = 8_000;
const STROKE_MS = 50;
const MOST_WORDS = 480;
const NOBODY_THERE = new Set([502, 503, 504]); // the service starts anew, or what stands before it has lost it

let known = null; // what the service has: {revision, gridOfUnit, keptAt, locked}
let words = [];
let timer = 0;
let running = Promise.resolve(true);
let isUnanswered = false; // the last try met nobody
let theirs = []; // what others changed in the draft and we have not read yet
let design = null; // the copy whose proposal was accepted: its travel and certificate follow its cells

const key = () => `${state.planId} ${state.layer}`;

function snapshot() {
  const { model } = state;
  return { gridOfUnit: model.gridOfUnit.slice(), keptAt: model.keptAt.slice(), locked: model.locked.slice() };
}

function differing(now, before) {
  const found = [];
  for (let at = 0; at < now.length; at += 1) if (now[at] !== before[at]) found.push(at);
  return found;
}

// What differs from the service's copy, and what it became.
function ours() {
  const { model } = state;
  return {
    mine: differing(model.gridOfUnit, known.gridOfUnit).map((unit) => [unit, model.gridOfUnit[unit]]),
    shops: differing(model.keptAt, known.keptAt).map((shop) => [shop, model.keptAt[shop], model.keptBy.get(shop) ?? null]),
    locks: differing(model.locked, known.locked).map((grid) => [grid, model.locked[grid]]),
  };
}

// The edits that make the service's copy into ours: locks open first and close last.
export function edits() {
  const { model } = state;
  const { mine, shops, locks } = ours();
  const idOf = (grid) => (grid < 0 ? null : model.grids[grid].grid_id);
  const moved = new Map();
  for (const [unit, to] of mine) {
    if (!moved.has(to)) moved.set(to, { kind: 'move_units', units: [], to: idOf(to) });
    moved.get(to).units.push(unit);
  }
  const kept = new Map();
  for (const [shop, to, by] of shops) {
    const reason = by?.reason ?? '';
    const group = `${to} ${reason}`;
    if (!kept.has(group)) kept.set(group, { kind: 'move_retailers', retailer_ids: [], to: to === -2 ? null : idOf(to), reason });
    kept.get(group).retailer_ids.push(model.bench.retailer_id[shop]);
  }
  const turned = locks.map(([grid, isLocked]) => ({ kind: 'lock_grid', grid_id: idOf(grid), locked: Boolean(isLocked) }));
  return [...turned.filter((one) => !one.locked), ...moved.values(), ...kept.values(), ...turned.filter((one) => one.locked)];
}

export const isUnsaved = () => known !== null && edits().length > 0;

function keep() {
  const own = ours();
  return writeKept(key(), { revision: known.revision, unitSet: state.draft.unit_set_id, grids: state.model.grids.map((grid) => grid.grid_id), ...own, cells: own.mine.map(([unit]) => state.ids[unit]), words, history: state.history.pack() });
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
  theirs = [];
}

// The steps behind the draft are kept in this browser although there is nothing to save.
export const remember = () => keep();

export function startSaving() {
  takeKnown();
  addEventListener('online', () => isUnanswered && soon(0));
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

// One writer at a time, each with what the one before left behind; gives whether everything is saved.
export function save() {
  clearTimeout(timer);
  running = running.then(saveNow, saveNow);
  return running;
}

async function saveNow() {
  const list = edits();
  if (!list.length && !theirs.length && !design) {
    status('nothing');
    return true;
  }
  status('running');
  try {
    if (list.length) await sendOurs(list);
    if (isUnanswered) emit('toast', t('save_again'));
    isUnanswered = false;
    if (theirs.length) await mergeTheirs();
    if (design) await takeDesign();
    keep();
    status('done', { time: timeWithSeconds(new Date()) });
    if (isUnsaved()) soon();
    return true;
  } catch (error) {
    return refused(error);
  }
}

// Save a proposal that was accepted, and take what its copy learnt with it.
export function saveDesign(copy) {
  design = copy;
  return save();
}

// The service gives it to a draft that has the copy's grids, and refuses one in which somebody drew something else.
async function takeDesign() {
  const copy = design;
  const base = `/v1/plans/${state.planId}`;
  try {
    const done = await ask(`${base}/draft:take-design`, {}, { method: 'POST', body: { layer: state.layer, plan_id: copy } });
    const bench = await ask(`${base}/bench`, { layer: state.layer });
    if (done.revision === known.revision + 1) known.revision = state.draft.revision = done.revision;
    if (bench.unit_set_id === state.draft.unit_set_id) {
      state.model.takeMinutes(bench.minutes);
      emit('recounted');
    }
    emit('warnings', done.warnings);
  } catch (error) {
    if (!(error instanceof Refused) || NOBODY_THERE.has(error.status)) throw error;
  }
  design = null;
}

async function sendOurs(list) {
  const sent = snapshot();
  const began = performance.now();
  const done = await send(list);
  performance.measure('save', { start: began, end: performance.now() });
  known = { revision: done.revision, ...sent };
  words = [];
  theirs.push(...done.rebased_over);
  state.draft.revision = done.revision;
  emit('warnings', done.warnings);
}

function refused(error) {
  if (!(error instanceof Refused) || NOBODY_THERE.has(error.status)) {
    status('unanswered');
    if (!isUnanswered) emit('toast-bad', t('save_unanswered'));
    isUnanswered = true;
    soon(AGAIN_MS);
    return false;
  }
  status('failed');
  if (error.status === 409 && error.problem.conflicts) emit('conflict', error.problem.conflicts);
  else emit('save-refused', error);
  return false;
}

// Others edited elsewhere meanwhile: read their draft and keep what is not saved yet on top. When it cannot be read now,
// the next save tries again: what they did must not be painted over by somebody who does not see it.
async function mergeTheirs() {
  const over = theirs;
  await readAgain(() => true);
  emit('merged', over);
}

// Read the service's draft and lay ours over it, for the units, shops and grids where `isMine` says so.
export async function readAgain(isMine) {
  const draft = await ask(`/v1/plans/${state.planId}/draft`, { layer: state.layer });
  if (draft.unit_set_id === state.draft.unit_set_id) layOver(isMine, state.model.inMyColours(draft));
  else await takeOtherUnits(isMine);
  emit('redrawn');
}

// What is ours is looked up when the draft is there: a hand goes on painting meanwhile.
function layOver(isMine, draft) {
  const { model } = state;
  const own = ours();
  const positionNow = positionsOf(model);
  state.draft = draft;
  model.takeDraft(draft);
  takeKnown();
  for (const [unit, grid] of own.mine) if (isMine('unit', unit)) model.set(unit, positionNow(grid));
  for (const [shop, grid, by] of own.shops) if (isMine('shop', shop)) model.keep(shop, positionNow(grid), by);
  layLocks(own.locks.filter(([grid]) => isMine('grid', grid)), positionNow);
}

// Gives where a grid of the model as it is now stands in the state's model later; below zero stays what it is.
function positionsOf(model) {
  const ids = model.grids.map((grid) => grid.grid_id);
  return (grid) => (grid < 0 ? grid : state.model.positionOf.get(ids[grid]) ?? -1);
}

function layLocks(locks, positionNow) {
  for (const [grid, isLocked] of locks) if (positionNow(grid) >= 0) state.model.lock(positionNow(grid), isLocked);
}

// Somebody split cells or united them: what is ours goes along to the parts, the steps behind it cannot.
async function takeOtherUnits(isMine) {
  const wasRecutting = state.isRecutting;
  state.isRecutting = true;
  try {
    while (state.isPainting()) await new Promise((go) => { setTimeout(go, STROKE_MS); });
    const own = ours();
    const positionNow = positionsOf(state.model);
    const [idsBefore, shopBefore] = [state.ids, state.model.bench.retailer_id];
    const grid = new Map(own.mine.filter(([unit]) => isMine('unit', unit)));
    const shops = own.shops.filter(([shop]) => isMine('shop', shop));
    const locks = own.locks.filter(([one]) => isMine('grid', one));
    await state.seatAgain();
    const { model } = state;
    rowsBefore(idsBefore, state.ids).forEach((row, unit) => {
      if (grid.has(row)) model.set(unit, positionNow(grid.get(row)));
    });
    for (const [shop, to, by] of shops) {
      const row = model.rowOfShop.get(shopBefore[shop]);
      if (row !== undefined) model.keep(row, positionNow(to), by);
    }
    layLocks(locks, positionNow);
    state.history = new History();
  } finally {
    state.isRecutting = wasRecutting;
  }
}

// The service made the draft anew (a job, a rule, a split): nothing of ours is unsaved then.
export async function takeService() {
  words = [];
  await readAgain(() => false);
  keep();
}

export const revision = () => known.revision;
