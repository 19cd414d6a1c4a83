// Open a collaboration at a place: the type decides whose it is.

import { ask } from './ask.js';
import { el, say } from './dom.js';
import { setup, t } from './words.js';

function field(id, label, control) {
  control.id = id;
  return [el('label', { for: id }, label), control];
}

function paired(...fields) {
  return el('div', { class: 'pair' }, ...fields.map((own) => el('div', {}, ...own)));
}

function receiver(answer, type) {
  const wanted = setup.types.find((known) => known.type === type)?.layer;
  const owner = answer.layers.find((layer) => layer.layer === wanted);
  if (!owner) return '';
  const person = owner.acting_owner ?? owner.owner;
  return t('request_goes_to', { who: person ? person.name : owner.fallback_department });
}

export function makeRequestForm({ place, answer }) {
  const key = crypto.randomUUID?.() ?? String(Math.random()); // the same form sent twice opens one request
  const type = el('select', {}, ...setup.types.map((known) => el('option', { value: known.type }, `${t(`type_${known.type}`)} → ${t(`layer_${known.layer}`)}`)));
  const subject = el('input', { maxlength: setup.limits.subject, required: true, autocomplete: 'off' });
  const content = el('textarea', { maxlength: setup.limits.text });
  const about = el('input', { maxlength: 100, autocomplete: 'off' });
  const ticket = el('input', { maxlength: 100, autocomplete: 'off' });
  const name = el('input', { maxlength: 100, autocomplete: 'off' });
  const phone = el('input', { maxlength: 40, autocomplete: 'off', inputmode: 'tel' });
  const goesTo = el('p', { class: 'muted' }, receiver(answer, type.value));
  const fault = el('p', { class: 'fault', role: 'alert', hidden: true });
  const send = el('button', { type: 'submit', class: 'primary' }, t('request_send'));
  const isIntake = setup.may.includes('reporters:read');
  type.addEventListener('change', () => { goesTo.textContent = receiver(answer, type.value); });

  const form = el(
    'form',
    { class: 'request', novalidate: true },
    el('h3', {}, t('request_heading')),
    ...field('request-type', t('request_type'), type),
    goesTo,
    ...field('request-subject', t('request_subject'), subject),
    ...field('request-content', t('request_content'), content),
    paired(field('request-about', t('request_about'), about), field('request-ticket', t('request_ticket'), ticket)),
    isIntake ? paired(field('request-name', t('request_reporter'), name), field('request-phone', t('request_phone'), phone)) : null,
    isIntake ? el('p', { class: 'muted' }, t('request_reporter_hint')) : null,
    fault,
    el('div', { class: 'buttons' }, send),
  );

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fault.hidden = true;
    if (!subject.value.trim()) {
      fault.textContent = t('request_no_subject');
      fault.hidden = false;
      subject.focus();
      return;
    }
    send.disabled = true;
    const body = { type: type.value, subject: subject.value, content: content.value, place };
    if (about.value.trim()) body.about_staff_code = about.value.trim();
    if (ticket.value.trim()) body.external_ref = ticket.value.trim();
    if (name.value.trim() || phone.value.trim()) body.reporter = { name: name.value.trim(), phone: phone.value.trim() };
    try {
      const opened = await ask('/v1/collaborations', {}, { method: 'POST', body, headers: { 'Idempotency-Key': key } });
      form.replaceWith(done(opened));
    } catch (error) {
      fault.textContent = [error.message, ...(error.problem?.violations ?? [])].join(' ');
      fault.hidden = false;
      send.disabled = false;
    }
  });
  return form;
}

function done({ traced }) {
  const { handler, collaboration_id: id } = traced.collaboration;
  const who = handler.staff_id ? traced.people[handler.staff_id]?.name : handler.department;
  const words = t('request_done', { who, why: t(`reason_${handler.reason}`) });
  say(words);
  return el('div', { class: 'done', tabindex: '-1' }, el('strong', {}, words), el('a', { href: `/inbox?id=${id}` }, t('request_follow')));
}
