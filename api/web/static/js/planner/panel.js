// The balance while drawing: the figures above, one row per grid below. Made once, then only its words change.

import { byId, el } from '../dom.js';
import { paintSwatch } from '../patterns.js';
import { deviation, number, percent, t } from '../words.js';
import { emit, state } from './state.js';

const BAND = 2.5; // a bar's half width shows so many tolerances
let rows = [];
let tiles = {};

export function lookOf(grid) {
  return { colour: grid.colour, pattern: byId('show-patterns').checked ? (grid.number - 1) % 6 : 0 };
}

export function makeFigures() {
  const tile = (name, action) => {
    const value = el('strong', {});
    const note = el('small', {});
    const button = action ? el('button', { type: 'button', class: 'link', id: `do-${name}`, onclick: () => emit(action), hidden: true }, t(`do_${name}`)) : null;
    tiles[name] = { value, note, button, box: el('div', { class: 'tile', id: `figure-${name}` }, value, el('span', {}, t(`figure_${name}`)), note, button) };
    return tiles[name].box;
  };
  byId('figures').replaceChildren(tile('balance', 'even-out'), tile('unassigned', 'next-unassigned'), tile('detached', 'repair'), tile('churn'), tile('trios'), tile('route'));
}

export function makeTable() {
  const heads = [['grid'], ['owner'], ['shops', 'figure'], ['minutes', 'figure'], ['deviation', 'bar-head'], ['pieces', 'figure'], ['lock', 'lock-head']];
  const head = el('tr', {}, ...heads.map(([name, kind]) => el('th', { scope: 'col', class: kind, title: name === 'pieces' ? t('table_pieces_title') : null }, t(`table_${name}`))));
  rows = state.model.grids.map((grid, at) => row(grid, at));
  const columns = el('colgroup', {}, ...['82', '', '42', '86', '118', '46', '46'].map((width) => el('col', { width })));
  const table = el('table', { class: 'balance' }, el('caption', {}, t('paint_into')), columns, el('thead', {}, head), el('tbody', {}, ...rows.map((one) => one.line)));
  byId('pane-grids').replaceChildren(table, el('p', { class: 'hint' }, t('table_hint')));
  markTarget();
}

function row(grid, at) {
  const swatch = el('canvas', { width: 30, height: 22, class: 'swatch-canvas', 'aria-hidden': 'true' });
  const choose = el('button', { type: 'button', class: 'row', 'aria-pressed': 'false', onclick: () => emit('target', at), 'aria-label': t('paint_into_grid', { grid: grid.name, owner: grid.staff_name ?? t('vacancy') }) }, el('span', { class: 'swatch-box' }, swatch, el('b', {}, String(grid.number))), el('span', { class: 'grid-name' }, grid.name));
  const lock = el('button', { type: 'button', class: 'lock', onclick: () => emit('lock', at) });
  const cells = { shops: el('td', { class: 'figure' }), minutes: el('td', { class: 'figure' }), pieces: el('td', { class: 'figure' }) };
  const fill = el('i', { class: 'fill' });
  const band = el('i', { class: 'band' });
  band.style.left = `${50 - 50 / BAND}%`;
  band.style.width = `${100 / BAND}%`;
  const share = el('span', { class: 'share' });
  const bar = el('span', { class: 'deviation' }, el('span', { class: 'track', 'aria-hidden': 'true' }, band, fill, el('i', { class: 'zero' })), share);
  const line = el('tr', { 'data-row': at, onclick: (event) => event.target.closest('button') || emit('target', at), ondblclick: () => emit('zoom-grid', at) }, el('td', {}, choose), el('td', { class: grid.staff_name ? 'owner' : 'owner vacant', title: grid.staff_code ?? '' }, grid.staff_name ?? t('vacancy')), cells.shops, cells.minutes, el('td', {}, bar), cells.pieces, el('td', { class: 'lock-cell' }, lock));
  return { line, choose, lock, swatch, cells, fill, share, bar, shown: {} };
}

export function markTarget() {
  rows.forEach(({ line, choose }, at) => {
    line.classList.toggle('chosen', at === state.target);
    choose.setAttribute('aria-pressed', String(at === state.target));
  });
}

// What is written is put into words only when the value behind it changed: most grids do not in most frames.
function write(node, shown, key, value, words) {
  if (shown[key] === value) return;
  shown[key] = value;
  node.textContent = words(value);
}

