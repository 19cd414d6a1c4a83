// The day board of a department: everybody's routes on one map, how far they are, and a new plan for one of them.

import { ask } from './ask.js';
import { BasemapLayer } from './basemap.js';
import { byId, el, say } from './dom.js';
import { calendarDay, setup, t, time, whyLeft } from './words.js';

const { L } = window;
// twelve colours apart for colour-blind eyes too, dark enough for white figures (4.5:1)
const COLOURS = ['#0b5c8a', '#a3390b', '#1d6b3a', '#7a3b9a', '#8a5a00', '#a31f5c', '#2f5fb3', '#5c6b00', '#006b6b', '#8b2c2c', '#4b4b8f', '#5a4632'];
const state = { day: setup.day, unit: '', picked: null, board: null, preview: null };

const { west, south, east, north } = setup.district;
const map = L.map('map', { zoomControl: false, zoomSnap: 0.25, preferCanvas: true, minZoom: 8, maxZoom: 19 });
map.attributionControl.setPrefix(false);
for (const [name, order] of [['basemap', 340], ['route', 420], ['stops', 460]]) map.createPane(name).style.zIndex = order;
map.fitBounds([[south, west], [north, east]], { padding: [12, 12] });
L.control.zoom({ position: 'topright' }).addTo(map);
if (setup.tiles.url) L.tileLayer(setup.tiles.url, { attribution: setup.tiles.attribution, maxZoom: 19 }).addTo(map);
const basemap = new BasemapLayer({ pane: 'basemap' }).addTo(map);
const drawn = L.layerGroup().addTo(map);
const renderer = L.canvas({ pane: 'route', padding: 0.3 });

const out = () => state.board.staff.filter((row) => row.has_route);
const colourOf = (row) => COLOURS[Math.max(0, out().indexOf(row)) % COLOURS.length];
const canReplan = setup.may.includes('days:write');

function latLngs(points) {
  return points.map(([lon, lat]) => [lat, lon]);
}

function drawRow(row, isPicked) {
  const colour = colourOf(row);
  const isFaint = state.picked && !isPicked;
  const opacity = isFaint ? 0.25 : 0.95;
  const way = latLngs(row.course);
  if (way.length > 1) {
    if (!isFaint) drawn.addLayer(L.polyline(way, { renderer, pane: 'route', color: '#fff', weight: 6, opacity: 0.9, interactive: false }));
    drawn.addLayer(L.polyline(way, { renderer, pane: 'route', color: colour, weight: 3, opacity, interactive: false }));
  }
  for (const stop of row.stops) {
    const isDone = stop.state !== 'ahead';
    const disc = L.circleMarker([stop.lat, stop.lon], { renderer, pane: 'route', radius: isPicked ? 7 : 4.5, color: '#fff', weight: 1, opacity, fillColor: isDone ? '#7d8a94' : colour, fillOpacity: opacity });
    disc.bindTooltip(`${stop.sequence}. ${stop.name} · ${t(`stop_${stop.state}`)}`);
    disc.on('click', () => pick(row.staff_id));
    drawn.addLayer(disc);
  }
}

function draw() {
  drawn.clearLayers();
  const rows = out();
  for (const row of rows) if (row.staff_id !== state.picked) drawRow(row, false);
  const picked = rows.find((row) => row.staff_id === state.picked);
  if (picked) drawRow(picked, true);
  for (const route of state.preview?.outlook.routes ?? []) {
    const points = route.stops.map((stop) => [stop.lat, stop.lon]);
    if (points.length > 1) drawn.addLayer(L.polyline(points, { renderer, pane: 'route', color: '#17222c', weight: 2, dashArray: '6 6', interactive: false }));
    for (const stop of route.stops.filter((known) => known.is_new || known.is_moved)) {
      drawn.addLayer(L.circleMarker([stop.lat, stop.lon], { renderer, pane: 'route', radius: 9, color: '#17222c', weight: 3, fillColor: '#ffd34d', fillOpacity: 1 }).bindTooltip(stop.name));
    }
  }
}

function pick(staffId) {
  state.picked = state.picked === staffId ? null : staffId;
  const row = state.board.staff.find((known) => known.staff_id === state.picked);
  if (row?.stops.length) map.fitBounds(L.latLngBounds([[row.office_lat, row.office_lon], ...row.stops.map((stop) => [stop.lat, stop.lon])]), { padding: [30, 30], maxZoom: 16 });
  draw();
  showStaff();
}

