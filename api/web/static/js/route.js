// A person's day on the map: the way along streets, and the stops by number.

const { L } = window;
const MANY_STOPS = 30; // from here on the discs are smaller

export function makeRouteLayer(map) {
  const group = L.layerGroup().addTo(map);
  const renderer = L.canvas({ pane: 'route', padding: 0.3 });

  function clear() {
    group.clearLayers();
  }

  function draw(day, { onStop }) {
    clear();
    const way = day.course.map(([lon, lat]) => [lat, lon]);
    if (way.length > 1) {
      group.addLayer(L.polyline(way, { renderer, pane: 'route', color: '#ffffff', weight: 8, opacity: 0.95, interactive: false }));
      group.addLayer(L.polyline(way, { renderer, pane: 'route', color: '#0b3d91', weight: 4, opacity: 1, interactive: false }));
    }
    const [lon, lat] = day.staff.home ?? [day.staff.office_lon, day.staff.office_lat]; // the home in one's own view alone
    const office = [lat, lon];
    group.addLayer(marker(office, 'office', '⌂'));
    const kind = day.stops.length > MANY_STOPS ? 'stop-mark many' : 'stop-mark';
    for (const stop of day.stops) {
      const shown = marker([stop.retailer.lat, stop.retailer.lon], kind, String(stop.sequence));
      shown.on('click', () => onStop(stop));
      group.addLayer(shown);
    }
    const seen = [office, ...way, ...day.stops.map((stop) => [stop.retailer.lat, stop.retailer.lon])];
    map.fitBounds(L.latLngBounds(seen), { padding: [36, 36], maxZoom: 16 });
  }

  function marker(at, kind, words) {
    const disc = document.createElement('span');
    disc.textContent = words;
    const icon = L.divIcon({ className: kind, html: disc, iconSize: [24, 24] });
    return L.marker(at, { icon, pane: 'stops', keyboard: false, title: '' });
  }

  return { clear, draw };
}
