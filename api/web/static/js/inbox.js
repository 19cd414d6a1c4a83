// What somebody has to handle, opened or was told, one beside the other with its trace.

import { ask } from './ask.js';
import { byId, el, say } from './dom.js';
import { date, number, setup, t, time } from './words.js';

const isStaff = Boolean(setup.caller.staff_id);
const seesDistrict = ['admin', 'planner', 'approver', 'hotline'].includes(setup.caller.role);
const BOXES = [
  ...(isStaff ? [{ name: 'todo', query: { mine: true, open: true } }] : []),
  ...(seesDistrict ? [{ name: 'open', query: { open: true } }] : []),
  ...(seesDistrict ? [] : [{ name: 'seen', query: {} }]),
  { name: 'opened', query: { opened_by_me: true } },
  ...(setup.may.includes('notices:read') ? [{ name: 'notices', query: null }] : []),
];
const state = { box: BOXES[0].name, id: null, next: null };
const when = (instant) => `${date(instant)} ${time(instant)}`;

function tab(box) {
  const made = el('button', { type: 'button', role: 'tab', id: `box-${box.name}`, 'aria-controls': 'items', 'aria-selected': 'false', tabindex: '-1', onclick: () => open(box.name) }, t(`inbox_${box.name}`));
  made.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = BOXES.findIndex((known) => known.name === box.name);
    const next = BOXES[(at + step + BOXES.length) % BOXES.length];
    open(next.name);
    byId(`box-${next.name}`).focus();
  });
  return made;
}

async function open(name) {
  state.box = name;
  for (const box of BOXES) {
    const made = byId(`box-${box.name}`);
    made.setAttribute('aria-selected', String(box.name === name));
    made.tabIndex = box.name === name ? 0 : -1;
  }
  byId('items').setAttribute('aria-labelledby', `box-${name}`);
  byId('items').replaceChildren(el('p', { class: 'empty' }, t('loading')));
  await load(null);
}

async function load(after) {
  const { name, query } = BOXES.find((box) => box.name === state.box);
  try {
    const found = query ? await ask('/v1/collaborations', { ...query, after, limit: 50 }) : await ask('/v1/notices', { after, limit: 50 });
    if (name !== state.box) return;
    const rows = found.items.map(query ? requestItem : noticeItem);
    const more = found.next ? [el('button', { type: 'button', class: 'quiet more', onclick: (event) => { event.target.remove(); load(found.next); } }, t('inbox_more'))] : [];
    if (after) byId('items').append(...rows, ...more);
    else byId('items').replaceChildren(...(rows.length ? [...rows, ...more] : [el('div', { class: 'empty' }, el('h2', {}, t(`inbox_none_${name}_title`)), el('p', {}, t(`inbox_none_${name}`)))]));
    document.body.dataset.shown = `${name}.${found.items.length}`;
  } catch (error) {
    byId('items').replaceChildren(el('p', { class: 'empty', role: 'alert' }, error.message));
  }
}

function requestItem(request) {
  return el(
    'button',
    { type: 'button', class: 'item', 'data-id': request.collaboration_id, 'aria-current': String(request.collaboration_id === state.id), onclick: () => read(request.collaboration_id) },
    el('strong', {}, request.subject),
    el('span', { class: `state ${request.state}` }, t(`request_state_${request.state}`)),
    el('small', {}, `${t(`type_${request.type}`)} · ${request.handler.department}`),
    el('time', { datetime: request.changed_at }, when(request.changed_at)),
  );
}

function noticeWords(notice) {
  const { content } = notice;
  if (notice.kind !== 'grids_changed') return { heading: content.subject, words: t(`notice_${notice.kind}`) };
  const values = { generation: content.generation, date: date(content.effective_from), gained: number(content.gained.length), lost: number(content.lost.length), partners: number(content.partner_changed.length) };
  return { heading: t('notice_grids_changed', values), words: t('notice_grids_changed_facts', values) };
}

