// The unit layer: every basic unit in its grid's colour and pattern, and the borders between grids.
// Four methods are all that a page knows of it: setShapes, setGrids, change, unitAt; and select marks one grid.

import { CanvasLayer, mercatorX, mercatorY, traceRing } from './canvas.js';
import { patternOf } from './patterns.js';
import { UnitIndex, cornersOf, shapesOf, sidesOf } from './topology.js';

const BORDER = '#22303c';
const NOBODY = -1;
const GROUND = '#e6e8e4';
const SHOWN_SHARE = 0.68; // of a colour; the rest is the ground beneath, as with the opacity of .units

// The colour that one of .units' opacity has on the bare ground. A translucent canvas costs twice the CPU of an opaque
// one at every frame of a stroke (28 against 14 ms, software rendering), so the editor mixes instead.
export function mixed(colour) {
  const part = (text, at) => Number.parseInt(text.slice(at, at + 2), 16);
  const mix = [1, 3, 5].map((at) => Math.round(part(colour, at) * SHOWN_SHARE + part(GROUND, at) * (1 - SHOWN_SHARE)));
  return `#${mix.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

export const UnitLayer = CanvasLayer.extend({
  // options: pane, className, showNobody (hatch the units of nobody), isMixed (opaque, see `mixed`)
  initialize(options) {
    this._tint = options.isMixed ? mixed : (colour) => colour;
    window.L.setOptions(this, options);
    this._shapes = [];
    this._gridOfUnit = [];
    this._looks = [];
    this._selected = NOBODY;
  },

  setShapes({ topology }) {
    this.corners = cornersOf(topology);
    this._shapes = shapesOf(topology, this.corners);
    this.index = new UnitIndex(this._shapes);
    Object.assign(this, sidesOf(topology, this.corners.x.length));
    const sides = new Int32Array(this._shapes.length);
    const inner = new Int32Array(this._shapes.length);
    topology.rings.forEach((own, unit) => { sides[unit] = own.reduce((sum, ring) => sum + ring.length, 0); });
    this._beside = this._shapes.map(() => []);
    for (const [a, b] of this.pairs) {
      this._beside[a].push(b);
      this._beside[b].push(a);
      inner[a] += 1;
      inner[b] += 1;
    }
    this._isEdge = Uint8Array.from(sides, (n, unit) => (inner[unit] < n ? 1 : 0));
  },

  // looks: per grid a colour, or {colour, pattern}
  setGrids(gridOfUnit, looks) {
    this._gridOfUnit = gridOfUnit;
    this._looks = looks.map((look) => (typeof look === 'string' ? { colour: look, pattern: 0 } : look)).map((look) => ({ ...look, colour: this._tint(look.colour) }));
    this._selected = NOBODY;
    this.soon();
  },

  // Some units changed hands: only their neighbourhood is painted again.
  change(units) {
    if (!this._context || !units.length) return;
    if (this._view !== this.view) this._use(this._context, this.view); // a part was painted last
    if (units.length > this._shapes.length / 4) {
      this.redraw();
      return;
    }
    const box = [1, 1, 0, 0];
    for (const unit of units) {
      const own = this._shapes[unit].box;
      box[0] = Math.min(box[0], own[0]);
      box[1] = Math.min(box[1], own[1]);
      box[2] = Math.max(box[2], own[2]);
      box[3] = Math.max(box[3], own[3]);
    }
    this._paintBox(box);
  },

  select(grid) {
    this._selected = grid;
    this.soon();
  },

  unitAt(latlng) {
    return this.index ? this.index.at(mercatorX(latlng.lng), mercatorY(latlng.lat)) : NOBODY;
  },

  paint(context, view) {
    if (!this.index) return;
    this._use(context, view);
    const rim = 6 / view.world;
    const { world, left, top, width, height } = view;
    const shown = this.index.within([left / world - rim, top / world - rim, (left + width) / world + rim, (top + height) / world + rim]);
    this._paintUnits(shown);
    if (this._selected >= 0) this._paintSelected(shown);
  },

  _use(context, view) {
    this._context = context;
    this._view = view;
    this._fills = this._looks.map((look) => patternOf(context, look, view));
  },

  _paintBox(box) {
    const { _context: context, _view: view } = this;
    const rim = 5; // px: half the widest border, and a hair
    const left = Math.floor(box[0] * view.world - view.left) - rim;
    const top = Math.floor(box[1] * view.world - view.top) - rim;
    const right = Math.ceil(box[2] * view.world - view.left) + rim;
    const bottom = Math.ceil(box[3] * view.world - view.top) + rim;
    if (right < 0 || bottom < 0 || left > view.width || top > view.height) return;
    const wider = (2 * rim) / view.world;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    this._paintUnits(this.index.within([box[0] - wider, box[1] - wider, box[2] + wider, box[3] + wider]));
    context.restore();
  },

  // A grid is stroked dark, then filled over: only the outer half of its outer border remains. The neighbour that is
  // painted later covers its own side, so every border is one line whatever the shapes and sizes of the units.
  _paintUnits(units) {
    const { _context: context, _view: view, _gridOfUnit: gridOfUnit } = this;
    const fills = [];
    const rims = [];
    let nobody = null;
    for (const unit of units) {
      const grid = gridOfUnit[unit] ?? NOBODY;
      const { lines } = this._shapes[unit];
      if (grid < 0) {
        if (this.options.showNobody) this._trace((nobody ??= new Path2D()), lines);
        continue;
      }
      this._trace((fills[grid] ??= new Path2D()), lines);
      if (this._isEdge[unit] || this._beside[unit].some((other) => gridOfUnit[other] !== grid)) this._trace((rims[grid] ??= new Path2D()), lines);
    }
    context.lineJoin = 'round';
    context.lineCap = 'round';
    if (nobody) this._paintNobody(nobody);
    const width = view.zoom >= 14 ? 4 : 3;
    fills.forEach((path, grid) => {
      if (rims[grid]) this._stroke(rims[grid], this._tint(BORDER), width);
      context.fillStyle = this._fills[grid];
      context.fill(path, 'evenodd');
      if (rims[grid]) this._stroke(rims[grid], this._looks[grid].colour, 1);
    });
  },

  _trace(path, lines) {
    for (const line of lines) traceRing(path, line, this._view);
  },

  _stroke(path, colour, width) {
    this._context.strokeStyle = colour;
    this._context.lineWidth = width;
    this._context.stroke(path);
  },

  _paintNobody(path) {
    const { _context: context } = this;
    context.fillStyle = patternOf(context, { colour: '#ffffff', pattern: 'nobody' }, this._view);
    context.fill(path, 'evenodd');
    this._stroke(path, '#9aa7b2', 1);
  },

  _paintSelected(units) {
    const width = this._view.zoom >= 14 ? 4 : 3;
    const path = new Path2D();
    let isAny = false;
    for (const unit of units) {
      if (this._gridOfUnit[unit] !== this._selected) continue;
      this._trace(path, this._shapes[unit].lines);
      isAny = true;
    }
    if (!isAny) return;
    this._stroke(path, '#000000', width * 2 + 2);
    this._context.fillStyle = this._fills[this._selected];
    this._context.fill(path, 'evenodd');
    this._stroke(path, this._looks[this._selected].colour, 1);
  },
});
