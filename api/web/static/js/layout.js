// The licence plan on the map: cells by what is left, the queue, and what approving some of it would do.

import { ask } from './ask.js';
import { byId, el, say } from './dom.js';
import { faultOf, send } from './send.js';
import { number, t } from './words.js';

const { L } = window;

// Full, nearly full, room: told apart by dash and words as well as by colour.
function styleOf(cell) {
  if (cell.remaining <= 0) return { color: '#a3211a', weight: 2.5, dashArray: null, fillColor: '#a3211a', fillOpacity: 0.16 };
  if (cell.remaining <= cell.queue.length) return { color: '#a06a00', weight: 2, dashArray: '8 4', fillColor: '#f2a900', fillOpacity: 0.16 };
  return { color: '#1d6b3a', weight: 1.5, dashArray: '2 4', fillColor: '#1d6b3a', fillOpacity: 0.08 };
}

export function startLayout(map) {
  const outlines = L.layerGroup();
  const marks = L.layerGroup();

  function figure(value) {
    return el('td', { class: 'figure' }, number(value));
  }

  function cellRow(cell, outline) {
    const name = el('button', { type: 'button', class: 'link', onclick: () => map.fitBounds(outline.getBounds(), { padding: [20, 20] }) }, cell.name);
    return el('tr', {}, el('td', {}, name), figure(cell.planned), figure(cell.actual), el('td', { class: cell.remaining <= 0 ? 'figure bad' : 'figure' }, number(cell.remaining)), figure(cell.queue.length));
  }

  async function load() {
    const box = byId('layout-cells');
    try {
      const [plan, { items }] = await Promise.all([ask('/v1/layout/cells'), ask('/v1/layout/applications')]);
      outlines.clearLayers();
      marks.clearLayers();
      if (!plan.features.length) {
        box.replaceChildren(el('p', { class: 'empty' }, t('layout_none')));
        document.body.dataset.painted = 'layout';
        return;
      }
      const rows = plan.features.map((feature) => {
        const outline = L.geoJSON(feature, { pane: 'doubts', style: styleOf(feature.properties) });
        outline.bindTooltip(t('layout_tip', { name: feature.properties.name, actual: feature.properties.actual, planned: feature.properties.planned }));
        outlines.addLayer(outline);
        return cellRow(feature.properties, outline);
      });
      const heads = ['layout_cell', 'layout_planned', 'layout_actual', 'layout_remaining', 'layout_queue'].map((key, at) => el('th', { class: at ? 'figure' : null }, t(key)));
      box.replaceChildren(el('table', {}, el('caption', {}, t('layout_title')), el('thead', {}, el('tr', {}, ...heads)), el('tbody', {}, ...rows)),
        el('p', { class: 'muted foot' }, t('layout_rest', { outside: number(plan.n_outside), unlocated: number(plan.n_unlocated) })));
      showQueue(items);
    } catch (error) {
      box.replaceChildren(el('p', { class: 'notice bad', role: 'alert' }, faultOf(error)));
    }
    document.body.dataset.painted = 'layout';
  }

  function showQueue(items) {
    const box = byId('layout-queue');
    if (!items.length) {
      box.replaceChildren(el('p', { class: 'empty' }, t('layout_no_queue')));
      return;
    }
    const boxes = items.map((one) => {
      if (one.lon !== null) marks.addLayer(L.circleMarker([one.lat, one.lon], { pane: 'chosen', radius: 6, weight: 2, color: '#17222c', fillColor: '#ffffff', fillOpacity: 1 }).bindTooltip(`${one.application_no} ${one.name}`));
      return el('li', {}, el('label', {}, el('input', { type: 'checkbox', value: one.application_no }), el('span', {}, `${one.application_no} · ${one.name}`), el('small', {}, [one.applied_on, one.address].filter(Boolean).join(' · '))));
    });
    const button = el('button', { type: 'button', class: 'primary', id: 'ahead', disabled: true }, t('layout_ahead'));
    const answer = el('div', { id: 'ahead-answer', 'aria-live': 'polite' });
    const list = el('ul', { class: 'applications' }, ...boxes);
    const chosen = () => [...list.querySelectorAll('input:checked')].map((input) => input.value);
    list.addEventListener('change', () => {
      button.disabled = !chosen().length;
    });
    button.addEventListener('click', async () => {
      try {
        show(answer, await send('POST', '/v1/layout:ahead', { application_nos: chosen() }));
      } catch (error) {
        answer.replaceChildren(el('p', { class: 'notice bad', role: 'alert' }, faultOf(error)));
      }
    });
    box.replaceChildren(el('h2', {}, t('layout_queue_title')), list, button, answer);
  }

  function show(box, found) {
    const sentence = (grid) => t('layout_grid', { grid: grid.grid, layer: t(`layer_${grid.layer}`), n: number(grid.n_shops_then), more: number(grid.minutes_per_day_then - grid.minutes_per_day) });
    const lines = found.grids.map((grid) => el('li', {}, sentence(grid)));
    const near = (what, one) => t(`layout_near_${what}`, { label: one.label, m: one.way_m.toFixed(2), required: number(one.required_m) });
    const faults = found.applications.flatMap((one) => ['shop', 'school', 'rival'].filter((what) => one[what] && one[what].way_m < one[what].required_m).map((what) => t('labelled', { label: one.application.application_no, words: near(what, one[what]) }))
      .concat(one.cell_code ? [] : [t('labelled', { label: one.application.application_no, words: t(one.application.lon === null ? 'layout_no_point' : 'layout_no_cell') })]));
    box.replaceChildren(
      el('h3', {}, t('layout_consequence', { n: number(found.applications.length) })),
      lines.length ? el('ul', {}, ...lines) : el('p', { class: 'muted' }, t('layout_no_grid')),
      ...found.over_plan.length ? [el('p', { class: 'notice' }, t('layout_over', { n: number(found.over_plan.length) }))] : [],
      faults.length ? el('ul', { class: 'bad' }, ...faults.map((fault) => el('li', {}, fault))) : el('p', { class: 'notice good' }, t('layout_no_faults')),
    );
    say(box.textContent);
  }

  return {
    show() {
      outlines.addTo(map);
      marks.addTo(map);
      load();
    },
    hide() {
      outlines.remove();
      marks.remove();
    },
  };
}
