// The map page: one layer at a time, its table, who is responsible where, and a person's route.

import { ask } from './ask.js';
import { BasemapLayer, NameLayer } from './basemap.js';
import { hideDetail, showGrid, showMessage, showNoRoute, showOwners, showRoute } from './detail.js';
import { byId, el, say } from './dom.js';
import { followProgress } from './progress.js';
import { makeRouteLayer } from './route.js';
import { makeSearch } from './search.js';
import { ShopLayer } from './shops.js';
import { markRow, showEmpty, showMetrics, showTable } from './table.js';
import { UnitLayer } from './units.js';
import { setup, shiftDay, t } from './words.js';

const { L } = window;
const LAYERS = ['inspection', 'marketing', 'delivery'];
const LAYER_OF_ROLE = { market_inspector: 'inspection', customer_manager: 'marketing', delivery_driver: 'delivery' };
const SHOP_FROM_ZOOM = 14; // from here on a click near a dot means the shop
const SHOP_WITHIN_PX = 9;
const LATER_DAYS = 4; // so far ahead the next day with a route is looked for, when today has none
const AGAIN_MS = 3000;

const { west, south, east, north } = setup.district;
const map = L.map('map', { zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 8, maxZoom: 19 });
map.attributionControl.setPrefix(false);
for (const [name, order] of [['units', 320], ['basemap', 340], ['shops', 360], ['names', 370], ['labels', 380], ['route', 420], ['pick', 440], ['stops', 460]]) {
  map.createPane(name).style.zIndex = order;
}
for (const name of ['names', 'labels']) map.getPane(name).style.pointerEvents = 'none';
map.fitBounds([[south, west], [north, east]], { padding: [12, 12] });
L.control.zoom({ position: 'topright' }).addTo(map);
L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
if (setup.tiles.url) L.tileLayer(setup.tiles.url, { attribution: setup.tiles.attribution, maxZoom: 19 }).addTo(map);

const units = new UnitLayer({ pane: 'units', className: 'units' }).addTo(map);
const basemap = new BasemapLayer({ pane: 'basemap' }).addTo(map);
const names = new NameLayer({ pane: 'names' }).addTo(map);
const shops = new ShopLayer({ pane: 'shops' }).addTo(map);
const labels = L.layerGroup().addTo(map);
const pick = L.layerGroup().addTo(map);
const route = makeRouteLayer(map);

const state = { layer: null, name: LAYER_OF_ROLE[setup.caller.role] ?? 'inspection', unitSet: null, loading: 0 };

function closeDetail() {
  hideDetail();
  pick.clearLayers();
  route.clear();
  units.select(-1);
  markRow(-1);
}

function paintLabels(layer) {
  labels.clearLayers();
  layer.grids.forEach((grid) => {
    if (grid.label_lon === null) return;
    const number = el('b', {}, String(grid.number));
    const owner = el('span', {}, grid.owner ? grid.owner.name : t('vacancy'));
    const icon = L.divIcon({ className: 'grid-label', html: el('div', {}, number, owner), iconSize: [0, 0] });
    labels.addLayer(L.marker([grid.label_lat, grid.label_lon], { icon, pane: 'labels', interactive: false, keyboard: false }));
  });
}

function paintShops(layer) {
  const known = shops.shops;
  if (!known) return;
  if (layer.is_planned) {
    shops.setColours(null);
    return;
  }
  const colourOf = new Map(layer.grids.map((grid) => [grid.owner?.staff_id, grid.colour]));
  const colours = known.owner[layer.layer].map((at) => colourOf.get(known.staff_ids[at]) ?? '#dddddd');
  shops.setColours(colours);
}

function showLegend(layer) {
  const item = (kind, words) => el('li', {}, el('i', { class: `key ${kind}` }, kind === 'number' ? '1' : ''), words);
  byId('legend-list').replaceChildren(
    ...(layer.is_planned ? [item('number', t('legend_number')), item('border', t('legend_border'))] : []),
    item(layer.is_planned ? 'shop' : 'shop-owner', t(layer.is_planned ? 'legend_shop' : 'legend_shop_owner')),
    item('area', t('legend_area')),
    item('barrier', t('legend_barrier')),
    item('line-barrier', t('legend_line_barrier')),
    item('route', t('legend_route')),
    el('li', { class: 'muted' }, t('legend_colours')),
  );
}

