// The card over the table: who is responsible at a place, a grid's facts, a person's route of the day.

import { byId, el } from './dom.js';
import { calendarDay, date, duration, number, oneDecimal, setup, shiftDay, t, time, whyLeft } from './words.js';

export function hideDetail() {
  byId('detail').hidden = true;
  byId('detail').replaceChildren();
}

function show(heading, onClose, ...children) {
  const close = el('button', { type: 'button', class: 'close', 'aria-label': t('close'), title: t('close'), onclick: onClose }, '×');
  byId('detail').replaceChildren(el('header', {}, el('h2', {}, heading), close), ...children.filter(Boolean));
  byId('detail').hidden = false;
  byId('panel').scrollTop = 0;
}

export function showMessage(heading, words, onClose) {
  show(heading, onClose, el('p', { class: 'notice' }, words));
}

export function showOwners(answer, { layer, onClose, onRoute }) {
  const shop = answer.retailer;
  const facts = shop && el(
    'dl',
    { class: 'facts' },
    el('dt', {}, t('address')), el('dd', {}, shop.address || '–'),
    el('dt', {}, t('licence')), el('dd', {}, shop.licence_no),
    el('dt', {}, t('code')), el('dd', {}, shop.retailer_code),
  );
  const unplaced = shop && shop.lon === null ? el('p', { class: 'notice' }, t('no_point')) : null;
  const trio = el('ul', { class: 'trio' }, ...answer.layers.map((owner) => ownerItem(owner, layer, onRoute)));
  show(shop ? shop.name : t('owners_here'), onClose, facts, unplaced, trio);
}

function ownerItem(owner, layer, onRoute) {
  const person = owner.acting_owner ?? owner.owner;
  const grid = owner.grid ? t('owner_grid', { name: owner.grid.name }) : null;
  const why = [grid, owner.source ? t(`source_${owner.source}`) : null, owner.valid_from ? t('since', { date: date(owner.valid_from) }) : null].filter(Boolean).join(' · ');
  if (!person) {
    const words = t('fallback', { department: owner.fallback_department });
    return el('li', { 'data-layer': owner.layer, class: owner.layer === layer ? 'here' : null }, el('span', { class: 'role' }, t(`role_${owner.role}`)), el('strong', {}, words), el('small', {}, [grid, t(`fallback_${owner.fallback_reason}`)].filter(Boolean).join(' · ')));
  }
  const acting = owner.acting_owner ? el('small', { class: 'acting' }, t('acting_for', { name: owner.owner.name, reason: owner.acting_reason })) : null;
  const unit = person.org_unit ? el('small', {}, person.org_unit) : null;
  const route = el('button', { type: 'button', class: 'link', onclick: () => onRoute(person) }, t('route_today'));
  return el('li', { 'data-layer': owner.layer, class: owner.layer === layer ? 'here' : null }, el('span', { class: 'role' }, t(`role_${owner.role}`)), el('strong', {}, person.name, ' ', el('code', {}, person.staff_code)), acting, unit, el('small', {}, why), mayRead('days:read') ? route : null);
}

const mayRead = (action) => setup.may.includes(action);

export function showGrid(grid, layer, { onClose, onRoute }) {
  const facts = t('grid_facts', { shops: number(grid.n_retailers), minutes: number(grid.load_min_per_day), area: oneDecimal(grid.area_km2) });
  const owner = grid.owner;
  const person = owner
    ? el('p', { class: 'person' }, el('strong', {}, owner.name, ' ', el('code', {}, owner.staff_code)), owner.org_unit ? el('small', {}, owner.org_unit) : null)
    : el('p', { class: 'person' }, el('strong', { class: 'bad' }, t('vacancy')));
  const route = owner && mayRead('days:read') ? el('button', { type: 'button', class: 'primary small', onclick: () => onRoute(owner) }, t('route_today')) : null;
  show(layer.is_planned ? t('grid_detail', { name: grid.name }) : grid.name, onClose, person, grid.n_units ? el('p', { class: 'muted' }, facts) : null, route);
}

function dayHeading(person, day) {
  return t('route_of', { name: person.name, date: calendarDay(day) });
}

function daySteps(day, onDay) {
  return el(
    'p',
    { class: 'steps' },
    el('button', { type: 'button', class: 'quiet', onclick: () => onDay(shiftDay(day, -1)) }, `‹ ${t('day_before')}`),
    el('button', { type: 'button', class: 'quiet', onclick: () => onDay(shiftDay(day, 1)) }, `${t('day_after')} ›`),
  );
}

export function showNoRoute(person, day, { onClose, onDay }) {
  show(dayHeading(person, day), onClose, el('p', { class: 'notice' }, t('route_none', { name: person.name, date: calendarDay(day) })), el('p', { class: 'muted' }, t('route_none_hint')), daySteps(day, onDay));
}

export function showRoute(day, { onClose, onDay, onStop }) {
  const notes = [
    day.is_withheld ? t('route_withheld') : null,
    day.method === 'straight_line' ? t('route_straight') : null,
    day.is_provisional ? t('route_provisional') : null,
  ].filter(Boolean).map((words) => el('p', { class: 'notice' }, words));
  const facts = day.is_withheld ? null : el('p', { class: 'muted' }, t('route_facts', { stops: day.stops.length, distance: oneDecimal(day.distance_m / 1000), travel: duration(day.travel_s), service: duration(day.service_s) }));
  const stops = day.stops.map((stop) => stopItem(stop, onStop));
  const leaves = day.departs_at ? el('li', { class: 'end' }, t('route_leaves', { time: time(day.departs_at) })) : null;
  const returns = day.returns_at ? el('li', { class: 'end' }, t('route_returns', { time: time(day.returns_at) })) : null;
  const list = el('ol', { class: 'stops' }, ...[leaves, ...stops, returns].filter(Boolean));
  show(dayHeading(day.staff, day.day), onClose, facts, ...notes, daySteps(day.day, onDay), list, notPlanned(day.not_planned));
}

function stopItem(stop, onStop) {
  const when = stop.starts_at ? time(stop.starts_at) : t(stop.half_day ?? 'morning');
  const sealed = stop.is_sealed ? el('em', { class: 'sealed' }, t('sealed')) : null;
  return el(
    'li',
    { 'data-stop': stop.sequence },
    el('button', { type: 'button', class: 'stop', onclick: () => onStop(stop) }, el('span', { class: 'disc' }, String(stop.sequence)), el('time', {}, when), el('span', { class: 'shop' }, stop.retailer.name)),
    el('small', {}, t(`task_${stop.task_type}`), ' · ', because(stop.why), ' ', sealed),
  );
}

function notPlanned(missing) {
  if (!missing.length) return null;
  return el('details', { class: 'missing' }, el('summary', {}, t('route_not_planned', { n: missing.length })), el('ul', {}, ...missing.map((duty) => el('li', {}, duty.retailer.name, el('small', {}, whyLeft(duty))))));
}

function because(why) {
  const [key, value] = why.split(':');
  return t(`why_${key}`, { value });
}
