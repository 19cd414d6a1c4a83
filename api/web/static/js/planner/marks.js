// What is drawn over the units while a planner works: the brush, a box or lasso, detached parts, a preview's difference.

import { CanvasLayer, traceRing } from '../canvas.js';
import { patternOf } from '../patterns.js';

const MOST_CORNERS = 2 ** 26; // two corners make one number below 2 ** 53

// The outer sides of a set of units: sides that two of them share cancel.
export function outlineOf(shapes, units, view) {
  const path = new Path2D();
  const n = new Map();
  const sides = [];
  for (const unit of units) {
    shapes[unit].rings.forEach((ring, at) => {
      const line = shapes[unit].lines[at];
      for (let corner = 0; corner < ring.length; corner += 1) {
        const next = (corner + 1) % ring.length;
        const key = Math.min(ring[corner], ring[next]) * MOST_CORNERS + Math.max(ring[corner], ring[next]);
        n.set(key, (n.get(key) ?? 0) + 1);
        sides.push([key, line, corner * 2, next * 2]);
      }
    });
  }
  for (const [key, line, from, to] of sides) {
    if (n.get(key) > 1) continue;
    path.moveTo(line[from] * view.world - view.left, line[from + 1] * view.world - view.top);
    path.lineTo(line[to] * view.world - view.left, line[to + 1] * view.world - view.top);
  }
  return path;
}

function stroke(context, path, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = 'round';
  context.stroke(path);
}

// The units that the pointer would paint: a canvas no larger than they are, so that moving it costs little.
export class BrushMark {
  constructor(map, pane) {
    this._map = map;
    this._canvas = window.L.DomUtil.create('canvas', 'leaflet-zoom-hide', map.getPane(pane));
    this._canvas.setAttribute('aria-hidden', 'true');
    this._canvas.hidden = true;
  }

  hide() {
    this._canvas.hidden = true;
    this._shown = '';
  }

  show(shapes, units, isBlocked) {
    if (!units.length) {
      this.hide();
      return;
    }
    const shown = `${units[0]} ${units.length} ${isBlocked} ${this._map.getZoom()}`;
    if (shown === this._shown) return;
    this._shown = shown;
    const world = 256 * 2 ** this._map.getZoom();
    const box = units.reduce((known, unit) => {
      const own = shapes[unit].box;
      return [Math.min(known[0], own[0]), Math.min(known[1], own[1]), Math.max(known[2], own[2]), Math.max(known[3], own[3])];
    }, [1, 1, 0, 0]);
    const rim = 4;
    const left = box[0] * world - rim;
    const top = box[1] * world - rim;
    const sharp = window.devicePixelRatio || 1;
    const width = Math.min(2000, Math.ceil((box[2] - box[0]) * world) + 2 * rim);
    const height = Math.min(2000, Math.ceil((box[3] - box[1]) * world) + 2 * rim);
    this._canvas.width = width * sharp;
    this._canvas.height = height * sharp;
    this._canvas.style.width = `${width}px`;
    this._canvas.style.height = `${height}px`;
    this._canvas.hidden = false;
    const origin = this._map.getPixelOrigin();
    window.L.DomUtil.setPosition(this._canvas, window.L.point(Math.round(left - origin.x), Math.round(top - origin.y)));
    const context = this._canvas.getContext('2d');
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    const path = outlineOf(shapes, units, { world, left, top });
    stroke(context, path, '#ffffff', 4);
    stroke(context, path, isBlocked ? '#a3211a' : '#17222c', 2);
  }
}

export const MarkLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._shown = { cursor: -1, line: null, detached: [], moved: new Map(), looks: [] };
  },

  setShapes(shapes) {
    this._shapes = shapes;
  },

  show(values) {
    Object.assign(this._shown, values);
    this.soon();
  },

  isEmpty() {
    const { cursor, line, detached, moved } = this._shown;
    return !this._shapes || (cursor < 0 && !line && !detached.length && !moved.size);
  },

  paint(context, view) {
    const { cursor, line, detached, moved, looks } = this._shown;
    this._paintMoved(context, view, moved, looks);
    if (detached.length) {
      const path = outlineOf(this._shapes, detached, view);
      context.setLineDash([6, 4]);
      stroke(context, path, '#ffffff', 5);
      stroke(context, path, '#a3211a', 3);
      context.setLineDash([]);
    }
    if (cursor >= 0) {
      const path = outlineOf(this._shapes, [cursor], view);
      stroke(context, path, '#ffffff', 7);
      stroke(context, path, '#0b3d91', 4);
    }
    if (line) this._paintLine(context, view, line);
  },

  _paintMoved(context, view, moved, looks) {
    const paths = new Map();
    for (const [unit, grid] of moved) {
      if (!paths.has(grid)) paths.set(grid, new Path2D());
      for (const ring of this._shapes[unit].lines) traceRing(paths.get(grid), ring, view);
    }
    for (const [grid, path] of paths) {
      if (looks[grid]) {
        context.fillStyle = looks[grid].colour;
        context.fill(path, 'evenodd');
      }
      context.fillStyle = patternOf(context, { colour: 'rgba(255,255,255,.25)', pattern: 2 }, view);
      context.fill(path, 'evenodd');
    }
    if (moved.size) stroke(context, outlineOf(this._shapes, [...moved.keys()], view), '#17222c', 2);
  },

  _paintLine(context, view, line) {
    const path = new Path2D();
    line.forEach(({ x, y }, at) => path[at ? 'lineTo' : 'moveTo'](x * view.world - view.left, y * view.world - view.top));
    path.closePath();
    context.fillStyle = 'rgba(11, 61, 145, .14)';
    context.fill(path);
    context.setLineDash([5, 4]);
    stroke(context, path, '#0b3d91', 2);
    context.setLineDash([]);
  },
});

// Borders of another layer's grids, as lines over this one.
export const OutlineLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._sides = [];
    this._drawn = [];
  },

  setShapes({ corners, sides }) {
    this._corners = corners;
    this._sides = sides;
  },

  isEmpty() {
    return !this._drawn.length;
  },

  // layers: [{gridOfUnit, colour, dash}]
  setLayers(layers) {
    this._drawn = layers.map(({ gridOfUnit, colour, dash }) => ({ colour, dash, sides: this._sides.filter(([, , a, b]) => gridOfUnit[a] !== gridOfUnit[b]) }));
    this.soon();
  },

  paint(context, view) {
    const { x, y } = this._corners ?? {};
    for (const { colour, dash, sides } of this._drawn) {
      const path = new Path2D();
      for (const [a, b] of sides) {
        path.moveTo(x[a] * view.world - view.left, y[a] * view.world - view.top);
        path.lineTo(x[b] * view.world - view.left, y[b] * view.world - view.top);
      }
      context.setLineDash(dash);
      context.lineWidth = 2.5;
      context.strokeStyle = colour;
      context.stroke(path);
      context.setLineDash([]);
    }
  },
});
