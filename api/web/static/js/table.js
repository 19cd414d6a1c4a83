// The balance of a layer: a few figures, then one row per grid.

import { byId, el } from './dom.js';
import { deviation, number, percent, t } from './words.js';

const BAND = 2.5; // a bar's half width shows so many tolerances

export function showMetrics(layer) {
  const isEven = layer.max_deviation_share <= layer.tolerance_share + 1e-9;
  const tolerance = percent(layer.tolerance_share);
  const unowned = layer.n_unowned ? t('metric_unowned', { n: number(layer.n_unowned) }) : t('metric_all_owned');
  const generation = layer.generation === null ? t('metric_no_generation') : t('metric_generation', { generation: layer.generation });
  byId('metrics').replaceChildren(
    tile(deviation(layer.max_deviation_share).replace('+', ''), t('metric_deviation'), t(isEven ? 'metric_deviation_ok' : 'metric_deviation_bad', { tolerance }), isEven ? 'good' : 'bad'),
    tile(number(layer.mean_load_min_per_day), t('metric_mean'), generation),
    tile(number(layer.n_retailers), t('metric_shops'), unowned, layer.n_unowned ? 'bad' : ''),
    tile(layer.n_trios === null ? '–' : number(layer.n_trios), t('metric_trios'), '', '', t('metric_trios_title')),
  );
}

function tile(value, name, note, mood = '', title = null) {
  return el('div', { class: `tile ${mood}`, title }, el('strong', {}, value), el('span', {}, name), note ? el('small', {}, note) : null);
}

export function showEmpty(titleKey, textKey) {
  byId('metrics').replaceChildren();
  byId('table').replaceChildren(el('div', { class: 'empty' }, el('h2', {}, t(titleKey)), el('p', {}, t(textKey))));
}

export function showTable(layer, { onChoose }) {
  const heads = [['grid'], ['owner'], ['shops', 'figure'], ['minutes', 'figure'], ['deviation', 'bar-head'], ['pieces', 'figure']];
  const head = el('tr', {}, ...heads.map(([name, kind]) => el('th', { scope: 'col', class: kind, title: name === 'pieces' ? t('table_pieces_title') : null }, t(`table_${name}`))));
  const rows = layer.grids.map((grid, at) => row(grid, at, layer, onChoose));
  const note = layer.is_planned ? null : el('p', { class: 'notice' }, t('empty_imported'));
  const caption = el('caption', {}, t(layer.is_planned ? 'table_caption_planned' : 'table_caption_imported'));
  byId('table').replaceChildren(...[note, el('table', {}, caption, el('thead', {}, head), el('tbody', {}, ...rows))].filter(Boolean));
}

function row(grid, at, layer, onChoose) {
  const owner = grid.owner ? grid.owner.name : t('vacancy');
  const swatch = el('span', { class: 'swatch' }, String(grid.number));
  swatch.style.backgroundColor = grid.colour;
  const choose = el('button', { type: 'button', class: 'row', 'aria-label': `${grid.name} ${owner}`, onclick: () => onChoose(at) }, swatch, layer.is_planned ? el('span', {}, grid.name) : null);
  const pieces = grid.n_pieces > 1 ? el('strong', { class: 'bad' }, String(grid.n_pieces)) : grid.n_pieces === 0 ? '–' : '1';
  return el(
    'tr',
    { 'data-row': at, onclick: (event) => event.target.closest('button') || onChoose(at) },
    el('td', {}, choose),
    el('td', { class: grid.owner ? 'owner' : 'owner vacant' }, owner),
    el('td', { class: 'figure' }, number(grid.n_retailers)),
    el('td', { class: 'figure' }, number(grid.load_min_per_day)),
    el('td', {}, bar(grid.deviation_share, layer.tolerance_share)),
    el('td', { class: 'figure' }, pieces),
  );
}

function bar(share, tolerance) {
  const isOut = Math.abs(share) > tolerance + 1e-9;
  const reach = Math.min(Math.abs(share) / (tolerance * BAND), 1) * 50;
  const fill = el('i', { class: 'fill' });
  fill.style.width = `${reach}%`;
  fill.style.left = share < 0 ? `${50 - reach}%` : '50%';
  const band = el('i', { class: 'band' });
  band.style.left = `${50 - 50 / BAND}%`;
  band.style.width = `${100 / BAND}%`;
  return el('span', { class: `deviation ${isOut ? 'bad' : ''}` }, el('span', { class: 'track', 'aria-hidden': 'true' }, band, fill, el('i', { class: 'zero' })), el('span', { class: 'share' }, deviation(share)));
}

export function markRow(at) {
  for (const shown of document.querySelectorAll('tr[data-row]')) {
    const isChosen = Number(shown.dataset.row) === at;
    shown.classList.toggle('chosen', isChosen);
    if (isChosen) shown.querySelector('button').setAttribute('aria-current', 'true');
    else shown.querySelector('button').removeAttribute('aria-current');
  }
}
