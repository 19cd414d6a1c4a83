// The shops of the editor: bigger with their tier, a diamond for a low star, hollow where the place is uncertain.

import { ShopLayer } from '../shops.js';

const INK = '#17222c';
const LOW_STAR = '#8c1d18';

export const PlannerShops = ShopLayer.extend({
  setBench(bench, model) {
    this._bench = bench;
    this._model = model;
    this.setShops(bench);
  },

  _keptColour(shop) {
    const at = this._model.keptAt[shop];
    return at === -2 ? null : (this._model.grids[at]?.colour ?? '#dddddd');
  },

  paint(context, view) {
    if (!this._bench) return;
    const { tier, star, is_uncertain: isUncertain } = this._bench;
    const size = view.zoom < 11.5 ? 0.8 : view.zoom < 13 ? 1.3 : view.zoom < 14.5 ? 2 : view.zoom < 16 ? 3 : 4.5;
    const plain = new Path2D();
    const low = new Path2D();
    const hollow = new Path2D();
    for (let shop = 0; shop < this._x.length; shop += 1) {
      const x = this._x[shop] * view.world - view.left;
      const y = this._y[shop] * view.world - view.top;
      if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
      const radius = size * (tier[shop] === 'A' ? 1.7 : tier[shop] === 'B' ? 1.3 : 1);
      const kept = this._keptColour(shop);
      if (kept) this._paintKept(context, x, y, radius + 2.5, kept);
      else if (star[shop] <= 2 && size > 1.5) diamond(low, x, y, radius + 0.7);
      else dot(isUncertain[shop] && size > 1.5 ? hollow : plain, x, y, radius);
    }
    if (size > 1.5) {
      context.strokeStyle = '#ffffff';
      context.lineWidth = 1.5;
      context.stroke(plain);
      context.stroke(low);
    }
    context.fillStyle = INK;
    context.fill(plain);
    context.fillStyle = LOW_STAR;
    context.fill(low);
    context.fillStyle = '#ffffff';
    context.fill(hollow);
    context.strokeStyle = INK;
    context.lineWidth = size > 1.5 ? 1.5 : 1;
    context.stroke(hollow);
  },

  _paintKept(context, x, y, radius, colour) {
    context.fillStyle = colour;
    context.strokeStyle = INK;
    context.lineWidth = 2;
    context.beginPath();
    context.rect(x - radius, y - radius, radius * 2, radius * 2);
    context.fill();
    context.stroke();
  },
});

function dot(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

function diamond(path, x, y, radius) {
  path.moveTo(x, y - radius);
  path.lineTo(x + radius, y);
  path.lineTo(x, y + radius);
  path.lineTo(x - radius, y);
  path.lineTo(x, y - radius);
}
