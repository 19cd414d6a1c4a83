// Every shop as a dot on one canvas, in its owner's colour while there are no grids.

import { CanvasLayer, mercatorX, mercatorY } from './canvas.js';

const INK = '#17222c';

export const ShopLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._x = new Float64Array(0);
    this._y = new Float64Array(0);
    this._colours = null;
  },

  setShops(shops) {
    this.shops = shops;
    this._x = Float64Array.from(shops.lon, mercatorX);
    this._y = Float64Array.from(shops.lat, mercatorY);
    this.soon();
  },

  setColours(colours) {
    this._colours = colours; // one per shop, or null for ink
    this.soon();
  },

  nearest(map, latlng, within) {
    const world = 256 * 2 ** map.getZoom();
    const x = mercatorX(latlng.lng) * world;
    const y = mercatorY(latlng.lat) * world;
    let best = -1;
    let least = within * within;
    for (let shop = 0; shop < this._x.length; shop += 1) {
      const away = (this._x[shop] * world - x) ** 2 + (this._y[shop] * world - y) ** 2;
      if (away < least) {
        least = away;
        best = shop;
      }
    }
    return best;
  },

  paint(context, view) {
    const radius = view.zoom < 11 ? 0.7 : view.zoom < 12 ? 1.1 : view.zoom < 13.5 ? 1.6 : view.zoom < 15 ? 2.1 : view.zoom < 16 ? 3.2 : 4.5;
    const shown = this._colours ? radius + 1 : radius;
    const byColour = new Map();
    for (let shop = 0; shop < this._x.length; shop += 1) {
      const x = this._x[shop] * view.world - view.left;
      const y = this._y[shop] * view.world - view.top;
      if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
      const colour = this._colours ? this._colours[shop] : INK;
      if (!byColour.has(colour)) byColour.set(colour, new Path2D());
      const path = byColour.get(colour);
      path.moveTo(x + shown, y);
      path.arc(x, y, shown, 0, 2 * Math.PI);
    }
    for (const [colour, path] of byColour) {
      context.strokeStyle = this._colours ? INK : '#ffffff';
      context.lineWidth = this._colours ? 1 : radius > 2 ? 2 : 1;
      if (this._colours || radius > 2) context.stroke(path);
      context.fillStyle = colour;
      context.fill(path);
    }
  },
});
