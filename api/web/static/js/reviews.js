// The review queue: a list and the map show the same doubts; one is chosen, looked at and settled.

import { ask } from './ask.js';
import { byId, el, say } from './dom.js';
import { evidenceWords, kindWords, sentence } from './findings.js';
import { Stopped, showJob } from './job.js';
import { faultOf, send } from './send.js';
import { date, number, setup, t } from './words.js';

const { L } = window;
const PAGE = 500;
const STEP_M = 5; // one press of an arrow key; with Shift ten times as far
const M_PER_DEGREE = 111195;

export function startReviews(map, mayWrite) {
  const dots = L.layerGroup().addTo(map);
  const chosenMarks = L.layerGroup().addTo(map);
  const state = { items: [], next: null, code: '', chosen: null, place: null };

  async function loadCounts() {
    const { items } = await ask('/v1/reviews/counts');
    const open = items.filter((item) => item.state === 'open');
    const byCode = new Map();
    for (const item of open) byCode.set(item.code, (byCode.get(item.code) ?? 0) + item.n_items);
    const total = [...byCode.values()].reduce((sum, n) => sum + n, 0);
    byId('n-open').textContent = total ? number(total) : '';
    const select = byId('kind-of-doubt');
    const options = [['', t('data_all_kinds'), total], ...[...byCode].sort((a, b) => b[1] - a[1]).map(([code, n]) => [code, kindWords(code), n])];
    select.replaceChildren(...options.map(([code, words, n]) => el('option', { value: code, selected: code === state.code }, `${words} (${number(n)})`)));
    byId('bulk').disabled = !state.code;
  }

  async function load() {
    closeChosen();
    byId('queue').setAttribute('aria-busy', 'true');
    try {
      const code = state.code || null;
      const [page] = await Promise.all([ask('/v1/reviews', { code, limit: PAGE }), loadCounts()]);
      state.items = page.items;
      state.next = page.next;
      paint();
    } catch (error) {
      byId('queue').replaceChildren(el('li', { class: 'empty bad' }, faultOf(error)));
    } finally {
      byId('queue').removeAttribute('aria-busy');
      document.body.dataset.painted = 'reviews';
    }
  }

  async function loadMore() {
    const page = await ask('/v1/reviews', { code: state.code || null, limit: PAGE, after: state.next });
    state.items.push(...page.items);
    state.next = page.next;
    paint();
  }

  function paint() {
    dots.clearLayers();
    const rows = state.items.map((item) => {
      const where = item.lon !== null ? [item.lat, item.lon] : item.proposed_lon !== null ? [item.proposed_lat, item.proposed_lon] : null;
      if (where) {
        const dot = L.circleMarker(where, { pane: 'doubts', radius: 6, weight: 2, color: '#17222c', fillColor: '#f2a900', fillOpacity: 1 });
        dot.bindTooltip(`${item.retailer_name ?? ''} · ${kindWords(item.code)}`);
        dot.on('click', () => choose(item));
        dots.addLayer(dot);
      }
      return el('li', {}, row(item));
    });
    if (!rows.length) rows.push(el('li', { class: 'empty' }, t('data_nothing_open')));
    if (state.next) rows.push(el('li', { class: 'more' }, el('button', { type: 'button', class: 'quiet', onclick: loadMore }, t('data_more'))));
    byId('queue').replaceChildren(...rows);
  }

  function row(item) {
    const title = item.retailer_name ?? (item.row_no === null ? item.file_name ?? '' : t('data_row_of', { row: item.row_no, file: item.file_name ?? '' }));
    return el('button', { type: 'button', class: 'item', 'data-id': item.review_item_id, onclick: () => choose(item) },
      el('strong', {}, title), el('span', { class: `label ${item.severity}` }, kindWords(item.code)), el('small', {}, sentence(item)));
  }

  function markRow(id) {
    for (const button of document.querySelectorAll('#queue button.item')) {
      const isIt = button.dataset.id === id;
      button.setAttribute('aria-current', String(isIt));
      if (isIt) button.scrollIntoView({ block: 'nearest' });
    }
  }

  function closeChosen() {
    state.chosen = null;
    state.place = null;
    chosenMarks.clearLayers();
    byId('chosen').hidden = true;
    markRow(null);
  }

  function mark(where, kind, options = {}) {
    const icon = L.divIcon({ className: `pin ${kind}`, html: el('span'), iconSize: [28, 28], iconAnchor: [14, 14] });
    const made = L.marker(where, { icon, pane: 'chosen', ...options });
    chosenMarks.addLayer(made);
    return made;
  }

  function choose(item) {
    closeChosen();
    state.chosen = item;
    markRow(item.review_item_id);
    showItem(item);
    const points = [];
    if (item.lon !== null) points.push([item.lat, item.lon]);
    if (item.proposed_lon !== null) {
      points.push([item.proposed_lat, item.proposed_lon]);
      mark(points.at(-1), 'proposed', { title: t('data_key_proposed'), keyboard: false, interactive: false });
    }
    if (points.length === 2) chosenMarks.addLayer(L.polyline(points, { pane: 'chosen', color: '#0b5c66', weight: 3, dashArray: '6 6', interactive: false }));
    if (points.length) map.fitBounds(L.latLngBounds(points).pad(0.4), { maxZoom: 17, animate: false });
    if (item.can_move && mayWrite) movable(item, points[0] ?? map.getCenter());
    else if (item.lon !== null) mark(points[0], 'now', { keyboard: false, interactive: false });
  }

  // The pin follows the pointer or the arrow keys; nothing is written before the button is pressed.
  function movable(item, where) {
    const pin = mark(where, 'now movable', { draggable: true, title: t('data_drag'), alt: t('data_drag') });
    const moved = () => {
      state.place = pin.getLatLng();
      byId('move-here').disabled = false;
      byId('moved-to').textContent = `${state.place.lat.toFixed(6)}, ${state.place.lng.toFixed(6)}`;
    };
    pin.on('dragend', moved);
    pin.getElement().addEventListener('keydown', (event) => {
      const step = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const at = pin.getLatLng();
      const metres = event.shiftKey ? STEP_M * 10 : STEP_M;
      const degrees = metres / M_PER_DEGREE;
      pin.setLatLng([at.lat + step[0] * degrees, at.lng + (step[1] * degrees) / Math.cos((at.lat * Math.PI) / 180)]);
      moved();
    });
  }

  function showItem(item) {
    const facts = [['address', item.address], ['code', item.retailer_code], ['data_office', item.street_office], ['data_file', item.file_name],
      ...Object.entries(item.evidence).filter(([name]) => setup.words[`evidence_${name}`]).map(([name, value]) => [`evidence_${name}`, evidenceWords(name, value)])];
    const isPin = item.can_move;
    const accepted = item.proposed_lon !== null ? 'data_accept_proposed' : item.lon !== null ? 'data_accept_point' : 'data_accept';
    const canAccept = item.proposed_lon !== null || item.lon !== null || !isPin;
    const reason = el('input', { id: 'reason', maxlength: 500, placeholder: t('data_reason_hint') });
    const fault = el('p', { class: 'notice bad', role: 'alert', hidden: true });
    const decide = async (verb, body) => {
      fault.hidden = true;
      try {
        const done = await send('POST', `/v1/reviews/${item.review_item_id}:${verb}`, { reason: reason.value, ...body });
        await settled(done);
      } catch (error) {
        fault.textContent = faultOf(error);
        fault.hidden = false;
      }
    };
    const actions = mayWrite ? [
      el('div', { class: 'field' }, el('label', { for: 'reason' }, t('data_reason')), reason),
      el('div', { class: 'actions' },
        canAccept ? el('button', { type: 'button', class: 'primary', id: 'accept', onclick: () => decide('accept', {}) }, t(accepted)) : null,
        isPin ? el('button', { type: 'button', class: 'quiet', id: 'move-here', disabled: true, onclick: () => decide('move', { lon: state.place.lng, lat: state.place.lat }) }, t('data_move_here')) : null,
        el('button', { type: 'button', class: 'quiet', id: 'reject', onclick: () => decide('reject', {}) }, t('data_reject'))),
      isPin ? el('p', { class: 'muted' }, t('data_drag'), ' ', el('b', { id: 'moved-to' })) : null,
      fault,
    ] : [];
    byId('chosen').replaceChildren(
      el('header', {}, el('h2', { tabindex: '-1' }, item.retailer_name ?? kindWords(item.code)),
        el('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: closeChosen }, '×')),
      el('p', {}, el('strong', {}, kindWords(item.code)), ' · ', sentence(item)),
      el('dl', { class: 'facts' }, ...facts.filter(([, value]) => value !== null && value !== undefined && value !== '').flatMap(([name, value]) => [el('dt', {}, setup.words[name] ? t(name) : name), el('dd', {}, String(value))])),
      ...actions.filter(Boolean),
      el('div', { id: 'moves' }),
    );
    byId('chosen').hidden = false;
    if (item.retailer_id) showMoves(item);
  }

  async function showMoves(item) {
    const { items } = await ask('/v1/pin-moves', { retailer_id: item.retailer_id, limit: 5 });
    if (state.chosen !== item || !items.length) return;
    const lines = items.map((move) => el('li', {}, t('data_moved', { m: move.moved_m === null ? '—' : number(move.moved_m), who: move.moved_by, when: date(move.moved_at), why: move.reason })));
    byId('moves').replaceChildren(el('h3', {}, t('data_moves')), el('ul', {}, ...lines));
  }

  async function settled(done) {
    const at = state.items.findIndex((item) => item.review_item_id === done.item.review_item_id);
    await load();
    const crossed = done.crossed.map((one) => t('data_crossed', { layer: t(`layer_${one.layer}`), from: one.from_grid ?? '—', to: one.to_grid ?? '—' }));
    const words = [t(`data_state_${done.item.state}`), done.item.outcome].join(' · ');
    byId('chosen').replaceChildren(el('p', { class: 'notice good', role: 'status' }, words), ...crossed.map((line) => el('p', { class: 'crossed' }, line)));
    byId('chosen').hidden = false;
    say([words, ...crossed].join(' '));
    const next = document.querySelectorAll('#queue button.item')[Math.max(0, at)];
    if (next) next.focus();
  }

  function showBulk() {
    const box = byId('bulk-form');
    if (!box.hidden) {
      box.hidden = true;
      return;
    }
    const decision = el('select', { id: 'bulk-decision' }, el('option', { value: 'accept' }, t('data_accept')), el('option', { value: 'reject' }, t('data_reject')));
    const reason = el('input', { id: 'bulk-reason', maxlength: 500 });
    const result = el('p', { class: 'notice', role: 'status', hidden: true });
    const go = el('button', { type: 'button', class: 'primary small', id: 'bulk-go', disabled: true, onclick: () => run(false) }, t('data_bulk_go'));
    const run = async (isDry) => {
      try {
        const done = await send('POST', '/v1/reviews:settle', { code: state.code, decision: decision.value, reason: reason.value, dry_run: isDry });
        result.textContent = isDry ? t('data_bulk_names', { n: number(done.n_named) }) : t('data_bulk_done', { n: number(done.n_settled), left: number(done.left.length) });
        go.disabled = !isDry || done.n_named === 0;
        result.hidden = false;
        if (!isDry) {
          say(result.textContent);
          await load();
        }
      } catch (error) {
        result.textContent = faultOf(error);
        result.hidden = false;
      }
    };
    box.replaceChildren(
      el('h2', {}, t('data_bulk_title', { kind: kindWords(state.code) })),
      el('div', { class: 'field' }, el('label', { for: 'bulk-decision' }, t('data_decision')), decision),
      el('div', { class: 'field' }, el('label', { for: 'bulk-reason' }, t('data_reason')), reason),
      el('div', { class: 'actions' }, el('button', { type: 'button', class: 'quiet', id: 'bulk-try', onclick: () => run(true) }, t('data_bulk_try')), go),
      result,
    );
    box.hidden = false;
    decision.focus();
  }

  byId('kind-of-doubt').addEventListener('change', (event) => {
    state.code = event.target.value;
    byId('bulk-form').hidden = true;
    load();
  });
  byId('bulk').addEventListener('click', showBulk);
  // Work on all shops: its bar stands where a chosen item would, its outcome stays until something is chosen.
  async function work(button, address, words) {
    button.disabled = true;
    closeChosen();
    byId('chosen').hidden = false;
    try {
      const { result } = await showJob(await send('POST', address, {}), byId('chosen'));
      await load();
      const done = words(result);
      byId('chosen').replaceChildren(el('p', { class: 'notice good' }, done));
      say(done);
    } catch (error) {
      const fault = error instanceof Stopped ? error.message : faultOf(error);
      byId('chosen').replaceChildren(el('p', { class: 'notice bad', role: 'alert' }, fault));
      say(fault);
    } finally {
      byId('chosen').hidden = false;
      button.disabled = false;
    }
  }

  byId('check').addEventListener('click', (event) => work(event.currentTarget, '/v1/reviews:check', (result) => t('data_checked', { shops: number(result.n_shops), n: number(result.n_new), mended: number(result.n_mended) })));
  byId('geocode').addEventListener('click', (event) => work(event.currentTarget, '/v1/retailers:geocode', (result) => (result.n_asked ? t('data_geocoded', { n: number(result.n_asked), found: number(result.n_located) }) : t('data_geocoded_none'))));
  load();
  function setVisible(isVisible) {
    for (const layer of [dots, chosenMarks]) {
      if (isVisible) layer.addTo(map);
      else layer.remove();
    }
  }

  return { load, setVisible };
}
