// The pointer on the map: every tool turns its way into units, at most once a frame.

import { mercatorX, mercatorY } from '../canvas.js';
import { isInside, shortestWay, unitsAlong } from '../topology.js';
import { emit, state } from './state.js';
import { Stroke } from './stroke.js';
import { stepWords } from './steps.js';

const PAINTS = new Set(['brush', 'eraser']);
const DRAWS = new Set(['box', 'lasso']);
const SHOP_WITHIN_PX = 14;

export function makeTools({ map, units, marks, brush, shops }) {
  const container = map.getContainer();
  const touches = (a, b) => {
    const { start, items } = state.model.touching;
    for (let at = start[a]; at < start[a + 1]; at += 1) if (items[at] === b) return true;
    return false;
  };
  const way = (a, b) => shortestWay(state.model.touching, a, b);
  let stroke = null;
  let last = null;
  let waiting = [];
  let line = [];
  let frame = 0;
  let hoverAt = null;

  // measured again when it may have moved: asking at every event would lay the whole page out in each frame
  let box = container.getBoundingClientRect();
  const measure = () => { box = container.getBoundingClientRect(); };
  addEventListener('resize', measure);
  container.addEventListener('pointerenter', measure);

  function worldOf(event) {
    const latlng = map.containerPointToLatLng([event.clientX - box.left, event.clientY - box.top]);
    return { x: mercatorX(latlng.lng), y: mercatorY(latlng.lat), latlng };
  }

  function soon() {
    frame ||= requestAnimationFrame(run);
  }

  function run() {
    frame = 0;
    if (stroke && PAINTS.has(state.tool)) paintWaiting();
    if (line.length > 1) marks.show({ line: state.tool === 'box' ? boxLine(line[0], line[line.length - 1]) : line });
    if (hoverAt) showBrush(hoverAt);
  }

  function paintWaiting() {
    const wanted = new Set();
    for (const point of waiting) {
      const along = last ? unitsAlong(units.index, last, point, { touches, way }) : [units.index.at(point.x, point.y)].filter((unit) => unit >= 0);
      for (const unit of along) for (const near of state.model.disc(unit, state.size)) wanted.add(near);
      last = point;
    }
    waiting = [];
    const changed = stroke.paint(wanted, state.tool === 'eraser' ? -1 : state.target);
    if (changed.length) {
      units.change(changed);
      emit('painted', changed);
    }
  }

  function showBrush(point) {
    const unit = units.index.at(point.x, point.y);
    const isPainting = PAINTS.has(state.tool);
    const covered = unit < 0 || state.tool === 'pan' || DRAWS.has(state.tool) || state.tool === 'shop' ? [] : isPainting ? state.model.disc(unit, state.size) : state.tool === 'office' ? officeOf(unit) : [unit];
    brush.show(units.index.shapes, covered, isPainting && unit >= 0 && Boolean(state.model.refusal(unit, state.tool === 'eraser' ? -1 : state.target)));
    if (!stroke) emit('hover', { ...point, unit });
  }

  function officeOf(unit) {
    const { office_of_unit: offices } = state.model.bench;
    const office = offices[unit];
    return office < 0 ? [unit] : offices.flatMap((other, at) => (other === office ? [at] : []));
  }

  function begin(event) {
    if (event.button !== 0 || event.target.closest('.leaflet-control') || state.tool === 'pan' || state.preview) return;
    measure();
    const point = worldOf(event);
    if (state.tool === 'pick') {
      pick(units.index.at(point.x, point.y));
      return;
    }
    if (state.isReadOnly) {
      emit('readonly');
      return;
    }
    if (state.isRecutting) return;
    event.preventDefault();
    container.focus({ preventScroll: true });
    emit('hover', null);
    if (state.tool === 'split') {
      emit('split', units.index.at(point.x, point.y));
      return;
    }
    if (state.target < 0 && state.tool !== 'eraser') return;
    if (state.tool === 'office') paintAtOnce(officeOf(units.index.at(point.x, point.y)).filter((unit) => unit >= 0), 'step_office');
    else if (state.tool === 'shop') moveShop(point);
    else {
      container.setPointerCapture?.(event.pointerId);
      stroke = new Stroke('');
      if (PAINTS.has(state.tool)) {
        last = null;
        waiting = [point];
      } else line = [point];
      soon();
    }
  }

  function move(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    const points = (events.length ? events : [event]).map(worldOf);
    hoverAt = points[points.length - 1];
    if (stroke && PAINTS.has(state.tool)) waiting.push(...points);
    else if (stroke) line.push(...points);
    soon();
  }

  function end() {
    if (!stroke) return;
    if (PAINTS.has(state.tool)) paintWaiting();
    else {
      const chosen = line.length > 1 ? unitsInside(state.tool === 'box' ? boxLine(line[0], line[line.length - 1]) : line) : [];
      const changed = stroke.paint(chosen, state.target);
      units.change(changed);
      emit('painted', changed);
    }
    line = [];
    marks.show({ line: null });
    stroke.step.words = stepWords(state.tool, stroke.step);
    const done = stroke;
    stroke = null;
    last = null;
    done.finish();
  }

  // Escape takes an unfinished stroke back.
  function cancel() {
    if (!stroke) return false;
    const changed = stroke.step.apply(state.model, 0);
    stroke = null;
    line = [];
    marks.show({ line: null });
    units.change(changed);
    emit('painted', changed);
    return true;
  }

  function boxLine(a, b) {
    return [{ x: a.x, y: a.y }, { x: b.x, y: a.y }, { x: b.x, y: b.y }, { x: a.x, y: b.y }];
  }

  function unitsInside(points) {
    const ring = Float64Array.from(points.flatMap(({ x, y }) => [x, y]));
    const box = points.reduce((known, { x, y }) => [Math.min(known[0], x), Math.min(known[1], y), Math.max(known[2], x), Math.max(known[3], y)], [1, 1, 0, 0]);
    return units.index.within(box).filter((unit) => isInside([ring], units.index.shapes[unit].x, units.index.shapes[unit].y));
  }

  function paintAtOnce(chosen, tool, grid = state.target) {
    if (state.isReadOnly) {
      emit('readonly');
      return false;
    }
    if (state.isRecutting) return false;
    const own = new Stroke('');
    const changed = own.paint(chosen, grid);
    own.step.words = stepWords(tool, own.step);
    units.change(changed);
    emit('painted', changed);
    return own.finish();
  }

  function moveShop(point) {
    const shop = shops.nearest(map, point.latlng, SHOP_WITHIN_PX);
    if (shop < 0) emit('noshop');
    else emit('shop', shop);
  }

  function pick(unit) {
    if (unit >= 0 && state.model.gridOfUnit[unit] >= 0) emit('target', state.model.gridOfUnit[unit]);
  }

  container.addEventListener('pointerdown', begin);
  container.addEventListener('pointermove', move);
  container.addEventListener('pointerup', end);
  container.addEventListener('pointercancel', end);
  container.addEventListener('pointerleave', () => {
    hoverAt = null;
    brush.hide();
    emit('hover', null);
  });
  return { paintAtOnce, officeOf, cancel, pick, isBusy: () => Boolean(stroke) };
}
