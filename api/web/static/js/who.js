// The hotline's page: spoken words, a code or a click on the map become the people who are responsible there.

import { ask } from './ask.js';
import { BasemapLayer, NameLayer } from './basemap.js';
import { byId, el, say } from './dom.js';
import { makeRequestForm } from './request.js';
import { makeSearch } from './search.js';
import { date, number, percent, setup, t } from './words.js';

const { L } = window;
const CLOSE_ZOOM = 16;
const SURE = 0.95;
const INEXACT = ['street', 'area', 'unlocated', 'interpolated', 'estate'];
const { west, south, east, north } = setup.district;
const map = L.map('map', { zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 8, maxZoom: 19, zoomControl: false });
map.attributionControl.setPrefix(false);
map.fitBounds([[south, west], [north, east]], { padding: [12, 12] });
L.control.zoom({ position: 'topright' }).addTo(map);
L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
if (setup.tiles.url) L.tileLayer(setup.tiles.url, { attribution: setup.tiles.attribution, maxZoom: 19 }).addTo(map);
const basemap = new BasemapLayer().addTo(map);
const names = new NameLayer().addTo(map);
const pick = L.layerGroup().addTo(map);
let phones = new Map();
let again = null; // asks the last question once more

// Noon of the chosen day where the reader is; nothing = now.
function asOf() {
  const day = byId('as-of').value;
  return day ? new Date(`${day}T12:00`).toISOString() : null;
}

function pin(lat, lon) {
  pick.clearLayers();
  if (lat === null || lon === null) return;
  pick.addLayer(L.circleMarker([lat, lon], { radius: 9, color: '#000', weight: 3, fillColor: '#f2a900', fillOpacity: 1, interactive: false }));
}

function ownerItem(layer) {
  const person = layer.acting_owner ?? layer.owner;
  const department = person?.org_unit ?? layer.fallback_department;
  const phone = phones.get(department);
  const grid = layer.grid ? t('who_grid', { name: layer.grid.name }) : null;
  const call = phone ? el('a', { class: 'call', href: `tel:${phone.replace(/[^\d+]/g, '')}` }, phone) : null;
  if (!person) {
    return el('li', { class: 'fallback' }, el('span', { class: 'role' }, t(`layer_${layer.layer}`)), el('strong', {}, layer.fallback_department), el('small', {}, t('who_fallback', { reason: t(`who_because_${layer.fallback_reason}`) })), call);
  }
  return el(
    'li',
    {},
    el('span', { class: 'role' }, `${t(`layer_${layer.layer}`)} · ${t(`role_${layer.role}`)}`),
    el('strong', {}, `${person.name} `, el('code', {}, person.staff_code)),
    el('small', {}, [department, grid].filter(Boolean).join(' · ')),
    layer.alternatives.length ? el('small', { class: 'acting' }, t('who_or', { names: layer.alternatives.map((other) => `${other.owner?.name ?? t('vacancy')} ${percent(other.share)}`).join(t('list_comma')) })) : null,
    layer.deputies.length ? el('small', {}, t('who_deputies', { names: layer.deputies.slice(0, 2).map((deputy) => deputy.name).join(t('list_comma')) })) : null,
    layer.acting_owner ? el('span', { class: 'acting' }, t('who_acting', { name: layer.owner?.name ?? t('vacancy'), reason: layer.acting_reason })) : null,
    call,
  );
}

// How sure the answer is: a shop's own place, a place on the map, or an address that was understood more or less well.
function howSure(answer) {
  const { certainty, address, retailer } = answer;
  const nearest = Math.min(...answer.layers.map((layer) => layer.distance_to_border_m ?? Infinity));
  const isDoubtful = certainty < SURE;
  const words = [];
  if (address) words.push(t('who_understood', { label: address.label, share: percent(address.confidence) }));
  else if (!retailer) words.push(t('who_by_point'));
  else words.push(t(isDoubtful || INEXACT.includes(retailer.precision_class) ? 'who_inexact' : 'who_exact'));
  if (address || isDoubtful) words.push(t('who_certainty', { share: percent(certainty) }));
  if (Number.isFinite(nearest)) words.push(t('who_border', { metres: number(nearest) }));
  return el('div', { class: isDoubtful ? 'sure doubt' : 'sure' }, el('p', {}, words.join(' ')), otherReadings(address));
}

