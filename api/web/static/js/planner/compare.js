// Two to four plans in the same view: what differs is hatched, figures stand side by side, and who hands over to whom.

import { ask } from '../ask.js';
import { BasemapLayer, NameLayer } from '../basemap.js';
import { StackLayer } from '../canvas.js';
import { byId, el } from '../dom.js';
import { UnitLayer } from '../units.js';
import { number, oneDecimal, percent, setup, t } from '../words.js';
import { Model } from './model.js';
import { MarkLayer } from './marks.js';

const { L } = window;
const SHOWN_ROWS = 200;
const FIGURES = [
  ['minutes_deviation_share', percent, -1], ['count_deviation_share', percent, -1], ['cartons_deviation_share', percent, -1], ['minutes_per_day_max', number, -1], ['minutes_per_day_min', number, 1],
  ['n_moved', number, -1], ['trios', number, -1], ['pieces', number, -1], ['n_unassigned_units', number, -1], ['n_exceptions', number, -1], ['units_differ', number, 0],
];
const views = [];
let isFollowing = false;

async function read(plan, shapesOf) {
  if (!plan.layers.includes(setup.layer)) return { plan };
  const base = `/v1/plans/${plan.plan_id}`;
  const [draft, bench, shapes] = await Promise.all([ask(`${base}/draft`, { layer: setup.layer }), ask(`${base}/bench`, { layer: setup.layer }), shapesOf(plan.unit_set_id)]);
  const model = new Model({ bench, edges: shapes.edges, draft });
  return { plan, draft, bench, shapes, model, staff: Int32Array.from(model.gridOfUnit, (grid) => (grid < 0 ? -1 : model.staffOf[grid])) };
}

// Today's owner of each unit, where a plan in force is drawn on the same units.
async function today(view) {
  const layer = await ask(`/v1/layers/${setup.layer}`);
  if (layer.unit_set_id !== view.plan.unit_set_id) return null;
  const staff = layer.grids.map((grid) => view.model.staffPosition(grid.owner?.staff_id));
  return Int32Array.from(layer.grid_of_unit, (grid) => (grid < 0 ? -1 : staff[grid]));
}

// Somebody's grid has one colour in every plan: that of the first plan that draws it. Dark borders part what lies side by side.
function colourByOwner(found) {
  const colourOf = new Map();
  for (const grid of found.flatMap((one) => one.model?.grids ?? [])) {
    if (!grid.staff_id) continue;
    if (!colourOf.has(grid.staff_id)) colourOf.set(grid.staff_id, grid.colour);
    grid.colour = colourOf.get(grid.staff_id);
  }
}

function makeFigure(found) {
  const box = el('div', { class: 'compare-map' });
  byId('maps').append(el('figure', { class: 'compare' }, el('figcaption', {}, el('a', { href: `/plans/${found.plan.plan_id}/edit?layer=${setup.layer}` }, found.plan.title), ' ', el('span', { class: `state ${found.plan.state}` }, t(`state_${found.plan.state}`))), found.model ? box : el('p', { class: 'empty' }, t('compare_none'))));
  return box;
}

function makeView(found, box, basemap) {
  if (!found.model) return found;
  const { west, south, east, north } = setup.district;
  const map = L.map(box, { zoomControl: false, zoomSnap: 0.25, wheelPxPerZoomLevel: 120, keyboard: true, attributionControl: false });
  for (const [name, order] of [['units', 320], ['over', 340], ['marks', 400]]) map.createPane(name).style.zIndex = order;
  const units = new UnitLayer({ pane: 'units', isMixed: true, showNobody: true }).addTo(map);
  units.setShapes(found.shapes);
  const looks = found.model.grids.map((grid) => ({ colour: grid.colour, pattern: 0 }));
  units.setGrids(found.model.gridOfUnit, looks);
  const parts = [new BasemapLayer({}), new NameLayer({})];
  new StackLayer(parts, { pane: 'over' }).addTo(map);
  for (const part of parts) part.setBasemap(basemap);
  const marks = new MarkLayer({ pane: 'marks' }).addTo(map);
  marks.setShapes(units.index.shapes);
  marks.show({ looks });
  map.fitBounds([[south, west], [north, east]], { padding: [6, 6] });
  map.on('move', () => follow(map));
  views.push(map);
  return { ...found, marks, map };
}

function follow(leader) {
  if (isFollowing) return;
  isFollowing = true;
  for (const map of views) if (map !== leader) map.setView(leader.getCenter(), leader.getZoom(), { animate: false });
  isFollowing = false;
}

function hatch(shown, base) {
  for (const one of shown) {
    if (!one.model) continue;
    const moved = new Map();
    if (base && base.length === one.staff.length) one.staff.forEach((staff, unit) => staff !== base[unit] && moved.set(unit, one.model.gridOfUnit[unit]));
    one.nDiffer = base && base.length === one.staff.length ? moved.size : null;
    one.marks.show({ moved });
  }
  showFigures(shown);
}

function figuresOf(one) {
  const pieces = one.model.pieces();
  return { ...one.draft.metrics, trios: one.model.trios.size, pieces: pieces.detached.length, units_differ: one.nDiffer };
}

function showFigures(shown) {
  const values = shown.map((one) => (one.model ? figuresOf(one) : null));
  const rows = FIGURES.map(([key, write, better]) => {
    const known = values.map((one) => one?.[key]).filter((value) => value !== null && value !== undefined);
    const best = better && new Set(known).size > 1 ? (better > 0 ? Math.max(...known) : Math.min(...known)) : null;
    return el('tr', {}, el('th', { scope: 'row' }, t(`m_${key}`)), ...values.map((one) => {
      const value = one?.[key];
      return el('td', { class: value === best && best !== null ? 'figure best' : 'figure' }, value === null || value === undefined ? '–' : write(value));
    }));
  });
  byId('figures-table').replaceChildren(el('table', { class: 'compare-table' }, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('compare_metric')), ...shown.map((one) => el('th', { scope: 'col', class: 'figure' }, one.plan.title)))), el('tbody', {}, ...rows)));
}

