// One dialog a page: a title and what is asked.

import { byId, el } from '../dom.js';

export function showDialog(title, ...content) {
  const dialog = byId('dialog');
  dialog.replaceChildren(el('h2', { id: 'dialog-title' }, title), ...content.filter(Boolean));
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function closeDialog() {
  byId('dialog').close();
}