export function showNumbers(pieces) {
  const { model } = state;
  const { tolerance } = model.draft.rules;
  let worst = 0;
  rows.forEach((own, at) => {
    const share = model.deviation(at);
    worst = Math.max(worst, Math.abs(share));
    const isOut = Math.abs(share) > tolerance + 1e-9;
    const minutes = Math.round(model.minutes[at]);
    write(own.cells.shops, own.shown, 'shops', model.shops[at], number);
    write(own.cells.minutes, own.shown, 'minutes', `${minutes}${routeWords(at)}`, () => number(minutes) + routeWords(at));
    write(own.share, own.shown, 'share', Math.round(share * 1e4), () => deviation(share));
    write(own.cells.pieces, own.shown, 'pieces', pieces.count[at], (n) => (n ? String(n) : '–'));
    if (own.shown.isBroken !== pieces.count[at] > 1) own.cells.pieces.classList.toggle('bad', pieces.count[at] > 1);
    own.shown.isBroken = pieces.count[at] > 1;
    const reach = Math.min(Math.abs(share) / ((tolerance || 0.01) * BAND), 1) * 50;
    const bar = `translateX(50%) scaleX(${(share < 0 ? -reach / 100 : reach / 100).toFixed(3)})`;
    if (own.shown.bar !== bar) own.fill.style.transform = bar;
    own.shown.bar = bar;
    if (own.shown.isOut !== isOut) own.bar.classList.toggle('bad', isOut);
    own.shown.isOut = isOut;
  });
  showFigures(pieces, worst);
}

function routeWords(grid) {
  const route = state.routes.get(grid);
  if (!route) return '';
  const change = Math.round(route.after_min - route.before_min);
  return change ? ` (${change > 0 ? '+' : '−'}${Math.abs(change)})` : '';
}

function showFigures(pieces, worst) {
  const { model } = state;
  const { tolerance, churn_budget: budget } = model.draft.rules;
  const isEven = worst <= tolerance + 1e-9;
  figure('balance', percent(worst), t(isEven ? 'metric_deviation_ok' : 'metric_deviation_bad', { tolerance: percent(tolerance) }), isEven ? 'good' : 'bad');
  figure('unassigned', number(model.nUnassigned), '', model.nUnassigned ? 'bad' : 'good');
  figure('detached', number(pieces.detached.length), '', pieces.detached.length ? 'bad' : 'good');
  const over = budget !== null && model.nMoved > budget;
  figure('churn', number(model.nMoved), budget === null ? t('churn_free') : t(over ? 'churn_over' : 'churn_of', { budget: number(budget) }), over ? 'bad' : '');
  figure('trios', number(model.trios.size), '', '');
  const routes = [...state.routes.values()];
  const change = routes.reduce((sum, route) => sum + route.after_min - route.before_min, 0);
  figure('route', routes.length ? `${change >= 0.5 ? '+' : change <= -0.5 ? '−' : '±'}${number(Math.abs(change))}` : '–', routes.length ? t('route_note') : t('route_none_yet'), '');
  tiles.balance.button.hidden = isEven || state.isReadOnly;
  tiles.unassigned.button.hidden = !model.nUnassigned;
  tiles.detached.button.hidden = !pieces.detached.length || state.isReadOnly;
}

function figure(name, value, note, mood) {
  const tile = tiles[name];
  if (tile.shown === value + note + mood) return;
  tile.shown = value + note + mood;
  tile.value.textContent = value;
  tile.note.textContent = note;
  tile.box.className = `tile ${mood}`;
}

export function showLooks() {
  const { model } = state;
  rows.forEach((own, at) => {
    paintSwatch(own.swatch, lookOf(model.grids[at]));
    const isLocked = Boolean(model.locked[at]);
    own.lock.setAttribute('aria-pressed', String(isLocked));
    own.lock.setAttribute('aria-label', t(isLocked ? 'unlock_grid' : 'lock_grid', { grid: model.grids[at].name }));
    own.lock.title = own.lock.getAttribute('aria-label');
    own.lock.disabled = state.isReadOnly;
    own.lock.replaceChildren(icon(isLocked ? 'lock' : 'open'));
    own.line.classList.toggle('locked', isLocked);
  });
}

export function icon(name) {
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  drawn.setAttribute('class', 'icon');
  drawn.setAttribute('aria-hidden', 'true');
  drawn.setAttribute('viewBox', '0 0 24 24');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `/static/icons.svg#${name}`);
  drawn.append(use);
  return drawn;
}

export function focusTarget() {
  rows[state.target]?.choose.focus();
}
