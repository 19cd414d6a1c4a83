// The map beneath the editor: Leaflet, our own basemap, units, shops, outlines, marks and labels.

import { ask } from '../ask.js';
import { BasemapLayer, NameLayer } from '../basemap.js';
import { StackLayer } from '../canvas.js';
import { byId, el } from '../dom.js';
import { UnitLayer } from '../units.js';
import { setup, t } from '../words.js';
import { BrushMark, MarkLayer, OutlineLayer } from './marks.js';
import { PlannerShops } from './shops.js';
import { state } from './state.js';

const { L } = window;

function latOf(y) {
  const n = Math.PI * (1 - 2 * y);
  return (Math.atan(Math.sinh(n)) * 180) / Math.PI;
}

export const latlngOf = (x, y) => L.latLng(latOf(y), x * 360 - 180);

export function makeMap() {
  const { west, south, east, north } = setup.district;
  const map = L.map('map', { zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 8, maxZoom: 19, keyboard: false, doubleClickZoom: false, boxZoom: false });
  map.attributionControl.setPrefix(false);
  for (const [name, order] of [['units', 320], ['over', 340], ['outlines', 350], ['labels', 380], ['marks', 400]]) {
    map.createPane(name).style.zIndex = order;
    if (name !== 'units') map.getPane(name).style.pointerEvents = 'none';
  }
  // on a narrow screen the tools lie over the lower edge of the map
  const below = window.matchMedia('(max-width: 860px)').matches ? 84 : 12;
  map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [12, 12], paddingBottomRight: [12, below] });
  L.control.zoom({ position: 'topright', zoomInTitle: t('zoom_in'), zoomOutTitle: t('zoom_out') }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  if (setup.tiles.url) L.tileLayer(setup.tiles.url, { attribution: setup.tiles.attribution, maxZoom: 19 }).addTo(map);
  const isMixed = !setup.tiles.url; // with a basemap of tiles beneath, it has to shine through
  const units = new UnitLayer({ pane: 'units', className: isMixed ? '' : 'units', showNobody: true, isMixed }).addTo(map);
  const basemap = new BasemapLayer({});
  const names = new NameLayer({});
  const shops = new PlannerShops({});
  const over = new StackLayer([basemap, shops, names], { pane: 'over' }).addTo(map);
  const outlines = new OutlineLayer({ pane: 'outlines' }).addTo(map);
  const marks = new MarkLayer({ pane: 'marks' }).addTo(map);
  const brush = new BrushMark(map, 'marks');
  const labels = makeLabels(map, units);
  ask('/v1/basemap').then((known) => [basemap, names].forEach((layer) => layer.setBasemap(known))).catch(() => undefined);

  function zoomTo(rows) {
    if (!rows.length) return;
    const box = rows.reduce((known, unit) => {
      const own = units.index.shapes[unit].box;
      return [Math.min(known[0], own[0]), Math.min(known[1], own[1]), Math.max(known[2], own[2]), Math.max(known[3], own[3])];
    }, [1, 1, 0, 0]);
    map.fitBounds(L.latLngBounds(latlngOf(box[0], box[1]), latlngOf(box[2], box[3])), { padding: [90, 90], maxZoom: 15.5, animate: false });
  }

  function showPoint(x, y) {
    const at = latlngOf(x, y);
    if (!map.getBounds().pad(-0.12).contains(at)) map.panTo(at, { animate: false });
  }

  function showBasemap(isShown) {
    for (const part of [basemap, names]) over.toggle(part, isShown);
  }

  const showShops = (isShown) => over.toggle(shops, isShown);
  const hasShops = () => over.isShown(shops);

  return { map, units, marks, brush, shops, outlines, labels, zoomTo, showPoint, showBasemap, showShops, hasShops, showLegend };
}

// Each grid's number stands in the unit nearest to the middle of its units.
function makeLabels(map, units) {
  const group = L.layerGroup().addTo(map);
  let timer = 0;

  function show() {
    const { model } = state;
    const n = model.grids.length;
    const sums = Array.from({ length: n }, () => ({ x: 0, y: 0, n: 0 }));
    const { shapes } = units.index;
    model.gridOfUnit.forEach((grid, unit) => {
      if (grid < 0) return;
      sums[grid].x += shapes[unit].x;
      sums[grid].y += shapes[unit].y;
      sums[grid].n += 1;
    });
    const best = Array.from({ length: n }, () => ({ unit: -1, away: Infinity }));
    model.gridOfUnit.forEach((grid, unit) => {
      if (grid < 0) return;
      const sum = sums[grid];
      const away = (shapes[unit].x - sum.x / sum.n) ** 2 + (shapes[unit].y - sum.y / sum.n) ** 2;
      if (away < best[grid].away) best[grid] = { unit, away };
    });
    group.clearLayers();
    best.forEach(({ unit }, grid) => {
      if (unit < 0) return;
      const known = model.grids[grid];
      const number = el('b', { class: model.locked[grid] ? 'locked' : '' }, String(known.number));
      const icon = L.divIcon({ className: 'grid-label', html: el('div', {}, number, el('span', {}, known.staff_name ?? t('vacancy'))), iconSize: [0, 0] });
      group.addLayer(L.marker(latlngOf(shapes[unit].x, shapes[unit].y), { icon, pane: 'labels', interactive: false, keyboard: false }));
    });
  }

  return {
    show,
    showSoon() {
      clearTimeout(timer);
      timer = setTimeout(show, 150);
    },
  };
}

function showLegend() {
  const item = (kind, words) => el('li', {}, el('i', { class: `key ${kind}` }, kind === 'number' ? '1' : ''), words);
  byId('legend-list').replaceChildren(
    item('number', t('legend_number')),
    item('border', t('legend_border')),
    item('nobody', t('legend_nobody')),
    item('detached', t('legend_detached')),
    item('shop', t('legend_shop_tier')),
    item('low-star', t('legend_low_star')),
    item('uncertain', t('legend_uncertain')),
    item('kept', t('legend_kept')),
    item('area', t('legend_area')),
    item('barrier', t('legend_barrier')),
    item('line-barrier', t('legend_line_barrier')),
  );
}