function progress(row) {
  if (row.is_absent) return t('board_absent');
  if (!row.has_route) return t('board_none');
  const bar = el('progress', { max: row.n_stops, value: String(row.n_done), 'aria-label': `${t('board_progress')} ${row.name}` });
  return el('span', {}, bar, `${row.n_done}/${row.n_stops}`);
}

function swatch(colour) {
  const disc = el('span', { class: 'swatch' });
  disc.style.background = colour;
  return disc;
}

function showStaff() {
  if (!state.board.staff.length) {
    byId('staff').replaceChildren(el('p', { class: 'empty' }, t('board_nobody')));
    return;
  }
  const rows = state.board.staff.map((row) => el(
    'tr',
    { class: row.staff_id === state.picked ? 'chosen' : null },
    el('td', { class: 'name' }, row.has_route
      ? el('button', { type: 'button', class: 'row', 'aria-pressed': String(row.staff_id === state.picked), title: t('board_show'), onclick: () => pick(row.staff_id) }, swatch(colourOf(row)), `${row.name} ${row.staff_code}`)
      : `${row.name} ${row.staff_code}`),
    el('td', {}, progress(row)),
    el('td', {}, row.returns_at ? time(row.returns_at) : row.has_route && row.is_withheld ? '–' : ''),
    el('td', {}, row.has_route ? el('a', { href: `/today?day=${state.day}&staff=${encodeURIComponent(row.staff_code)}`, 'aria-label': `${t('nav_today')} ${row.name}` }, t('nav_today')) : null),
    el('td', {}, row.has_route && canReplan ? el('button', { type: 'button', class: 'quiet', 'aria-label': `${t('board_replan')} ${row.name}`, onclick: () => openReplan(row) }, t('board_replan')) : null),
  ));
  const head = el('thead', {}, el('tr', {}, ...['board_person', 'board_progress', 'board_back'].map((key) => el('th', { scope: 'col' }, t(key))), el('th', { scope: 'col' }, el('span', { class: 'sr-only' }, t('nav_today'))), el('th', { scope: 'col' }, el('span', { class: 'sr-only' }, t('board_replan')))));
  byId('staff').replaceChildren(el('table', {}, head, el('tbody', {}, ...rows)));
}

function showLeft() {
  const { not_planned: left } = state.board;
  if (!left.length) {
    byId('left').replaceChildren(el('p', { class: 'empty' }, t('board_left_none')));
    return;
  }
  const rows = left.map((item) => {
    const words = whyLeft(item);
    return el('tr', {}, el('td', { class: 'reason' }, item.name, ' ', el('code', {}, item.retailer_code)), el('td', {}, t(`task_${item.task_type}`)), el('td', { class: 'reason' }, words));
  });
  const head = el('thead', {}, el('tr', {}, ...['board_retailer', 'board_task', 'board_why'].map((key) => el('th', { scope: 'col' }, t(key)))));
  byId('left').replaceChildren(el('table', {}, head, el('tbody', {}, ...rows)));
}

function consequence({ outlook }) {
  const dropped = outlook.left_out.filter((item) => item.is_promised).map((item) => item.name);
  const refused = outlook.left_out.filter((item) => !item.is_promised).map((item) => item.name);
  return [
    outlook.extra_travel_min === null ? null : t('proposal_travel', { n: `${outlook.extra_travel_min > 0 ? '+' : ''}${outlook.extra_travel_min}` }),
    outlook.latest_delay_min ? t('proposal_later', { n: outlook.latest_delay_min }) : null,
    outlook.n_moved ? t('proposal_moves', { n: outlook.n_moved }) : t('proposal_moves_none'),
    dropped.length ? t('proposal_drops', { names: dropped.join('、') }) : t('proposal_drops_nobody'),
    refused.length ? t('proposal_refuses', { names: refused.join('、') }) : null,
  ].filter(Boolean);
}