async function showLayer(name) {
  state.name = name;
  state.loading += 1;
  const turn = state.loading;
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const isChosen = tab.dataset.layer === name;
    tab.setAttribute('aria-selected', String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
  }
  byId('panel').setAttribute('aria-labelledby', `tab-${name}`);
  byId('panel').setAttribute('aria-busy', 'true');
  if (!state.layer) byId('table').replaceChildren(el('p', { class: 'empty' }, t('loading')));
  try {
    const layer = await ask(`/v1/layers/${name}`);
    if (layer.unit_set_id && layer.unit_set_id !== state.unitSet) {
      units.setShapes(await ask(`/v1/unit-sets/${layer.unit_set_id}`));
      state.unitSet = layer.unit_set_id;
    }
    if (turn !== state.loading) return;
    state.layer = layer;
    paint(layer);
  } catch (error) {
    if (turn !== state.loading) return;
    byId('table').replaceChildren(el('p', { class: 'empty' }, t('load_failed')));
    setTimeout(() => turn === state.loading && showLayer(name), AGAIN_MS);
  } finally {
    if (turn === state.loading) byId('panel').removeAttribute('aria-busy');
  }
}

function paint(layer) {
  closeDetail();
  units.setGrids(layer.grid_of_unit, layer.grids.map((grid) => grid.colour));
  paintLabels(layer);
  paintShops(layer);
  showLegend(layer);
  if (layer.generation === null && !layer.grids.length) {
    showEmpty('empty_nothing_title', 'empty_nothing');
  } else if (!layer.grids.length) {
    showEmpty('empty_imported_title', 'empty_nothing');
  } else {
    showMetrics(layer);
    showTable(layer, { onChoose: chooseGrid });
  }
  document.body.dataset.painted = `${layer.layer}.${layer.generation}.${layer.revision}`;
}

function chooseGrid(at) {
  closeDetail();
  const grid = state.layer.grids[at];
  units.select(at);
  markRow(at);
  showGrid(grid, state.layer, { onClose: closeDetail, onRoute: (person) => openRoute(person) });
  if (grid.label_lon !== null && !map.getBounds().contains([grid.label_lat, grid.label_lon])) map.panTo([grid.label_lat, grid.label_lon]);
}

async function askOwners(path, parameters, at) {
  closeDetail();
  if (at) pick.addLayer(L.circleMarker(at, { pane: 'pick', radius: 9, color: '#000', weight: 3, fillColor: '#fff', fillOpacity: 0.9, interactive: false }));
  try {
    const answer = await ask(path, parameters);
    const own = answer.layers.find((owner) => owner.layer === state.name);
    const row = state.layer ? state.layer.grids.findIndex((grid) => (own?.grid ? grid.grid_id === own.grid.grid_id : own?.owner && grid.owner?.staff_id === own.owner.staff_id)) : -1;
    units.select(state.layer?.is_planned ? row : -1);
    markRow(row);
    showOwners(answer, { layer: state.name, onClose: closeDetail, onRoute: (person) => openRoute(person) });
  } catch (error) {
    showMessage(t('owners_here'), error.status === 404 && parameters.lat !== undefined ? t('outside') : error.message, closeDetail);
  }
}

async function openRoute(person, day = null) {
  const wanted = day ?? setup.today;
  const own = `/v1/staff/${encodeURIComponent(person.staff_id)}/days`;
  try {
    const { days } = await ask(own, { first: wanted, last: shiftDay(wanted, day ? 0 : LATER_DAYS) });
    pick.clearLayers();
    if (!days.length) {
      route.clear();
      showNoRoute(person, wanted, { onClose: closeDetail, onDay: (to) => openRoute(person, to) });
      return;
    }
    const found = await ask(`${own}/${days[0].day}`);
    route.draw(found, { onStop });
    showRoute(found, { onClose: closeDetail, onDay: (to) => openRoute(person, to), onStop });
  } catch (error) {
    route.clear();
    showMessage(person.name, error.status === 403 ? t('route_not_permitted') : error.message, closeDetail);
  }
}

