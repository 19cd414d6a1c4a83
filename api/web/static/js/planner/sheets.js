// One printable page per grid: its map, its owner, what it gains and gives away, and lines to sign.

import { ask } from '../ask.js';
import { mercatorX, mercatorY } from '../canvas.js';
import { byId, el } from '../dom.js';
import { cornersOf, shapesOf } from '../topology.js';
import { deviation, number, oneDecimal, setup, t } from '../words.js';
import { Model } from './model.js';

const WIDTH = 720;
const HEIGHT = 400;

function svg(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function picture(model, shapes, at) {
  const own = [...model.gridOfUnit.keys()].filter((unit) => model.gridOfUnit[unit] === at);
  if (!own.length) return el('p', { class: 'empty' }, t('rule_empty_grid', { grid: model.grids[at].name }));
  const box = own.reduce((known, unit) => {
    const one = shapes[unit].box;
    return [Math.min(known[0], one[0]), Math.min(known[1], one[1]), Math.max(known[2], one[2]), Math.max(known[3], one[3])];
  }, [1, 1, 0, 0]);
  const scale = Math.min((WIDTH - 40) / (box[2] - box[0]), (HEIGHT - 40) / (box[3] - box[1]));
  const x = (value) => (WIDTH / 2 + (value - (box[0] + box[2]) / 2) * scale).toFixed(1);
  const y = (value) => (HEIGHT / 2 + (value - (box[1] + box[3]) / 2) * scale).toFixed(1);
  const path = (units) => units.flatMap((unit) => shapes[unit].lines.map((line) => {
    const parts = [];
    for (let corner = 0; corner < line.length; corner += 2) parts.push(`${corner ? 'L' : 'M'}${x(line[corner])} ${y(line[corner + 1])}`);
    return `${parts.join('')}Z`;
  })).join('');
  const near = [...model.gridOfUnit.keys()].filter((unit) => {
    const one = shapes[unit];
    return model.gridOfUnit[unit] !== at && Math.abs(Number(x(one.x)) - WIDTH / 2) < WIDTH / 2 && Math.abs(Number(y(one.y)) - HEIGHT / 2) < HEIGHT / 2;
  });
  const groups = new Map();
  for (const unit of near) {
    const grid = model.gridOfUnit[unit];
    if (!groups.has(grid)) groups.set(grid, []);
    groups.get(grid).push(unit);
  }
  const layers = [...groups].map(([grid, units]) => svg('path', { d: path(units), fill: grid < 0 ? '#ffffff' : model.grids[grid].colour, 'fill-opacity': '.3' }));
  layers.push(svg('path', { d: path(own), fill: 'none', stroke: '#17222c', 'stroke-width': '5', 'stroke-linejoin': 'round' }), svg('path', { d: path(own), fill: model.grids[at].colour, stroke: model.grids[at].colour, 'stroke-width': '.8' }));
  for (let shop = 0; shop < model.nShops; shop += 1) {
    if (model.gridOfShop(shop) !== at) continue;
    const isNew = model.ownerNow[shop] !== model.ownerOfShop(shop);
    layers.push(svg('circle', { cx: x(mercatorX(model.bench.lon[shop])), cy: y(mercatorY(model.bench.lat[shop])), r: isNew ? '4' : '2.2', fill: isNew ? '#ffffff' : '#17222c', stroke: '#17222c', 'stroke-width': isNew ? '1.8' : '0' }));
  }
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': t('sheets_grid', { grid: model.grids[at].name }), class: 'sheet-map' }, ...layers);
}

function rows(model, shops, other) {
  return el('table', { class: 'sheet-table' }, el('tbody', {}, ...shops.map((shop) => el('tr', {}, el('td', {}, el('code', {}, model.bench.retailer_code[shop])), el('td', {}, model.bench.name[shop]), el('td', {}, other ? other(shop)?.name ?? t('nobody') : ''), el('td', { class: 'figure' }, oneDecimal(model.bench.minutes[shop]))))));
}

function sheet(model, shapes, at) {
  const grid = model.grids[at];
  const staff = model.staffOf[at];
  const { bench } = model;
  const gained = [];
  const lost = [];
  for (let shop = 0; shop < model.nShops; shop += 1) {
    const to = model.ownerOfShop(shop);
    if (staff >= 0 && to === staff && model.ownerNow[shop] !== staff) gained.push(shop);
    if (staff >= 0 && model.ownerNow[shop] === staff && to !== staff) lost.push(shop);
  }
  const isDraft = setup.plan.state !== 'published';
  return el(
    'article',
    { class: 'sheet-page' },
    el('header', {}, el('h2', {}, t('sheets_grid', { grid: grid.name }), ' ', el('small', {}, `${setup.district.name} · ${t(`layer_${setup.layer}`)}`)), el('p', {}, el('strong', {}, t('labelled', { label: t('sheets_owner'), words: `${grid.staff_name ?? t('vacancy')} ${grid.staff_code ?? ''}` }))), el('p', {}, t('sheets_facts', { shops: number(model.shops[at]), minutes: number(model.minutes[at]), share: deviation(model.deviation(at)), units: number(model.units[at]) })), el('p', { class: 'muted' }, [setup.plan.title, isDraft ? t('sheets_draft', { state: t(`state_${setup.plan.state}`), revision: model.draft.revision }) : '', t('sheets_internal'), setup.district.is_synthetic ? 'SYNTHETIC' : ''].filter(Boolean).join(' · '))),
    picture(model, shapes, at),
    el('div', { class: 'sheet-lists' }, el('section', {}, el('h3', {}, t('sheets_gained', { n: number(gained.length) })), rows(model, gained, (shop) => bench.staff[model.ownerNow[shop]])), el('section', {}, el('h3', {}, t('sheets_lost', { n: number(lost.length) })), rows(model, lost, (shop) => bench.staff[model.ownerOfShop(shop)]))),
    el('footer', { class: 'signs' }, el('span', {}, t('labelled', { label: grid.staff_name ?? t('vacancy'), words: t('sheets_sign') })), el('span', {}, t('labelled', { label: t('sheets_planner'), words: t('sheets_sign') }))),
  );
}

async function begin() {
  const base = `/v1/plans/${setup.plan.plan_id}`;
  const [draft, bench, { topology, edges }] = await Promise.all([ask(`${base}/draft`, { layer: setup.layer }), ask(`${base}/bench`, { layer: setup.layer }), ask(`/v1/unit-sets/${setup.plan.unit_set_id}`)]);
  const model = new Model({ bench, edges, draft });
  const shapes = shapesOf(topology, cornersOf(topology));
  byId('sheets').replaceChildren(...model.grids.map((_, at) => sheet(model, shapes, at)));
  byId('sheets').removeAttribute('aria-busy');
  byId('print').onclick = () => window.print();
  document.body.dataset.painted = '1';
}

begin().catch((error) => {
  byId('sheets').replaceChildren(el('p', { class: 'empty bad' }, t('failed', { words: error.message })));
  document.body.dataset.failed = '1';
});