function otherReadings(address) {
  if (!address?.candidates.length) return null;
  const items = address.candidates.map((other) => {
    const place = { lat: other.lat, lon: other.lon };
    return el('li', {}, el('button', { type: 'button', class: 'link', onclick: () => find('/v1/ownership', place, place, other.label) }, other.label));
  });
  return el('div', {}, el('p', {}, t('who_readings')), el('ul', {}, ...items));
}

function show(answer, place, heading) {
  const shop = answer.retailer;
  const facts = shop ? [t('code'), shop.retailer_code, '·', t('licence'), shop.licence_no].join(' ') : `${answer.lat?.toFixed(5)}, ${answer.lon?.toFixed(5)}`;
  pin(answer.lat, answer.lon);
  if (answer.lat !== null && answer.lat !== undefined) map.setView([answer.lat, answer.lon], Math.max(map.getZoom(), shop ? CLOSE_ZOOM : 14));
  const box = byId('answer');
  const instant = asOf();
  const opener = !instant && setup.may.includes('collaborations:open') ? makeRequestForm({ place, answer }) : null;
  box.replaceChildren(
    el('header', {}, el('h3', {}, heading ?? shop?.name ?? t('who_place')), shop?.address ? el('span', {}, shop.address) : null, el('small', { class: 'muted' }, facts)),
    instant ? el('p', { class: 'notice', id: 'then' }, t('who_then', { date: date(instant) })) : '',
    el('ul', { class: 'owners' }, ...answer.layers.map(ownerItem)),
    howSure(answer),
    ...(opener ? [opener] : []),
  );
  document.body.dataset.answered = String(Number(document.body.dataset.answered ?? 0) + 1);
  say(answer.layers.map((layer) => `${t(`layer_${layer.layer}`)}: ${(layer.acting_owner ?? layer.owner)?.name ?? layer.fallback_department}`).join('; '));
}

async function find(path, parameters, place, heading) {
  again = () => find(path, parameters, place, heading);
  try {
    const answer = await ask(path, { ...parameters, as_of: asOf() });
    show(answer, place ?? { lat: answer.lat, lon: answer.lon }, heading);
  } catch (error) {
    const isOutside = error.status === 404 && parameters.lat !== undefined;
    byId('answer').replaceChildren(el('p', { class: 'notice', role: 'alert' }, isOutside ? t('who_outside') : error.message));
  }
}

map.on('click', (event) => {
  const at = event.latlng.wrap();
  const place = { lat: Number(at.lat.toFixed(6)), lon: Number(at.lng.toFixed(6)) };
  find('/v1/ownership', place, place);
});

byId('as-of').addEventListener('change', () => again?.());

makeSearch({
  onChoose: (shop) => find(`/v1/retailers/${shop.retailer_id}/ownership`, {}, { retailer_id: shop.retailer_id }),
  onWords: (words) => find('/v1/ownership', { address: words }, null, words),
});

const [, departments] = await Promise.all([
  ask('/v1/basemap').then((known) => [basemap, names].forEach((layer) => layer.setBasemap(known))),
  setup.may.includes('departments:read') ? ask('/v1/departments') : { items: [] },
]);
phones = new Map(departments.items.filter((item) => item.duty_phone).map((item) => [item.name, item.duty_phone]));
document.body.dataset.ready = 'true';
const asked = new URLSearchParams(location.search);
if (asked.get('retailer_id')) find(`/v1/retailers/${encodeURIComponent(asked.get('retailer_id'))}/ownership`, {}, { retailer_id: asked.get('retailer_id') });