function openReplan(row) {
  const box = byId('replan');
  const isInspector = row.role === 'market_inspector';
  const kinds = isInspector ? ['absent'] : ['urgent', 'closed', 'delay', 'absent', ...(row.role === 'delivery_driver' ? ['vehicle'] : [])];
  const kind = el('select', { id: 'replan-kind' }, ...kinds.map((value) => el('option', { value }, t(`proposal_kind_${value}`))));
  const value = el('input', { id: 'replan-value', autocomplete: 'off' });
  const label = el('label', { for: 'replan-value' }, '');
  const fault = el('p', { class: 'fault', role: 'alert', hidden: true });
  const outcome = el('div', {});
  const labels = { urgent: 'board_shop', closed: 'board_shop', delay: 'board_delay', vehicle: 'board_capacity' };
  const relabel = () => {
    const key = labels[kind.value];
    label.textContent = key ? t(key) : '';
    label.hidden = value.hidden = !key;
    value.inputMode = key === 'board_shop' ? 'text' : 'numeric';
    value.value = '';
  };
  kind.addEventListener('change', relabel);
  relabel();

  function fail(error) {
    fault.textContent = [error.message, ...(error.problem?.violations ?? [])].join(' ');
    fault.hidden = false;
  }

  async function change() {
    if (kind.value === 'delay') return { kind: 'delay', delay_min: Number(value.value) };
    if (kind.value === 'vehicle') return { kind: 'vehicle', capacity_cartons: Number(value.value), with_others: true };
    if (kind.value === 'absent') return { kind: 'absent' };
    const { items } = await ask('/v1/retailers', { q: value.value.trim(), limit: 2 });
    const shop = items.find((item) => item.retailer_code === value.value.trim()) ?? (items.length === 1 ? items[0] : null);
    if (!shop) throw new Error(t('search_none'));
    return { kind: kind.value, retailer_id: shop.retailer_id };
  }

  async function decide(how, body) {
    try {
      await ask(`/v1/proposals/${state.preview.proposal_id}:${how}`, {}, { method: 'POST', body });
      close();
      await load();
    } catch (error) {
      fail(error);
    }
  }

  function close() {
    box.hidden = true;
    state.preview = null;
    draw();
  }

  function show(proposal) {
    state.preview = proposal;
    const why = el('input', { id: 'replan-why', maxlength: 300, autocomplete: 'off' });
    const parts = consequence(proposal);
    outcome.replaceChildren(el(
      'div',
      { class: 'outcome' },
      el('ul', {}, ...parts.map((words) => el('li', {}, words))),
      ...proposal.outlook.routes.map((route) => el('p', { class: 'muted' }, `${route.staff_code}: ${route.stops.map((stop) => stop.name).join(' → ') || t('board_none')}`)),
      el('div', { class: 'pair' }, el('button', { type: 'button', class: 'primary', onclick: () => decide('accept', {}) }, t('proposal_accept'))),
      el('label', { for: 'replan-why' }, t('proposal_why_not'), why),
      el('div', { class: 'pair' }, el('button', { type: 'button', class: 'quiet', onclick: () => decide('decline', { reason: why.value }) }, t('proposal_decline'))),
    ));
    say(parts.join(', '));
    draw();
  }

  const form = el('form', { novalidate: true }, el('label', { for: 'replan-kind' }, t('board_change'), kind), label, value, el('div', { class: 'pair' }, el('button', { type: 'submit', class: 'primary' }, t('board_ask')), el('button', { type: 'button', class: 'quiet', onclick: close }, t('close'))));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fault.hidden = true;
    try {
      show(await ask(`/v1/staff/${encodeURIComponent(row.staff_code)}/days/${state.day}/proposals`, {}, { method: 'POST', body: await change() }));
    } catch (error) {
      fail(error);
    }
  });
  box.replaceChildren(el('h2', { id: 'replan-heading' }, t('board_replan_of', { name: row.name })), isInspector ? el('p', { class: 'muted' }, t('board_inspector_hint')) : '', form, fault, outcome);
  box.hidden = false;
  if (state.picked !== row.staff_id) pick(row.staff_id);
  box.scrollIntoView({ block: 'nearest' });
  kind.focus();
}

async function load() {
  const board = await ask(`/v1/days/${state.day}/board`, { org_unit: state.unit || null });
  state.board = board;
  if (!board.staff.some((row) => row.staff_id === state.picked)) state.picked = null;
  const units = byId('unit');
  if (units.options.length <= 1) units.append(...board.org_units.map((name) => el('option', { value: name }, name)));
  byId('coverage').textContent = t('labelled', { label: calendarDay(board.day), words: t('board_coverage', { out: board.n_out, away: board.n_absent, done: board.n_done, all: board.n_stops, left: board.not_planned.length }) });
  draw();
  showStaff();
  showLeft();
  document.body.dataset.ready = String(Number(document.body.dataset.ready ?? 0) + 1);
}

byId('day').addEventListener('change', ({ target }) => {
  if (!target.value) return;
  state.day = target.value;
  history.replaceState(null, '', `/days?day=${state.day}`);
  load();
});
byId('unit').addEventListener('change', ({ target }) => {
  state.unit = target.value;
  load();
});
ask('/v1/basemap').then((known) => basemap.setBasemap(known));
await load();
