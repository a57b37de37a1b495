// One map: districts in shades of a value, a grid of heat, or points; all of it also stands in the
// table below. Needs no tile server: the outlines come from this one.
(() => {
  "use strict";
  const box = document.getElementById("map");
  if (!box || !window.L) return;
  let given = JSON.parse(box.dataset.map);
  const words = box.dataset;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const map = L.map(box, {
    center: given.centre,
    zoom: 9,
    zoomSnap: 0.25,
    minZoom: 6,
    maxZoom: 18,
    preferCanvas: true,
    zoomAnimation: !calm,
    fadeAnimation: false,
    attributionControl: false,
  });
  if (given.tiles) L.tileLayer(given.tiles).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);

  const bar = document.querySelector("[data-map-bar]");
  bar.hidden = false;
  const time = document.getElementById("map-time");
  const months = time.dataset.months.split(" ");
  const said = document.getElementById("map-said");
  const layer = () => bar.querySelector("input[name=layer]:checked").value;

  // Five steps of one colour; what has no data is left open.
  const STEPS = [0.15, 0.32, 0.5, 0.68, 0.86];
  const step = (value, least, most) => {
    if (value === null || value === undefined) return 0;
    if (most === least) return STEPS[2];
    return STEPS[Math.min(4, Math.floor(((value - least) / (most - least)) * 5))];
  };

  let outlines = null;
  let shades = null;
  let names = null;
  const legend = L.control({ position: "bottomright" });
  legend.onAdd = () => Object.assign(document.createElement("div"), { className: "legend" });
  legend.addTo(map);
  const MOST_NAMES = 20; // more of them would cover the map
  let found = null;
  const line = (text, link) => {
    const element = document.createElement("p");
    element.className = "map-line";
    if (link) {
      const a = document.createElement("a");
      a.href = link;
      a.textContent = text;
      element.append(a);
    } else element.textContent = text;
    return element;
  };
  const popup = (...lines) => {
    const element = document.createElement("div");
    element.append(...lines);
    return element;
  };

  const drawShades = () => {
    shades?.remove();
    if (!outlines) return;
    const shading = layer() === "shade";
    const told = Object.values(given.values).filter(([value]) => value !== null).sort((a, b) => a[0] - b[0]);
    const least = told[0]?.[0];
    const most = told.at(-1)?.[0];
    drawLegend(shading && told.length ? [told[0][1], told.at(-1)[1]] : null);
    shades = L.geoJSON(outlines, {
      interactive: shading,
      style: (feature) => ({
        color: css("--quiet"),
        weight: 1,
        fillColor: css("--chart-1"),
        fillOpacity: shading ? step(given.values[feature.properties.code]?.[0], least, most) : 0.04,
      }),
      onEachFeature: (feature, area) => {
        const [, printed, sample, address] = given.values[feature.properties.code] || [];
        const value = printed || words.wordsNone;
        const more = sample ? ` (n=${sample})` : "";
        const name = feature.properties.name;
        if (!shading) return;
        area.bindTooltip(`${name} ${value}${more}`, { sticky: true });
        if (address) area.bindPopup(() => popup(line(`${name} ${value}${more}`), line(words.wordsOpen, address)));
      },
    }).addTo(map);
    shades.bringToBack();
    drawNames();
  };

  // The names of a few areas, as far as none lies on another.
  const drawNames = () => {
    names?.remove();
    names = L.layerGroup().addTo(map);
    if (!shades || layer() !== "shade" || outlines.features.length > MOST_NAMES) return;
    const taken = [];
    shades.eachLayer((area) => {
      const name = area.feature.properties.name;
      const middle = area.getBounds().getCenter();
      const at = map.latLngToLayerPoint(middle);
      const half = L.point(name.length * 7 + 5, 11);
      const room = L.bounds(at.subtract(half), at.add(half));
      if (taken.some((other) => other.overlaps(room))) return;
      taken.push(room);
      const look = { permanent: true, direction: "center", className: "area-name", opacity: 1 };
      L.tooltip(middle, { ...look, content: name }).addTo(names);
    });
  };

  // The least and the most, and between them the steps.
  const drawLegend = (ends) => {
    const box = legend.getContainer();
    box.hidden = !ends;
    if (!ends) return;
    const squares = STEPS.map((strength, i) => `<rect x="${i * 24}" width="24" height="14" opacity="${strength}"/>`);
    box.innerHTML = `<span></span><svg viewBox="0 0 120 14" aria-hidden="true">${squares.join("")}</svg><span></span>`;
    [box.firstChild.textContent, box.lastChild.textContent] = ends;
  };

  let asked = 0;
  const drawPoints = async () => {
    const mine = ++asked;
    if (layer() === "shade") {
      found?.remove();
      found = null;
      return;
    }
    const bounds = map.getBounds().toBBoxString();
    const query = new URLSearchParams({ ...given.query, box: bounds, zoom: Math.round(map.getZoom()), layer: layer() });
    const answer = await fetch(`${given.points}?${query}`);
    if (!answer.ok || mine !== asked) return;
    const data = await answer.json();
    if (mine !== asked) return;
    found?.remove();
    const most = Math.max(1, ...data.features.map((one) => one.properties.count || 0));
    const heat = layer() === "heat";
    found = L.layerGroup().addTo(map);
    let total = 0;
    for (const feature of data.features) {
      const of = feature.properties;
      total += of.count || 1;
      if (feature.geometry.type === "Point") {
        const [lon, lat] = feature.geometry.coordinates;
        const dot = { radius: 6, weight: 1, color: css("--tblr-bg-surface"), fillOpacity: 0.9 };
        dot.fillColor = of.urgent ? css("--late") : css("--chart-1");
        const words1 = of.title ? line(`${of.number} ${of.title}`, of.address) : line(words.wordsHidden);
        L.circleMarker([lat, lon], dot).bindPopup(() => popup(words1, line(of.state))).addTo(found);
        continue;
      }
      const ring = feature.geometry.coordinates[0].map(([lon, lat]) => [lat, lon]);
      const tip = `${of.count} ${words.wordsCount}`;
      if (heat) {
        const share = Math.sqrt(of.count / most);
        L.polygon(ring, { stroke: false, fillColor: css("--late"), fillOpacity: 0.12 + 0.75 * share })
          .bindTooltip(tip)
          .addTo(found);
      } else {
        const middle = L.polygon(ring).getBounds().getCenter();
        const radius = 8 + 18 * Math.sqrt(of.count / most);
        const look = { radius, weight: 2, color: css("--tblr-bg-surface"), fillColor: css("--chart-1"), fillOpacity: 0.85 };
        L.circleMarker(middle, look)
          .bindTooltip(of.count > 1 ? String(of.count) : tip, of.count > 1 ? { permanent: true, direction: "center", className: "cluster" } : {})
          .on("click", () => map.setView(middle, Math.min(map.getZoom() + 2, 18)))
          .addTo(found);
      }
    }
    said.textContent = `${given.query.month} · ${total.toLocaleString()} ${words.wordsCount}`;
  };

  // The page of another month has the values and the table; both are taken from it.
  let page = 0;
  const showMonth = async (month) => {
    const mine = ++page;
    const query = new URLSearchParams(new FormData(document.getElementById("map-form")));
    query.set("month", month);
    const answer = await fetch(`?${query}`);
    if (!answer.ok || mine !== page) return;
    const other = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== page) return;
    given = JSON.parse(other.getElementById("map").dataset.map);
    document.getElementById("areas").replaceWith(other.getElementById("areas"));
    said.textContent = other.getElementById("map-said").textContent;
    history.replaceState(null, "", `?${query}`);
    drawShades();
    await drawPoints();
  };

  let waiting = 0;
  time.addEventListener("input", () => {
    bar.querySelector("output").textContent = months[time.value];
    const choice = document.querySelector("#map-form [name=month]");
    if (choice) choice.value = months[time.value];
    clearTimeout(waiting);
    waiting = setTimeout(() => showMonth(months[time.value]), 200);
  });
  let playing = 0;
  bar.querySelector("[data-play]").addEventListener("click", () => {
    if (playing) {
      clearInterval(playing);
      playing = 0;
      return;
    }
    if (Number(time.value) === months.length - 1) time.value = 0;
    playing = setInterval(() => {
      if (Number(time.value) >= months.length - 1) {
        clearInterval(playing);
        playing = 0;
        return;
      }
      time.value = Number(time.value) + 1;
      time.dispatchEvent(new Event("input"));
    }, 1500);
  });
  bar.addEventListener("change", (event) => {
    if (event.target.name !== "layer") return;
    drawShades();
    drawPoints();
  });
  map.on("moveend", drawPoints);
  map.on("zoomend", drawNames);
  new MutationObserver(() => {
    drawShades();
    drawPoints();
  }).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

  fetch(given.outlines)
    .then((answer) => answer.json())
    .then((data) => {
      outlines = data;
      drawShades();
      if (shades.getLayers().length) map.fitBounds(shades.getBounds(), { padding: [12, 12] });
      box.dataset.drawn = "1";
    });
})();
