// The data page: two tabs, one map.

import { ask } from './ask.js';
import { BasemapLayer, NameLayer } from './basemap.js';
import { byId } from './dom.js';
import { startLayout } from './layout.js';
import { startReviews } from './reviews.js';
import { startUpload } from './upload.js';
import { setup } from './words.js';

const { L } = window;
const { west, south, east, north } = setup.district;
const map = L.map('map', { zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 8, maxZoom: 19 });
map.attributionControl.setPrefix(false);
for (const [name, order] of [['basemap', 340], ['names', 370], ['doubts', 420], ['chosen', 460]]) map.createPane(name).style.zIndex = order;
map.getPane('names').style.pointerEvents = 'none';
map.fitBounds([[south, west], [north, east]], { padding: [12, 12] });
L.control.zoom({ position: 'topright' }).addTo(map);
L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
if (setup.tiles.url) L.tileLayer(setup.tiles.url, { attribution: setup.tiles.attribution, maxZoom: 19 }).addTo(map);
const basemap = new BasemapLayer({ pane: 'basemap' }).addTo(map);
const names = new NameLayer({ pane: 'names' }).addTo(map);
ask('/v1/basemap').then((known) => {
  basemap.setBasemap(known);
  names.setBasemap(known);
}).catch(() => {});

const mayWrite = setup.may.includes('data:write');
for (const node of document.querySelectorAll('.may-write')) node.hidden = !mayWrite;
const reviews = startReviews(map, mayWrite);
startUpload(mayWrite, () => reviews.load());

const layout = startLayout(map);
const tabs = [byId('tab-reviews'), byId('tab-layout'), byId('tab-upload')].filter((tab) => mayWrite || tab.id !== 'tab-upload');

function show(tab) {
  for (const one of tabs) {
    const isChosen = one === tab;
    one.setAttribute('aria-selected', String(isChosen));
    one.tabIndex = isChosen ? 0 : -1;
    byId(one.getAttribute('aria-controls')).hidden = !isChosen;
  }
  const isLayout = tab.id === 'tab-layout';
  document.querySelector('.legend.pins').hidden = isLayout;
  reviews.setVisible(!isLayout);
  if (isLayout) layout.show();
  else layout.hide();
}

tabs.forEach((tab, at) => {
  tab.addEventListener('click', () => show(tab));
  tab.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other = tabs[(at + (event.key === 'ArrowRight' ? 1 : tabs.length - 1)) % tabs.length];
    show(other);
    other.focus();
  });
});
if (!mayWrite) byId('tab-upload').hidden = true;
if (location.hash === '#upload' && mayWrite) show(byId('tab-upload'));