// Every shop whose owner in the plan is not today's.
function handed(one) {
  const { model, bench } = one;
  const list = [];
  for (let shop = 0; shop < model.nShops; shop += 1) {
    const to = model.ownerOfShop(shop);
    if (to !== model.ownerNow[shop]) list.push({ shop, from: bench.staff[model.ownerNow[shop]], to: bench.staff[to] });
  }
  return list.sort((a, b) => (a.from?.staff_code ?? '').localeCompare(b.from?.staff_code ?? '') || (a.to?.staff_code ?? '').localeCompare(b.to?.staff_code ?? ''));
}

const nameOf = (person) => (person ? `${person.name} ${person.staff_code}` : t('nobody'));

function showHandover(one) {
  const list = handed(one);
  byId('sheets').href = `/plans/${one.plan.plan_id}/sheets?layer=${setup.layer}`;
  byId('xlsx').hidden = !setup.may.includes('handovers:read');
  byId('xlsx').href = `/v1/plans/${one.plan.plan_id}/handover.xlsx`;
  byId('csv').disabled = !list.length;
  byId('csv').onclick = () => saveCsv(one, list);
  if (!list.length) {
    byId('handover-list').replaceChildren(el('p', { class: 'empty' }, t('handover_none')));
    return;
  }
  const pairs = new Map();
  for (const { from, to } of list) {
    const key = `${nameOf(from)} → ${nameOf(to)}`;
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
  }
  const people = el('details', { class: 'check', open: true }, el('summary', {}, t('handover_person')), el('ul', { class: 'pairs' }, ...[...pairs].sort((a, b) => b[1] - a[1]).map(([words, n]) => el('li', {}, el('span', {}, words), el('b', {}, number(n))))));
  const heads = ['handover_shop', 'address', 'handover_from', 'handover_to', 'handover_minutes'];
  const rows = list.slice(0, SHOWN_ROWS).map(({ shop, from, to }) => el('tr', {}, el('td', {}, one.bench.name[shop]), el('td', {}, el('code', {}, one.bench.retailer_code[shop])), el('td', {}, nameOf(from)), el('td', {}, nameOf(to)), el('td', { class: 'figure' }, oneDecimal(one.bench.minutes[shop]))));
  heads[1] = 'code';
  const more = list.length > SHOWN_ROWS ? el('p', { class: 'hint' }, t('handover_more', { n: number(list.length), shown: number(SHOWN_ROWS) })) : null;
  byId('handover-list').replaceChildren(...[people, el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('handover_heading') }, el('table', {}, el('thead', {}, el('tr', {}, ...heads.map((key) => el('th', { scope: 'col', class: key === 'handover_minutes' ? 'figure' : '' }, t(key))))), el('tbody', {}, ...rows))), more].filter(Boolean));
}

// A cell that a spreadsheet would take for a formula is written as text.
function cell(value) {
  const text = String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function saveCsv(one, list) {
  const { bench } = one;
  const head = ['retailer_code', 'name', 'layer', 'from_staff_code', 'from_name', 'to_staff_code', 'to_name', 'minutes_per_day'];
  const rows = list.map(({ shop, from, to }) => [bench.retailer_code[shop], bench.name[shop], setup.layer, from?.staff_code, from?.name, to?.staff_code, to?.name, bench.minutes[shop].toFixed(2)]);
  const text = `\ufeff${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
  const link = el('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: `handover-${setup.layer}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function begin() {
  if (!setup.plans.length) return;
  const sets = new Map();
  const shapesOf = (id) => {
    if (!sets.has(id)) sets.set(id, ask(`/v1/unit-sets/${id}`));
    return sets.get(id);
  };
  const [basemap, ...found] = await Promise.all([ask('/v1/basemap'), ...setup.plans.map((plan) => read(plan, shapesOf))]);
  colourByOwner(found);
  byId('maps').replaceChildren();
  byId('maps').dataset.n = String(found.length);
  const boxes = found.map(makeFigure); // all of them first: a map takes the size that its box has beside the others
  const shown = found.map((one, at) => makeView(one, boxes[at], basemap));
  const first = shown.find((one) => one.model);
  byId('maps').removeAttribute('aria-busy');
  if (first) {
    const now = await today(first);
    const bases = [...(now ? [['today', t('compare_today'), now]] : []), ...shown.filter((one) => one.model).map((one) => [one.plan.plan_id, one.plan.title, one.staff])];
    const base = byId('base');
    base.replaceChildren(...bases.map(([key, words]) => el('option', { value: key }, words)));
    base.onchange = () => hatch(shown, bases.find(([key]) => key === base.value)[2]);
    hatch(shown, bases[0][2]);
    const chosen = byId('handover-plan');
    const drawn = shown.filter((one) => one.model);
    chosen.replaceChildren(...drawn.map((one, at) => el('option', { value: String(at) }, one.plan.title)));
    chosen.value = String(drawn.length - 1);
    chosen.onchange = () => showHandover(drawn[Number(chosen.value)]);
    byId('handover').hidden = false;
    showHandover(drawn[drawn.length - 1]);
  } else showFigures(shown);
  document.body.dataset.painted = '1';
}

begin().catch((error) => {
  byId('maps').replaceChildren(el('p', { class: 'empty bad' }, t('failed', { words: error.message })));
  document.body.dataset.failed = '1';
});
