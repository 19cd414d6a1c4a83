// Why a grid is as it is: where its minutes come from, which shops ask most, and what limits it.

import { ask } from '../ask.js';
import { byId, el } from '../dom.js';
import { deviation, number, oneDecimal, percent, t } from '../words.js';
import { emit, on, state } from './state.js';

const MOST_SHOPS = 10;
let isListening = false;
let turn = 0;

export async function showWhy() {
  if (!isListening) on('target', () => byId('pane-why').hidden || showWhy());
  isListening = true;
  turn += 1;
  const own = turn;
  const pane = byId('pane-why');
  const { model, target } = state;
  const grid = model.grids[target];
  const shops = [];
  for (let shop = 0; shop < model.nShops; shop += 1) if (model.gridOfShop(shop) === target) shops.push(shop);
  const parts = el('div', { class: 'parts', 'aria-busy': 'true' }, el('p', { class: 'muted' }, t('loading')));
  const engine = el('div', {});
  pane.replaceChildren(
    el('p', { class: 'headline' }, headline()),
    el('h2', {}, t('why_grid', { grid: grid.name, owner: grid.staff_name ?? t('vacancy') })),
    el('p', {}, t('why_load', { minutes: number(model.minutes[target]), mean: number(model.mean), share: deviation(model.deviation(target)) })),
    parts,
    engine,
    el('h2', {}, t('why_top')),
    topShops(shops),
    el('h2', {}, t('why_limits')),
    limits(target),
  );
  try {
    const found = await ask('/v1/estimates/route-minutes', {}, { method: 'POST', body: { layer: state.layer, grids: [{ key: 'grid', retailers: shops.map((shop) => model.bench.retailer_id[shop]), staff: grid.staff_id ?? undefined }] } });
    if (own === turn) parts.replaceChildren(...components(found));
  } catch (error) {
    if (own === turn) parts.replaceChildren(el('p', { class: 'bad' }, t('failed', { words: error.message })));
  }
  parts.removeAttribute('aria-busy');
}

// One sentence for the whole layer: how even, how much changes, what stands in the way.
function headline() {
  const { model } = state;
  const order = [...model.grids.keys()].sort((a, b) => Math.abs(model.deviation(b)) - Math.abs(model.deviation(a)));
  const worst = order[0];
  const { tolerance } = model.draft.rules;
  const isEven = Math.abs(model.deviation(worst)) <= tolerance;
  return t(isEven ? 'why_headline_even' : 'why_headline_uneven', { grid: model.grids[worst].name, share: deviation(model.deviation(worst)), tolerance: percent(tolerance), moved: number(model.nMoved), trios: number(model.trios.size) });
}

function components(found) {
  const [grid] = found.grids;
  const rows = [['why_service', grid.service_min_per_day], ['why_travel', grid.travel_min_per_day]];
  const most = Math.max(...rows.map(([, minutes]) => minutes), 1);
  const list = rows.map(([key, minutes]) => {
    const bar = el('i', { class: 'part-bar' });
    bar.style.width = `${(100 * minutes) / most}%`;
    return el('tr', {}, el('th', { scope: 'row' }, t(key)), el('td', { class: 'figure' }, number(minutes)), el('td', {}, bar));
  });
  const stops = el('tr', {}, el('th', { scope: 'row' }, t('why_stops')), el('td', { class: 'figure' }, oneDecimal(grid.stops_per_day)), el('td', {}));
  const known = found.mean_error_share === null ? t('why_uncalibrated') : t('why_calibrated', { n: number(found.n_samples), error: percent(found.mean_error_share) });
  return [el('table', { class: 'parts-table' }, el('caption', {}, t('why_parts')), el('tbody', {}, ...list, stops)), el('p', { class: 'hint' }, known)];
}

function topShops(shops) {
  const { bench } = state.model;
  const top = shops.sort((a, b) => bench.minutes[b] - bench.minutes[a]).slice(0, MOST_SHOPS);
  if (!top.length) return el('p', { class: 'muted' }, t('why_no_shops'));
  return el('ol', { class: 'plain' }, ...top.map((shop) => el('li', {}, el('button', { type: 'button', class: 'finding shop-row', onclick: () => emit('zoom-units', [bench.unit[shop]]) }, el('span', {}, bench.name[shop]), el('small', {}, t('shop_card', { tier: bench.tier[shop], star: bench.star[shop], minutes: oneDecimal(bench.minutes[shop]) }))))));
}

// What holds the grid: a lock, pins, the edge of the district, barriers; and which neighbour could give or take.
function limits(target) {
  const { model } = state;
  const { start, items } = model.neighbours;
  const border = new Map();
  let barred = 0;
  for (let unit = 0; unit < model.nUnits; unit += 1) {
    if (model.gridOfUnit[unit] !== target) continue;
    const open = new Set();
    for (let at = start[unit]; at < start[unit + 1]; at += 1) open.add(items[at]);
    for (const other of model.disc(unit, 1)) {
      const grid = model.gridOfUnit[other];
      if (grid === target || grid < 0) continue;
      if (!open.has(other)) barred += 1;
      else border.set(grid, (border.get(grid) ?? 0) + 1);
    }
  }
  const rows = [...border].sort((a, b) => b[1] - a[1]).map(([grid, n]) => el('li', {}, t(model.locked[grid] ? 'why_neighbour_locked' : 'why_neighbour', { grid: model.grids[grid].name, n: number(n), share: deviation(model.deviation(grid)) })));
  const pins = model.draft.rules.pins.filter((pin) => model.positionOf.get(pin.grid_id) === target).length;
  const own = [
    model.locked[target] ? el('li', {}, t('why_locked')) : null,
    pins ? el('li', {}, t('why_pins', { n: number(pins) })) : null,
    barred ? el('li', {}, t('why_barrier', { n: number(barred) })) : null,
  ].filter(Boolean);
  return el('ul', { class: 'facts-list' }, ...own, ...(rows.length ? rows : [el('li', {}, t('why_alone'))]));
}
