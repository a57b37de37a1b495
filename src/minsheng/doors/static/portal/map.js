// Where it is, on a map: a press marks the place and fills in the area. By keyboard the arrows move
// the map, and a button marks its middle. Without scripts the place is said in words alone.
(() => {
  "use strict";
  const part = document.querySelector("[data-place-map]");
  if (!part || !window.L) return;
  const box = part.querySelector(".place-map");
  const said = part.querySelector("[data-said]");
  const [lon, lat] = ["id_lon", "id_lat"].map((id) => document.getElementById(id));
  const district = document.getElementById("id_district");
  part.hidden = false;

  const map = L.map(box, {
    center: box.dataset.centre.split(",").map(Number),
    zoom: 9,
    minZoom: 6,
    maxZoom: 18,
    attributionControl: false,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map);
  const pin = L.circleMarker([0, 0], { radius: 9, className: "place-pin", interactive: false });

  const mark = (at, code) => {
    lat.value = at.lat.toFixed(6);
    lon.value = at.lng.toFixed(6);
    pin.setLatLng(at).addTo(map);
    said.textContent = said.dataset.marked;
    if (code && (!district.value || district.value === district.dataset.filled)) {
      district.value = district.dataset.filled = code;
    }
  };
  const clear = () => {
    lat.value = lon.value = "";
    pin.remove();
    said.textContent = "";
  };
  map.on("click", (event) => mark(event.latlng));
  part.querySelector("[data-middle]").addEventListener("click", () => mark(map.getCenter()));
  part.querySelector("[data-clear]").addEventListener("click", clear);
  if (lat.value) mark(L.latLng(lat.value, lon.value));

  fetch(box.dataset.areas)
    .then((answer) => answer.json())
    .then((areas) => {
      const shown = L.geoJSON(areas, {
        filter: (area) => area.properties.level !== "city",
        style: { className: "place-area", weight: 1 },
        onEachFeature: (area, layer) => {
          layer.bindTooltip(area.properties.name, { sticky: true });
          layer.on("click", (event) => {
            L.DomEvent.stopPropagation(event);
            mark(event.latlng, area.properties.code);
          });
        },
      }).addTo(map);
      if (shown.getLayers().length && !lat.value) map.fitBounds(shown.getBounds());
    })
    .catch(() => {}); // the map is there without its outlines, and the words are enough
})();
