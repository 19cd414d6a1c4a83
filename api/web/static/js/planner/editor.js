// The grid editor: one layer of a draft, drawn by brush with live consequences.

import { ask } from '../ask.js';
import { byId, el, say } from '../dom.js';
import { number, setup, t } from '../words.js';
import { showChecks } from './check.js';
import { showConflict, showRefused } from './conflict.js';
import { closeDialog, showDialog } from './dialog.js';
import { showEngine } from './engine.js';
import { estimateFirst, estimateSoon } from './estimate.js';
import { evenOut } from './even_out.js';
import { History } from './history.js';
import { makeHover } from './hover.js';
import { listenToKeys, showKeys } from './keys.js';
import { makeMap } from './ground.js';
import { Model, neighboursOf } from './model.js';
import { focusTarget, lookOf, makeFigures, makeTable, markTarget, showLooks, showNumbers } from './panel.js';
import { isUnsaved, restore, save, startSaving, takeKnown } from './saver.js';
import { askSplit, travelSplit } from './split.js';
import { emit, on, state } from './state.js';
import { gridWords } from './steps.js';
import { Stroke } from './stroke.js';
import { makeTools } from './tools.js';
import { showWhy } from './why.js';

const TOAST_MS = 6000;
const DETACHED_MS = 200;
const NUMBERS_MS = 40; // the table follows a stroke so often: nobody reads faster, and the brush has the other frames

Object.assign(state, { planId: setup.plan.plan_id, layer: setup.layer, isReadOnly: !setup.is_editable, layers: setup.plan.layers, seatAgain, isPainting: () => Boolean(tools?.isBusy()) });
const ground = makeMap();
const { map, units, marks, brush, shops, outlines, labels } = ground;
// for whoever drives the page from outside: tests and the benchmark
window.gridsvcMap = { map, shapes: () => units.index.shapes };
let tools = null;
let frame = 0;
let numbersAt = 0;
let toastTimer = 0;
let detachedTimer = 0;
const panes = { check: showChecks, engine: showEngine, why: showWhy };

function toast(words, isBad = false) {
  const box = byId('toast');
  box.textContent = words;
  box.classList.toggle('bad', isBad);
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, TOAST_MS);
}

function numbers() {
  frame = 0;
  numbersAt = performance.now();
  const pieces = state.model.pieces();
  state.pieces = pieces;
  showNumbers(pieces);
  detachedTimer ||= setTimeout(showDetached, DETACHED_MS);
}

// Outlines of detached parts follow a few times a second: drawing them at every frame would slow the brush.
function showDetached() {
  detachedTimer = 0;
  const units = (state.pieces?.detached ?? []).flatMap((part) => state.model.partOf(part.seed));
  const shown = units.join();
  if (shown === state.detachedShown) return;
  state.detachedShown = shown;
  marks.show({ detached: units });
}

function numbersSoon() {
  frame ||= requestAnimationFrame(() => {
    const wait = tools?.isBusy() ? NUMBERS_MS - (performance.now() - numbersAt) : 0;
    if (wait > 4) setTimeout(() => requestAnimationFrame(numbers), wait - 4);
    else numbers();
  });
}

function redraw() {
  const looks = state.model.grids.map(lookOf);
  units.setGrids(state.model.gridOfUnit, looks);
  marks.show({ looks });
  shops.soon();
  labels.show();
  showLooks();
  state.detachedShown = null;
  numbersSoon();
  showSteps();
}

function showSteps() {
  const { done, undone } = state.history;
  const undo = byId('undo');
  const redo = byId('redo');
  undo.disabled = state.isReadOnly || !done.length;
  redo.disabled = state.isReadOnly || !undone.length;
  undo.title = done.length ? t('undo_step', { step: done[done.length - 1].words }) : t('undo');
  redo.title = undone.length ? t('redo_step', { step: undone[undone.length - 1].words }) : t('redo');
  byId('save').disabled = state.isReadOnly || !isUnsaved();
}

function travel(direction) {
  if (state.isReadOnly || tools.isBusy() || state.preview || state.isRecutting) return;
  const next = state.history[direction < 0 ? 'done' : 'undone'].at(-1);
  if (next?.split) {
    travelSplit(next, direction).then((isDone) => isDone && sayTravelled(next, direction));
    return;
  }
  const began = performance.now();
  const found = direction < 0 ? state.history.undo(state.model) : state.history.redo(state.model);
  if (!found) return;
  units.change(found.changed);
  if (found.step.locks.size) showLooks();
  if (found.step.shops.size) shops.soon();
  numbers();
  performance.measure('undo', { start: began, end: performance.now() });
  emit('undone', found.step);
  estimateSoon(found.step);
  showSteps();
  sayTravelled(found.step, direction);
}

