// What every page of the application has: on a narrow screen the navigation opens by a button.

const menu = document.getElementById('menu');
const drawer = document.getElementById('drawer');

function open(isOpen) {
  menu.setAttribute('aria-expanded', String(isOpen));
  drawer.classList.toggle('open', isOpen);
}

menu.addEventListener('click', () => open(menu.getAttribute('aria-expanded') !== 'true'));
drawer.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  open(false);
  menu.focus();
});
document.addEventListener('click', (event) => {
  if (!drawer.contains(event.target) && event.target !== menu) open(false);
});
