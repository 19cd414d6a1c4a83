// One box for licence, code, name and address: a combobox with the keys that people expect.

import { ask } from './ask.js';
import { byId, el } from './dom.js';
import { t } from './words.js';

const PAUSE_MS = 180;

// With `onWords` the words can also be looked up as an address.
export function makeSearch({ onChoose, onWords = null }) {
  const box = byId('search');
  const list = byId('found');
  let timer = 0;
  let running = null;
  let items = [];
  let active = -1;

  function close() {
    list.hidden = true;
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
    active = -1;
  }

  function choose(item) {
    close();
    if (item.words) {
      onWords(item.words);
      return;
    }
    box.value = item.name;
    onChoose(item);
  }

  function point(to) {
    active = items.length ? (to + items.length) % items.length : -1;
    [...list.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === active)));
    if (active >= 0) {
      box.setAttribute('aria-activedescendant', `found-${active}`);
      list.children[active].scrollIntoView({ block: 'nearest' });
    }
  }

  function show(found) {
    items = onWords ? [...found, { words: box.value.trim() }] : found;
    active = -1;
    const options = items.map((item, at) => item.words ? el('li', { role: 'option', class: 'address', id: `found-${at}`, 'aria-selected': 'false', onmousedown: (event) => event.preventDefault(), onclick: () => choose(item) }, t('search_address', { words: item.words })) :
      el('li', { role: 'option', id: `found-${at}`, 'aria-selected': 'false', onmousedown: (event) => event.preventDefault(), onclick: () => choose(item) }, el('strong', {}, item.name), el('small', {}, item.address || item.licence_no), el('code', {}, item.retailer_code)),
    );
    list.replaceChildren(...(options.length ? options : [el('li', { class: 'none', role: 'option', 'aria-disabled': 'true' }, t('search_none'))]));
    list.hidden = false;
    box.setAttribute('aria-expanded', 'true');
  }

  async function look() {
    running?.abort();
    const words = box.value.trim();
    if (!words) return close();
    running = new AbortController();
    try {
      show((await ask('/v1/retailers', { q: words, limit: 8 }, { signal: running.signal })).items);
    } catch (error) {
      if (error.name !== 'AbortError') close();
    }
    return undefined;
  }

  box.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  box.addEventListener('blur', close);
  box.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      point(active + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter' && items.length && !list.hidden) {
      event.preventDefault();
      choose(items[Math.max(active, 0)]);
    } else if (event.key === 'Escape') close();
  });
}