function sayTravelled(step, direction) {
  const words = t(direction < 0 ? 'undid' : 'redid', { step: step.words });
  toast(words);
  say(words);
}

function setTool(name) {
  state.tool = name;
  for (const button of document.querySelectorAll('[data-tool]')) button.setAttribute('aria-pressed', String(button.dataset.tool === name));
  map.dragging[name === 'pan' ? 'enable' : 'disable']();
  map.getContainer().dataset.using = name;
  brush.hide();
  showTarget();
}

function setTarget(grid) {
  state.target = grid;
  markTarget();
  showTarget();
  say(t('target_now', { grid: gridWords(grid), owner: state.model.grids[grid]?.staff_name ?? t('vacancy') }));
}

function showTarget() {
  const grid = state.model?.grids[state.target];
  const box = byId('target');
  if (!grid) return;
  const swatch = el('b', { class: 'swatch' }, String(grid.number));
  swatch.style.backgroundColor = grid.colour;
  const words = state.tool === 'eraser' ? [t('target_eraser')] : [t('target'), ' ', swatch, ` ${grid.name} · ${grid.staff_name ?? t('vacancy')}`];
  box.replaceChildren(...(state.isReadOnly ? [t('read_only')] : words));
  box.classList.toggle('read-only', state.isReadOnly);
}

function setSize(size) {
  state.size = Math.max(0, Math.min(6, size));
  byId('size').value = String(state.size);
  byId('size-shown').textContent = String(state.size + 1);
}

function toggleLock(grid) {
  if (state.isReadOnly || state.isRecutting) return;
  const stroke = new Stroke('');
  const isLocked = !state.model.locked[grid];
  stroke.step.lock(state.model, grid, isLocked);
  stroke.step.words = t(isLocked ? 'step_lock' : 'step_unlock', { grid: gridWords(grid) });
  stroke.finish();
  showLooks();
  labels.show();
  say(stroke.step.words);
}

function repair() {
  if (state.isRecutting) return;
  const moves = state.model.repairs();
  if (!moves.size) {
    toast(t('repair_nothing'), true);
    return;
  }
  const stroke = new Stroke('');
  const changed = [];
  for (const [unit, grid] of moves) changed.push(...stroke.paint([unit], grid));
  stroke.step.words = t('step_repair', { n: number(changed.length) });
  units.change(changed);
  emit('painted', changed);
  stroke.finish();
}

async function followUp() {
  if (state.isReadOnly || state.isRecutting || state.preview || tools.isBusy()) return;
  const found = await evenOut();
  if (!found) return;
  if (found.moves) {
    const stroke = new Stroke(t('step_even_out', { n: number(found.moves.size) }));
    const changed = [];
    for (const [unit, grid] of found.moves) if (stroke.step.move(state.model, unit, grid)) changed.push(unit);
    units.change(changed);
    emit('painted', changed);
    stroke.finish();
  }
  toast(found.words, !found.moves);
  say(found.words);
}

let nextAt = -1;
function nextUnassigned() {
  const { gridOfUnit, nUnits, nUnassigned } = state.model;
  if (!nUnassigned) {
    toast(t('unassigned_none'));
    return;
  }
  for (let step = 1; step <= nUnits; step += 1) {
    const unit = (nextAt + step) % nUnits;
    if (gridOfUnit[unit] < 0) {
      nextAt = unit;
      ground.zoomTo([unit]);
      setCursor(unit);
      return;
    }
  }
}

let detachedAt = -1;
function nextDetached() {
  const { detached } = state.pieces ?? { detached: [] };
  if (!detached.length) {
    toast(t('detached_none'));
    return;
  }
  detachedAt = (detachedAt + 1) % detached.length;
  const part = state.model.partOf(detached[detachedAt].seed);
  ground.zoomTo(part);
  setCursor(part[0]);
}

function setCursor(unit) {
  state.cursor = unit;
  marks.show({ cursor: unit });
  if (unit < 0) return;
  const { x, y } = units.index.shapes[unit];
  ground.showPoint(x, y);
  say(cursorWords(unit));
}

function cursorWords(unit) {
  const { model } = state;
  const { start } = model.shopsOfUnit;
  return t('cursor_at', { grid: gridWords(model.gridOfUnit[unit]), n: start[unit + 1] - start[unit], office: model.bench.offices[model.bench.office_of_unit[unit]] ?? '' });
}

