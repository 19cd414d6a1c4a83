// The unit layer: every basic unit in its grid's colour, and the borders between grids.
// Its four methods (setShapes, setGrids, select, unitAt) are all that the page knows of it.

import { CanvasLayer, boxOf, isInView, mercatorX, mercatorY, tracePath } from './canvas.js';

const BORDER = '#22303c';
const BUCKETS = 64; // the district's box in 64 x 64 buckets finds the unit under a pointer among a few

export const UnitLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._units = [];
    this._gridOfUnit = [];
    this._colours = [];
    this._selected = -1;
  },

  setShapes(shapes) {
    const { scale, corners, rings } = shapes.topology;
    const x = new Float64Array(corners.length / 2);
    const y = new Float64Array(corners.length / 2);
    let lon = 0;
    let lat = 0;
    for (let at = 0; at < x.length; at += 1) {
      lon += corners[2 * at];
      lat += corners[2 * at + 1];
      x[at] = mercatorX(lon / scale);
      y[at] = mercatorY(lat / scale);
    }
    this._units = rings.map((own) => {
      const lines = own.map((ring) => Float64Array.from({ length: ring.length * 2 }, (_, at) => (at % 2 ? y : x)[ring[at >> 1]]));
      return { lines, box: lines.reduce((box, line) => boxOf(line, box), [1, 1, 0, 0]) };
    });
    this._index();
  },

  setGrids(gridOfUnit, colours) {
    this._gridOfUnit = gridOfUnit;
    this._colours = colours;
    this._selected = -1;
    this.soon();
  },

  select(grid) {
    this._selected = grid;
    this.soon();
  },

  unitAt(latlng) {
    if (!this._units.length) return -1;
    const x = mercatorX(latlng.lng);
    const y = mercatorY(latlng.lat);
    const bucket = this._buckets.get(this._bucket(x, y));
    return bucket?.find((unit) => isInside(this._units[unit].lines, x, y)) ?? -1;
  },

  _index() {
    const [west, north, east, south] = this._units.reduce(
      (box, unit) => [Math.min(box[0], unit.box[0]), Math.min(box[1], unit.box[1]), Math.max(box[2], unit.box[2]), Math.max(box[3], unit.box[3])],
      [1, 1, 0, 0],
    );
    this._frameBox = { west, north, stepX: (east - west) / BUCKETS || 1, stepY: (south - north) / BUCKETS || 1 };
    this._buckets = new Map();
    this._units.forEach(({ box }, unit) => {
      const first = this._bucketXY(box[0], box[1]);
      const last = this._bucketXY(box[2], box[3]);
      for (let column = first[0]; column <= last[0]; column += 1) {
        for (let row = first[1]; row <= last[1]; row += 1) {
          const key = row * (BUCKETS + 1) + column;
          if (!this._buckets.has(key)) this._buckets.set(key, []);
          this._buckets.get(key).push(unit);
        }
      }
    });
  },

  _bucketXY(x, y) {
    const { west, north, stepX, stepY } = this._frameBox;
    return [Math.floor((x - west) / stepX), Math.floor((y - north) / stepY)];
  },

  _bucket(x, y) {
    const [column, row] = this._bucketXY(x, y);
    return row * (BUCKETS + 1) + column;
  },

  // A grid is stroked dark, then filled over: only the outer half of its outer border remains. The neighbour that is
  // painted later covers its own side, so every border is one line whatever the shapes and sizes of the units.
  paint(context, view) {
    const paths = this._paths(view);
    context.lineJoin = 'round';
    const width = view.zoom >= 14 ? 4 : 3;
    paths.forEach((path, grid) => {
      if (!path) return;
      context.strokeStyle = BORDER;
      context.lineWidth = width;
      context.stroke(path);
      context.fillStyle = this._colours[grid];
      context.fill(path, 'evenodd');
      context.strokeStyle = this._colours[grid];
      context.lineWidth = 1;
      context.stroke(path);
    });
    const chosen = paths[this._selected];
    if (chosen) this._paintSelected(context, chosen, width);
  },

  _paintSelected(context, path, width) {
    context.strokeStyle = '#000000';
    context.lineWidth = width * 2 + 2;
    context.stroke(path);
    context.fillStyle = this._colours[this._selected];
    context.fill(path, 'evenodd');
    context.strokeStyle = this._colours[this._selected];
    context.lineWidth = 1;
    context.stroke(path);
  },

  _paths(view) {
    const paths = new Array(this._colours.length).fill(null);
    this._units.forEach((unit, row) => {
      const grid = this._gridOfUnit[row] ?? -1;
      if (grid < 0 || !isInView(unit.box, view)) return;
      paths[grid] ??= new Path2D();
      for (const line of unit.lines) {
        tracePath(paths[grid], line, view);
        paths[grid].closePath();
      }
    });
    return paths;
  },
});

function isInside(lines, x, y) {
  let inside = false;
  for (const line of lines) {
    for (let at = 0, before = line.length - 2; at < line.length; before = at, at += 2) {
      const [ax, ay, bx, by] = [line[at], line[at + 1], line[before], line[before + 1]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}