function noticeItem(notice) {
  const { heading, words } = noticeWords(notice);
  const made = el(
    'button',
    { type: 'button', class: notice.read_at ? 'item' : 'item unread', onclick: () => readNotice(notice, made) },
    el('strong', {}, heading),
    el('time', { datetime: notice.at }, when(notice.at)),
    el('small', {}, words),
    notice.read_at ? null : el('span', { class: 'sr-only' }, t('inbox_unread')),
  );
  return made;
}

async function readNotice(notice, made) {
  if (!notice.read_at) {
    await ask(`/v1/notices/${notice.notice_id}:read`, {}, { method: 'POST' });
    notice.read_at = new Date().toISOString();
    made.classList.remove('unread');
    made.querySelector('.sr-only')?.remove();
  }
  if (notice.collaboration_id) await read(notice.collaboration_id);
  else if (notice.kind === 'grids_changed') showChange(notice);
}

async function showChange(notice) {
  const { heading, words } = noticeWords(notice);
  const list = (name) => (notice.content[name].length ? el('details', { open: name !== 'partner_changed' }, el('summary', {}, t(`notice_${name}`, { n: number(notice.content[name].length) })), el('ul', {}, ...notice.content[name].slice(0, 200).map((id) => el('li', {}, el('a', { href: `/who?retailer_id=${id}` }, shopNames.get(id) ?? id))))) : null);
  const shopNames = await namesOfShops();
  showOpened(el('h2', {}, heading), el('p', {}, words), notice.content.plan_id ? el('p', {}, el('a', { href: `/plans/${notice.content.plan_id}/handover` }, t('notice_handover'))) : null, list('gained'), list('lost'), list('partner_changed'));
}

let knownNames = null;
async function namesOfShops() {
  if (!knownNames) {
    const shops = await ask('/v1/shops').catch(() => ({ retailer_id: [], name: [] }));
    knownNames = new Map(shops.retailer_id.map((id, at) => [id, shops.name[at]]));
  }
  return knownNames;
}

function showOpened(...children) {
  const back = el('button', { type: 'button', class: 'quiet back', onclick: () => { byId('content').classList.remove('reading'); byId('items').focus(); } }, t('inbox_back'));
  byId('opened').replaceChildren(back, ...children.filter(Boolean));
  byId('content').classList.add('reading');
}

async function read(id) {
  state.id = id;
  for (const item of document.querySelectorAll('.item[data-id]')) item.setAttribute('aria-current', String(item.dataset.id === id));
  try {
    show(await ask(`/v1/collaborations/${id}`));
  } catch (error) {
    showOpened(el('p', { class: 'notice', role: 'alert' }, error.status === 404 ? t('inbox_gone') : error.message));
  }
}

function nameOf(people, staffId) {
  const person = people[staffId];
  return person ? `${person.name} ${person.staff_code}` : null;
}

function handlerWords(handler, people) {
  return nameOf(people, handler.staff_id) ?? handler.department;
}