function onStop(stop) {
  const at = [stop.retailer.lat, stop.retailer.lon];
  map.panTo(at);
  pick.clearLayers();
  pick.addLayer(L.circleMarker(at, { pane: 'pick', radius: 16, color: '#b3261e', weight: 3, fill: false, interactive: false }));
  const item = document.querySelector(`[data-stop="${stop.sequence}"]`);
  item?.scrollIntoView({ block: 'nearest' });
  for (const shown of document.querySelectorAll('.stops li')) shown.classList.toggle('chosen', shown === item);
}

map.on('click', (event) => {
  const shop = map.hasLayer(shops) && map.getZoom() >= SHOP_FROM_ZOOM ? shops.nearest(map, event.latlng, SHOP_WITHIN_PX) : -1;
  if (shop >= 0) {
    askOwners(`/v1/retailers/${shops.shops.retailer_id[shop]}/ownership`, {}, [shops.shops.lat[shop], shops.shops.lon[shop]]);
  } else {
    askOwners('/v1/ownership', { lat: event.latlng.lat.toFixed(6), lon: event.latlng.wrap().lng.toFixed(6) }, event.latlng);
  }
});

if (window.matchMedia('(hover: hover)').matches) map.on('mousemove', (event) => {
  const hover = byId('hover');
  const shop = map.getZoom() >= SHOP_FROM_ZOOM && shops.shops ? shops.nearest(map, event.latlng, SHOP_WITHIN_PX) : -1;
  const unit = units.unitAt(event.latlng);
  const grid = state.layer?.grids[state.layer.grid_of_unit[unit] ?? -1];
  if (shop >= 0) hover.textContent = shops.shops.name[shop];
  else if (grid) hover.textContent = t('hover_grid', { name: grid.name, owner: grid.owner?.name ?? t('vacancy'), shops: grid.n_retailers });
  hover.hidden = shop < 0 && !grid;
  const width = map.getSize().x;
  hover.style.left = `${Math.min(event.containerPoint.x + 14, width - hover.offsetWidth - 6)}px`;
  hover.style.top = `${event.containerPoint.y + 16}px`;
});
map.on('mouseout', () => { byId('hover').hidden = true; });
map.on('zoomend', () => map.getContainer().classList.toggle('near', map.getZoom() >= 12.75));

byId('show-shops').addEventListener('change', (event) => (event.target.checked ? shops.addTo(map) : shops.remove()));
byId('show-basemap').addEventListener('change', (event) => [basemap, names].forEach((layer) => (event.target.checked ? layer.addTo(map) : layer.remove())));
if (window.matchMedia('(min-width: 900px)').matches) byId('legend').open = true;

for (const tab of document.querySelectorAll('[role=tab]')) {
  tab.addEventListener('click', () => showLayer(tab.dataset.layer));
  tab.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = LAYERS[(LAYERS.indexOf(state.name) + step + LAYERS.length) % LAYERS.length];
    showLayer(next);
    byId(`tab-${next}`).focus();
  });
}

makeSearch({
  onChoose(item) {
    const at = item.lon === null ? null : [item.lat, item.lon];
    if (at) map.setView(at, Math.max(map.getZoom(), 15));
    askOwners(`/v1/retailers/${item.retailer_id}/ownership`, {}, at);
  },
});

async function loadShops() {
  if (!setup.may.includes('retailers:read')) return;
  shops.setShops(await ask('/v1/shops'));
  if (state.layer) paintShops(state.layer);
}

followProgress({
  shownRevision: () => state.layer?.revision ?? null,
  async onChange() {
    await Promise.all([showLayer(state.name), loadShops()]);
    say(t('updated'));
  },
});
map.getContainer().classList.toggle('near', map.getZoom() >= 12.75);
ask('/v1/basemap').then((known) => [basemap, names].forEach((layer) => layer.setBasemap(known)));
await Promise.all([showLayer(state.name), loadShops()]);
if (setup.caller.staff_id && setup.may.includes('days:read')) openRoute({ staff_id: setup.caller.staff_id, name: setup.caller.name });
