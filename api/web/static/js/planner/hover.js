// The card beside the pointer: the unit or shop beneath it, and what it asks.

import { byId, el } from '../dom.js';
import { oneDecimal, t } from '../words.js';
import { on, state } from './state.js';
import { gridWords } from './steps.js';

const SHOP_FROM_ZOOM = 13.5;
const SHOP_WITHIN_PX = 9;

export function makeHover({ map, shops, hasShops }) {
  if (!window.matchMedia('(hover: hover)').matches) return;
  const card = byId('hover');
  on('hover', (at) => {
    if (!at || at.unit < 0) {
      card.hidden = true;
      return;
    }
    const shop = (map.getZoom() >= SHOP_FROM_ZOOM || state.tool === 'shop') && hasShops() ? shops.nearest(map, at.latlng, SHOP_WITHIN_PX) : -1;
    card.replaceChildren(...(shop >= 0 ? shopCard(shop) : unitCard(at.unit)));
    card.hidden = false;
    const point = map.latLngToContainerPoint(at.latlng);
    const size = map.getSize();
    card.style.left = `${Math.min(point.x + 16, size.x - card.offsetWidth - 6)}px`;
    card.style.top = `${point.y + 18 + card.offsetHeight > size.y ? point.y - card.offsetHeight - 12 : point.y + 18}px`;
  });
  map.on('movestart zoomstart', () => { card.hidden = true; });
}

function unitCard(unit) {
  const { model } = state;
  const grid = model.gridOfUnit[unit];
  const { start } = model.shopsOfUnit;
  const owner = grid < 0 ? '' : ` · ${model.grids[grid].staff_name ?? t('vacancy')}`;
  const office = model.bench.offices[model.bench.office_of_unit[unit]];
  return [el('strong', {}, gridWords(grid) + owner), el('span', {}, t('unit_card', { n: start[unit + 1] - start[unit], minutes: oneDecimal(model.minutesOfUnit[unit]) })), office ? el('span', {}, office) : ''].filter(Boolean);
}

function shopCard(shop) {
  const { model } = state;
  const { bench } = model;
  const owner = model.ownerOfShop(shop);
  const now = model.ownerNow[shop];
  const changes = owner !== now ? el('span', { class: 'changes' }, t('shop_changes', { from: bench.staff[now]?.name ?? t('nobody'), to: bench.staff[owner]?.name ?? t('nobody') })) : el('span', {}, bench.staff[now]?.name ?? t('nobody'));
  return [
    el('strong', {}, bench.name[shop]),
    el('span', {}, t('shop_card', { tier: bench.tier[shop], star: bench.star[shop], minutes: oneDecimal(bench.minutes[shop]) })),
    changes,
    bench.is_uncertain[shop] ? el('span', { class: 'changes' }, t('legend_uncertain')) : '',
    model.keptAt[shop] !== -2 ? el('span', { class: 'changes' }, t('labelled', { label: t('legend_kept'), words: model.keptBy.get(shop)?.reason ?? '' })) : '',
  ].filter(Boolean);
}

