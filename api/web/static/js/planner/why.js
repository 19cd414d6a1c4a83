// Why a grid is as it is: where its minutes come from, which shops ask most, and what limits it.

import { ask } from '../ask.js';
import { byId, el } from '../dom.js';
import { cancelJob, followJob } from '../job.js';
import { reasonWords } from '../reasons.js';
import { deviation, number, oneDecimal, percent, t } from '../words.js';
import { isUnsaved, save } from './saver.js';
import { emit, on, state } from './state.js';

const MOST_SHOPS = 10;
let isListening = false;
let turn = 0;
let priced = null; // what lifting each rule gives: {revision, prices, headline}, or {job} while it is computed

let timer = 0;
function showSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => byId('pane-why').hidden || showWhy(), 120);
}

export async function showWhy() {
  if (!isListening) for (const name of ['target', 'saved', 'redrawn']) on(name, () => byId('pane-why').hidden || showSoon());
  isListening = true;
  turn += 1;
  const own = turn;
  const pane = byId('pane-why');
  const { model, target } = state;
  const grid = model.grids[target];
  const shops = [];
  for (let shop = 0; shop < model.nShops; shop += 1) if (model.gridOfShop(shop) === target) shops.push(shop);
  const parts = el('div', { class: 'parts', 'aria-busy': 'true' }, el('p', { class: 'muted' }, t('loading')));
  const binding = el('div', {});
  const sentence = el('p', { class: 'muted', hidden: true });
  pane.replaceChildren(
    el('p', { class: 'headline' }, headline()),
    sentence,
    el('h2', {}, t('why_grid', { grid: grid.name, owner: grid.staff_name ?? t('vacancy') })),
    el('p', {}, t('why_load', { minutes: number(model.minutes[target]), mean: number(model.mean), share: deviation(model.deviation(target)) })),
    parts,
    el('h2', {}, t('why_top')),
    topShops(shops),
    el('h2', {}, t('why_limits')),
    binding,
    limits(target),
    prices(),
  );
  const sets = [{ key: 'grid', retailers: shops.map((shop) => model.bench.retailer_id[shop]), staff: grid.staff_id ?? undefined }];
  try {
    const [found, explained] = await Promise.all([
      ask('/v1/estimates/route-minutes', {}, { method: 'POST', body: { layer: state.layer, grids: sets } }),
      ask(`/v1/plans/${state.planId}/explanation`, { layer: state.layer }),
    ]);
    if (own !== turn) return;
    const [layer] = explained.items;
    const known = layer.grids.find((one) => one.grid_id === grid.grid_id);
    sentence.textContent = inWords((priced?.revision === layer.revision && priced.headline) || layer.headline);
    sentence.hidden = false;
    parts.replaceChildren(...components(found, known));
    binding.replaceChildren(...bindingRules(known));
  } catch (error) {
    if (own === turn) parts.replaceChildren(el('p', { class: 'bad' }, t('failed', { words: error.message })));
  }
  parts.removeAttribute('aria-busy');
}

const inWords = (words) => words[document.documentElement.lang.startsWith('zh') ? 'zh' : 'en'];

// The rules of the plan that stand along this grid's borders, the one that costs most first.
function bindingRules(known) {
  if (!known?.limits.length) return [el('p', {}, t('why_no_rule'))];
  return [el('ol', { class: 'facts-list' }, ...known.limits.map((limit, at) => el('li', {}, at ? inWords(limit.words) : el('strong', {}, inWords(limit.words)))))];
}

// What lifting a lock, a barrier, a pin or a tolerance would give: each is lifted alone and the layer solved again.
function prices() {
  const box = el('section', { class: 'prices', id: 'prices' });
  const show = () => {
    const isOld = priced?.prices && priced.revision !== state.draft.revision;
    if (priced?.job) {
      const stop = el('button', { type: 'button', class: 'quiet small', onclick: () => { stop.disabled = true; cancelJob(priced.job); } }, t('cancel'));
      box.replaceChildren(el('h2', {}, t('why_prices')), el('progress', { max: '1', value: priced.progress, 'aria-label': t('why_prices') }), ' ', stop);
    } else {
      const listed = priced?.prices ? [el('ol', { class: 'facts-list' }, ...priced.prices.map((one) => el('li', {}, inWords(one.words))))] : [];
      box.replaceChildren(
        el('h2', {}, t('why_prices')),
        ...(priced?.fault ? [el('p', { class: 'bad', role: 'alert' }, priced.fault)] : []),
        ...(priced?.prices && !priced.prices.length ? [el('p', {}, t('why_no_rule'))] : listed),
        ...(isOld ? [el('p', { class: 'hint' }, t('why_prices_old'))] : []),
        el('p', { class: 'muted' }, t('why_prices_words')),
        state.isReadOnly ? '' : el('button', { type: 'button', class: 'primary small', id: 'price-rules', onclick: () => askPrices(show) }, t('why_prices_go')),
      );
    }
  };
  show();
  return box;
}

async function askPrices(show) {
  try {
    if (isUnsaved() && !(await save())) return;
    const job = await ask(`/v1/plans/${state.planId}:explain`, {}, { method: 'POST', body: { layers: [state.layer] } });
    priced = { job, progress: 0 };
    show();
    const done = await followJob(job, (now) => {
      priced.progress = now.progress;
      byId('prices')?.querySelector('progress')?.setAttribute('value', now.progress);
    });
    if (done.state === 'done') {
      const [layer] = done.result.layers;
      priced = { prices: layer.prices, revision: layer.explained.revision, headline: layer.explained.headline };
    } else priced = { fault: done.state === 'failed' ? t('job_failed', { words: reasonWords(done.words) }) : t('engine_cancelled') };
  } catch (error) {
    priced = { fault: t('failed', { words: error.message }) };
  }
  if (!byId('pane-why').hidden) showWhy();
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

function components(found, known) {
  const [grid] = found.grids;
  const saved = known && !isUnsaved() ? known.parts : null;
  const rows = saved
    ? [['why_service', saved.stops], ['why_part_enforcement', saved.enforcement], ['why_part_assisted', saved.assisted], ['why_travel', saved.travel]].filter(([key, minutes], at) => minutes > 0 || at === 0 || key === 'why_travel')
    : [['why_service', grid.service_min_per_day], ['why_travel', grid.travel_min_per_day]];
  const most = Math.max(...rows.map(([, minutes]) => minutes), 1);
  const list = rows.map(([key, minutes]) => {
    const bar = el('i', { class: 'part-bar' });
    bar.style.width = `${(100 * minutes) / most}%`;
    return el('tr', {}, el('th', { scope: 'row' }, t(key)), el('td', { class: 'figure' }, number(minutes)), el('td', {}, bar));
  });
  const stops = el('tr', {}, el('th', { scope: 'row' }, t('why_stops')), el('td', { class: 'figure' }, oneDecimal(grid.stops_per_day)), el('td', {}));
  const travel = found.mean_error_share === null ? t('why_uncalibrated') : t('why_calibrated', { n: number(found.n_samples), error: percent(found.mean_error_share) });
  return [el('table', { class: 'parts-table' }, el('caption', {}, t('why_parts')), el('tbody', {}, ...list, stops)), el('p', { class: 'hint' }, saved ? travel : `${travel} ${t('why_unsaved')}`)];
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