function show({ collaboration, steps, people, may_process: mayProcess, may_recall: mayRecall }) {
  const facts = [
    [t('request_type'), t(`type_${collaboration.type}`)],
    [t('inbox_handler'), `${handlerWords(collaboration.handler, people)} · ${collaboration.handler.department}`],
    [t('inbox_why'), t(`reason_${collaboration.handler.reason}`)],
    ...(collaboration.external_ref ? [[t('request_ticket'), collaboration.external_ref]] : []),
    ...(collaboration.retailer_id ? [[t('inbox_place'), el('a', { href: `/who?retailer_id=${collaboration.retailer_id}` }, t('inbox_shop'))]] : collaboration.lat ? [[t('inbox_place'), `${collaboration.lat.toFixed(5)}, ${collaboration.lon.toFixed(5)}`]] : []),
  ];
  showOpened(
    el('div', { class: 'head' }, el('h2', {}, collaboration.subject), el('span', { class: `state ${collaboration.state}` }, t(`request_state_${collaboration.state}`))),
    collaboration.content ? el('p', { class: 'content' }, collaboration.content) : null,
    el('dl', { class: 'facts' }, ...facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
    mayProcess ? processForm(collaboration) : null,
    el('h3', {}, t('inbox_trace')),
    el('ol', { class: 'trace' }, ...steps.map((step) => stepItem(step, people))),
    mayRecall ? recallForm(collaboration) : null,
    setup.may.includes('reporters:read') ? reporterButton(collaboration) : null,
  );
  document.body.dataset.read = `${collaboration.collaboration_id}.${collaboration.n_steps}`;
}

function stepItem(step, people) {
  const actor = nameOf(people, step.actor_staff_id) ?? step.actor;
  const goesOn = ['submitted', 'processed', 'redispatched'].includes(step.kind) ? t('step_then', { who: handlerWords(step.handler, people) }) : '';
  return el('li', {}, el('strong', {}, `${t(`kind_${step.kind}`)} · ${actor}`), step.words ? el('p', {}, step.words) : null, el('small', {}, [when(step.at), goesOn].filter(Boolean).join(' · ')));
}

function form(heading, ...children) {
  const fault = el('p', { class: 'fault', role: 'alert', hidden: true });
  const made = el('form', { class: 'request', novalidate: true }, el('h3', {}, heading), ...children, fault);
  made.fail = (error) => {
    fault.textContent = [error.message, ...(error.problem?.violations ?? [])].join(' ');
    fault.hidden = false;
  };
  return made;
}

function processForm(collaboration) {
  const result = el('textarea', { id: 'result', maxlength: setup.limits.text, required: true });
  const next = el('input', { id: 'next', maxlength: 100, autocomplete: 'off', placeholder: t('process_next_placeholder') });
  const send = el('button', { type: 'submit', class: 'primary' }, t('process_end'));
  next.addEventListener('input', () => { send.textContent = t(next.value.trim() ? 'process_pass_on' : 'process_end'); });
  const made = form(t('process_heading'), el('label', { for: 'result' }, t('process_result')), result, el('label', { for: 'next' }, t('process_next')), next, el('div', { class: 'buttons' }, send));
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    const body = { result: result.value, ...(next.value.trim() ? { next_staff_code: next.value.trim() } : {}) };
    await change(`/v1/collaborations/${collaboration.collaboration_id}:process`, body, made, 'process_done');
    send.disabled = false;
  });
  return made;
}

function recallForm(collaboration) {
  const reason = el('input', { id: 'recall', maxlength: setup.limits.text, autocomplete: 'off' });
  const send = el('button', { type: 'submit', class: 'quiet' }, t('recall_send'));
  const made = form(t('recall_heading'), el('label', { for: 'recall' }, t('recall_reason')), reason, el('div', { class: 'buttons' }, send));
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    await change(`/v1/collaborations/${collaboration.collaboration_id}:recall`, { reason: reason.value }, made, 'recall_done');
  });
  return made;
}

function reporterButton(collaboration) {
  const button = el('button', { type: 'button', class: 'link' }, t('reporter_show'));
  button.addEventListener('click', async () => {
    try {
      const found = await ask(`/v1/collaborations/${collaboration.collaboration_id}/reporter`);
      button.replaceWith(el('p', {}, t('reporter_is', found)));
    } catch (error) {
      button.replaceWith(el('p', { class: 'muted' }, error.status === 404 ? t('reporter_none') : error.message));
    }
  });
  return button;
}

async function change(path, body, made, words) {
  try {
    show(await ask(path, {}, { method: 'POST', body }));
    say(t(words));
    await load(null);
  } catch (error) {
    made.fail(error);
  }
}

byId('boxes').replaceChildren(...BOXES.map(tab));
showOpened(el('p', { class: 'muted' }, t('inbox_choose')));
byId('content').classList.remove('reading');
await open(state.box);
if (isStaff || seesDistrict) {
  const unread = setup.may.includes('notices:read') ? (await ask('/v1/notices', { unread: true, limit: 100 })).items.length : 0;
  if (unread) byId('box-notices').append(el('span', { class: 'count' }, unread > 99 ? '99+' : String(unread)));
}
const wanted = new URLSearchParams(location.search).get('id');
if (wanted) await read(wanted);
document.body.dataset.ready = 'true';