function chooseShop(shop) {
  const { model } = state;
  const grid = state.target;
  const home = model.gridOfUnit[model.bench.unit[shop]];
  if (model.locked[grid] || (home >= 0 && model.locked[home])) {
    emit('refused', [{ key: model.locked[grid] ? 'refused_target_locked' : 'refused_locked', grid: model.locked[grid] ? grid : home, n: 1 }]);
    return;
  }
  const isBack = home === grid || model.gridOfShop(shop) === grid;
  const finish = (reason) => {
    const stroke = new Stroke('');
    stroke.step.keep(model, shop, isBack ? -2 : grid, isBack ? null : { staff: model.staffOf[grid], reason });
    stroke.step.words = t(isBack ? 'step_shop_back' : 'step_shop', { shop: model.bench.name[shop], grid: gridWords(isBack ? home : grid) });
    stroke.finish();
    shops.soon();
    numbersSoon();
  };
  if (isBack) {
    finish('');
    return;
  }
  const reason = el('input', { id: 'reason', maxlength: 200, required: true, autocomplete: 'off' });
  const form = el('form', { method: 'dialog', onsubmit: () => finish(reason.value.trim()) }, el('p', {}, t('shop_words', { shop: model.bench.name[shop], grid: gridWords(grid), owner: model.grids[grid].staff_name ?? t('vacancy') })), el('label', { for: 'reason' }, t('reason')), reason, el('div', { class: 'actions' }, el('button', { class: 'primary' }, t('confirm')), el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel'))));
  showDialog(t('tool_shop'), form);
  reason.focus();
}

function showSide(name) {
  for (const tab of document.querySelectorAll('[data-side]')) {
    const isChosen = tab.dataset.side === name;
    tab.setAttribute('aria-selected', String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    byId(`pane-${tab.dataset.side}`).hidden = !isChosen;
  }
  panes[name]?.();
}

function listen() {
  on('painted', numbersSoon);
  on('step', (step) => {
    showSteps();
    estimateSoon(step);
    say(step.words);
    labels.showSoon();
  });
  on('saved', (words) => {
    byId('saved').textContent = words;
    showSteps();
  });
  on('routes', numbersSoon);
  on('target', setTarget);
  on('lock', toggleLock);
  on('repair', repair);
  on('even-out', followUp);
  on('next-unassigned', nextUnassigned);
  on('next-detached', nextDetached);
  on('shop', chooseShop);
  on('noshop', () => toast(t('shop_none')));
  on('readonly', () => toast(t('read_only')));
  on('limited', (n) => toast(t('refused_limit', { n: number(n) })));
  on('refused', (list) => toast(list.map((one) => t(one.key, { n: number(one.n), grid: gridWords(one.grid) })).join(' '), true));
  on('split', askSplit);
  on('recut', (step) => {
    redraw();
    say(step.words);
  });
  on('redraw-shops', () => shops.soon());
  on('toast-bad', (words) => toast(words, true));
  on('conflict', showConflict);
  on('save-refused', showRefused);
  on('merged', (over) => toast(t('merged', { by: [...new Set(over.map((one) => one.by))].join(t('list_comma')) })));
  on('redrawn', () => {
    makeTable();
    redraw();
  });
  on('zoom', (step) => map.setZoom(map.getZoom() + step * 0.5));
  on('zoom-units', ground.zoomTo);
  on('zoom-grid', (grid) => ground.zoomTo([...state.model.gridOfUnit.keys()].filter((unit) => state.model.gridOfUnit[unit] === grid)));
  on('toast', (words) => toast(words));
  on('side', showSide);
  on('preview', (preview) => {
    state.preview = preview;
    marks.show({ moved: preview ? preview.moves : new Map() });
  });
  on('recounted', () => {
    numbersSoon();
    labels.show();
  });
  on('accept', ({ moves, words }) => {
    const stroke = new Stroke('');
    const changed = [];
    for (const [unit, grid] of moves) if (stroke.step.move(state.model, unit, grid)) changed.push(unit);
    stroke.step.words = words;
    units.change(changed);
    emit('painted', changed);
    stroke.finish();
  });
  for (const button of document.querySelectorAll('[data-tool]')) button.addEventListener('click', () => setTool(button.dataset.tool));
  for (const tab of document.querySelectorAll('[data-side]')) tab.addEventListener('click', () => showSide(tab.dataset.side));
  byId('size').addEventListener('input', (event) => setSize(Number(event.target.value)));
  byId('limit').addEventListener('change', (event) => { state.limit = event.target.value; });
  byId('undo').addEventListener('click', () => travel(-1));
  byId('redo').addEventListener('click', () => travel(1));
  byId('save').addEventListener('click', () => save());
  byId('keys').addEventListener('click', showKeys);
  byId('show-patterns').addEventListener('change', redraw);
  byId('show-shops').addEventListener('change', (event) => ground.showShops(event.target.checked));
  byId('show-basemap').addEventListener('change', (event) => ground.showBasemap(event.target.checked));
  byId('finish').addEventListener('click', async (event) => {
    if (!isUnsaved()) return;
    event.preventDefault();
    if (await save()) location.assign(event.target.href);
  });
  byId('dialog').addEventListener('click', (event) => event.target === byId('dialog') && closeDialog());
  listenToKeys({ setTool, setSize, setTarget, setCursor, travel, focusTarget, units, tools });
}

function showLimits() {
  const { bench } = state.model;
  const used = new Set(bench.office_of_unit);
  const select = byId('limit');
  const chosen = select.selectedOptions[0].text;
  select.length = 2; // everything, what nobody has; then the offices of these units
  select.append(...bench.offices.flatMap((name, at) => (used.has(at) ? [el('option', { value: String(at) }, t('limit_office', { name }))] : [])));
  select.selectedIndex = Math.max(0, [...select.options].findIndex((option) => option.text === chosen));
  state.limit = select.value;
}

function showOutlineChoices() {
  const dashes = [[8, 5], [2, 4]];
  const colours = ['#5b2a86', '#7a3b00'];
  const { others } = state.model.bench;
  const chosen = new Set();
  byId('outline-choices').replaceChildren(
    ...others.map((other, at) => el('label', {}, el('input', { type: 'checkbox', 'data-outline': other.layer, onchange: (event) => {
      chosen[event.target.checked ? 'add' : 'delete'](at);
      outlines.setLayers([...chosen].map((one) => ({ gridOfUnit: others[one].grid_of_unit, colour: colours[one], dash: dashes[one] })));
    } }), el('i', { class: `key outline-${at}` }), t('outline_of', { layer: t(`layer_${other.layer}`) }))),
  );
}

async function read(unitSetId) {
  const base = `/v1/plans/${state.planId}`;
  const parts = [ask(`${base}/draft`, { layer: state.layer }), ask(`/v1/unit-sets/${unitSetId}`), ask(`${base}/bench`, { layer: state.layer })];
  const [draft, shapes, bench] = await Promise.all(parts);
  return draft.unit_set_id === unitSetId && bench.unit_set_id === unitSetId ? { draft, shapes, bench } : read(draft.unit_set_id);
}

// Put the editor on units: their shapes, what they are counted with, and the draft over them.
function seat({ draft: read, shapes, bench }) {
  const draft = state.model ? state.model.inMyColours(read) : read;
  Object.assign(state, { draft, ids: shapes.ids, kind: shapes.kind });
  units.setShapes(shapes);
  marks.setShapes(units.index.shapes);
  outlines.setShapes(units);
  state.model = new Model({ bench, edges: shapes.edges, draft });
  state.model.setTouching(neighboursOf(units.pairs, state.model.nUnits));
  shops.setBench(bench, state.model);
}

// Cells were split or united: rows name other units now.
async function seatAgain() {
  const found = await read(state.draft.unit_set_id);
  closeDialog(); // what it asks about has another row
  seat(found);
  takeKnown();
  setCursor(-1);
  brush.hide();
  outlines.setLayers([]);
  makeTable();
  showLimits();
  showOutlineChoices();
  redraw();
}

async function begin() {
  seat(await read(setup.plan.unit_set_id));
  state.history = new History();
  makeFigures();
  makeTable();
  showLimits();
  showOutlineChoices();
  ground.showLegend();
  tools = makeTools({ map, units, marks, brush, shops });
  listen();
  startSaving();
  const isRestored = await restore();
  redraw();
  emit('warnings', state.draft.warnings);
  for (const button of document.querySelectorAll('[data-tool]')) button.disabled = state.isReadOnly && button.dataset.tool !== 'pan';
  setTool(state.isReadOnly ? 'pan' : 'brush');
  setTarget(0);
  setSize(1);
  makeHover({ map, shops, hasShops: ground.hasShops });
  numbers();
  if (isRestored) toast(t('save_restored'));
  requestAnimationFrame(() => requestAnimationFrame(() => {
    document.body.dataset.painted = String(state.draft.revision);
    performance.mark('painted');
    estimateFirst().catch(() => undefined);
  }));
}

begin().catch((error) => {
  byId('pane-grids').replaceChildren(el('p', { class: 'empty bad' }, t('failed', { words: error.message })), el('p', { class: 'empty' }, el('button', { type: 'button', class: 'primary', onclick: () => location.reload() }, t('again'))));
  document.body.dataset.failed = '1';
});
