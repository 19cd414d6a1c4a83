// What is drawn over the units while a planner works: the brush, a box or lasso, detached parts, a preview's difference.

import { CanvasLayer, tracePath } from '../canvas.js';
import { patternOf } from '../patterns.js';

export const MarkLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._shown = { brush: [], cursor: -1, line: null, detached: [], moved: new Map(), looks: [], blocked: false };
  },

  setShapes(shapes) {
    this._shapes = shapes;
  },

  show(values) {
    Object.assign(this._shown, values);
    this.soon();
  },

  paint(context, view) {
    if (!this._shapes) return;
    const { brush, cursor, line, detached, moved, looks, blocked } = this._shown;
    this._paintMoved(context, view, moved, looks);
    if (detached.length) {
      const path = this._outline(detached, view);
      context.setLineDash([6, 4]);
      this._stroke(context, path, '#ffffff', 5);
      this._stroke(context, path, '#a3211a', 3);
      context.setLineDash([]);
    }
    if (brush.length) {
      const path = this._outline(brush, view);
      this._stroke(context, path, '#ffffff', 4);
      this._stroke(context, path, blocked ? '#a3211a' : '#17222c', 2);
    }
    if (cursor >= 0) {
      const path = this._outline([cursor], view);
      this._stroke(context, path, '#ffffff', 7);
      this._stroke(context, path, '#0b3d91', 4);
    }
    if (line) this._paintLine(context, view, line);
  },

  _paintMoved(context, view, moved, looks) {
    const paths = new Map();
    for (const [unit, grid] of moved) {
      if (!paths.has(grid)) paths.set(grid, new Path2D());
      for (const ring of this._shapes[unit].lines) {
        tracePath(paths.get(grid), ring, view);
        paths.get(grid).closePath();
      }
    }
    for (const [grid, path] of paths) {
      if (looks[grid]) {
        context.fillStyle = looks[grid].colour;
        context.fill(path, 'evenodd');
      }
      context.fillStyle = patternOf(context, { colour: 'rgba(255,255,255,.25)', pattern: 2 }, view);
      context.fill(path, 'evenodd');
      this._stroke(context, path, '#17222c', 1.5);
    }
  },

  // The outer sides of a set of units: sides that two of them share cancel.
  _outline(units, view) {
    const path = new Path2D();
    const n = new Map();
    const sides = [];
    for (const unit of units) {
      for (const line of this._shapes[unit].lines) {
        for (let at = 0; at < line.length; at += 2) {
          const next = (at + 2) % line.length;
          const [ax, ay, bx, by] = [line[at], line[at + 1], line[next], line[next + 1]];
          const key = ax < bx || (ax === bx && ay < by) ? `${ax} ${ay} ${bx} ${by}` : `${bx} ${by} ${ax} ${ay}`;
          n.set(key, (n.get(key) ?? 0) + 1);
          sides.push([key, ax, ay, bx, by]);
        }
      }
    }
    for (const [key, ax, ay, bx, by] of sides) {
      if (n.get(key) > 1) continue;
      path.moveTo(ax * view.world - view.left, ay * view.world - view.top);
      path.lineTo(bx * view.world - view.left, by * view.world - view.top);
    }
    return path;
  },

  _paintLine(context, view, line) {
    const path = new Path2D();
    line.forEach(({ x, y }, at) => path[at ? 'lineTo' : 'moveTo'](x * view.world - view.left, y * view.world - view.top));
    path.closePath();
    context.fillStyle = 'rgba(11, 61, 145, .14)';
    context.fill(path);
    context.setLineDash([5, 4]);
    this._stroke(context, path, '#0b3d91', 2);
    context.setLineDash([]);
  },

  _stroke(context, path, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = 'round';
    context.stroke(path);
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
