// Follows the pointer on the map beside it. Numbers and fixed sentences only, set as text.
const OFFLINE = "The basemap cannot be loaded: it comes from the internet. Choose “none”, or check the connection.";

// Between the knots of a grid over the scene: column or row at a place on the map's plane.
const between = (values, across, down) => {
  const n = Math.round(Math.sqrt(values.length)), left = Math.min(n - 2, Math.floor(across * (n - 1))), top = Math.min(n - 2, Math.floor(down * (n - 1)));
  const x = across * (n - 1) - left, y = down * (n - 1) - top, at = (row, column) => values[row * n + column];
  return (1 - y) * ((1 - x) * at(top, left) + x * at(top, left + 1)) + y * ((1 - x) * at(top + 1, left) + x * at(top + 1, left + 1));
};

const pixel = (model, point) => {
  const [left, bottom, right, top] = model.get("plane"), [height, width] = model.get("shape");
  const across = (point.x - left) / (right - left), down = (top - point.y) / (top - bottom);
  if (!(across >= 0 && across < 1 && down >= 0 && down < 1)) return "";
  const column = Math.floor(between(model.get("columns"), across, down)), row = Math.floor(between(model.get("rows"), across, down));
  return column >= 0 && row >= 0 && column < width && row < height ? `pixel ${column}, ${row}` : "";
};

const degrees = ({ lat, lng }) =>
  `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lng).toFixed(5)}° ${lng < 0 ? "W" : "E"}`;

function render({ model, el }) {
  const make = (name) => Object.assign(document.createElement("span"), { className: name });
  const place = make("spx-pointer"), north = make("spx-north"), trouble = make("spx-no-basemap");
  trouble.setAttribute("role", "status");
  Object.assign(north, { textContent: "N", title: "North is up" });
  el.classList.add("spx-bearings");
  el.append(trouble, place, north);
  let watched = null, forget = () => {}, gone = false;

  const follow = (map) => {
    const move = ({ latlng }) => {
      const words = [model.get("plain") ? "" : degrees(latlng), pixel(model, map.options.crs.project(latlng))];
      place.textContent = words.filter(Boolean).join(" · ");
    };
    const leave = () => { place.textContent = ""; };
    // A basemap is tiles, of which one that comes is enough.
    const tiles = (layer) => layer.getTileUrl && layer.on({ tileerror: failed, tileload: loaded });
    const failed = () => { trouble.textContent = OFFLINE; };
    const loaded = () => { trouble.textContent = ""; };
    const added = ({ layer }) => tiles(layer), removed = ({ layer }) => layer.getTileUrl && loaded();
    map.on({ mousemove: move, mouseout: leave, layeradd: added, layerremove: removed });
    map.eachLayer(tiles);
    // Leaflet focuses a map that is pressed, the notebook scrolls what has the focus into view, and the click would land elsewhere.
    const box = map.getContainer();
    box.focus = () => HTMLElement.prototype.focus.call(box, { preventScroll: true });
    return () => {
      delete box.focus;
      map.off({ mousemove: move, mouseout: leave, layeradd: added, layerremove: removed });
    };
  };

  const find = async () => {
    const id = model.get("map_id"), frame = el.closest(".spx-map-frame");
    if (gone || !id || !frame) return;
    const held = await model.widget_manager.get_model(id);
    const views = await Promise.all(Object.values(held.views ?? {}));
    const map = views.map((view) => view.obj).find((one) => one && frame.contains(one.getContainer()));
    if (gone || !map || map === watched) return;
    forget();
    watched = map;
    forget = follow(map);
  };

  const show = () => { north.hidden = model.get("plain"); leaveText(); };
  const leaveText = () => { place.textContent = ""; trouble.textContent = ""; };
  // The map is drawn when it likes, and a new scene brings a new one.
  const timer = setInterval(() => find().catch(() => {}), 300);
  model.on("change:map_id", show);
  show();
  return () => { gone = true; clearInterval(timer); model.off("change:map_id", show); forget(); };
}

export default { render };
