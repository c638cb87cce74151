// The live part of the page: markup that the server made is morphed into its places, and what the reader did is told
// to the server. Acts are numbered; they are told again until the server says that it has taken them.
window.socio = (() => {
  const PATIENCE = 3000; // milliseconds before acts without an answer are told again
  const BEYOND = 15; // rows of a table that are drawn before and after those in sight
  const ROW = 35; // its height in pixels
  const SIGHT = 20; // rows of a table that are in sight at most
  const places = new Map(), shown = new WeakMap();
  let painted = null, tell = null, number = 0, told = 0, toldAt = 0, gesture = 1, pending = [], dragging = false;

  // Telling the server

  const flush = () => {
    const waiting = painted && told > painted.taken && performance.now() - toldAt < PATIENCE;
    if (!tell || !painted || !pending.length || waiting) return;
    told = number;
    toldAt = performance.now();
    tell({ session: painted.session, acts: pending });
    setTimeout(flush, PATIENCE + 50);
  };
  const act = (what, name, value) => {
    const last = pending.at(-1);
    if (last && last[0] > told && last[1] === what && last[2] === name && last[4] === gesture) pending.pop();
    pending.push([++number, what, name ?? "", value ?? "", gesture]);
    flush();
  };
  const untaken = ({ dataset }) => pending.some(([, what, name]) => what === dataset.act && name === (dataset.name ?? ""));

  // What the reader does

  const heard = (event) => {
    const element = event.target, { act: what, name } = element.dataset ?? {};
    if (event.type === "input") {
      if (element.type === "range") act(what, name, Number(element.value));
      else if (element.type === "text") element.writing = true;
      return;
    }
    if (!what) return;
    if (element.type === "checkbox") act(what, name, element.checked);
    else if (element.type !== "range") act(what, name, element.value);
    element.writing = false;
    gesture += 1;
  };
  const clicked = (event) => {
    const button = event.target.closest("button[data-act]");
    const bar = event.target.closest("[data-code]");
    const shut = event.target.closest("[data-shut]");
    if (shut) shut.parentElement.hidden = true;
    else if (button) act(button.dataset.act, button.dataset.name, button.value);
    else if (bar) act("school", "", bar.dataset.code);
    gesture += 1;
  };
  const keyed = (event) => {
    const field = event.target;
    if (field.type !== "text" || event.key !== "Escape") return;
    field.writing = false;
    field.value = field.getAttribute("value");
  };
  addEventListener("pointerdown", (event) => { dragging = event.target.type === "range"; }, true);
  addEventListener("pointerup", () => { dragging = false; setTimeout(address); }, true);

  // What is said of a bar that is pointed at

  let tip;
  const pointed = (event) => {
    const bar = event.target.closest?.("[data-tip]");
    if (!bar) {
      if (tip) tip.hidden = true;
      return;
    }
    if (!tip) {
      tip = document.body.appendChild(document.createElement("div"));
      tip.className = "socio-tip";
      tip.setAttribute("aria-hidden", "true");
    }
    tip.hidden = false;
    if (tip.textContent !== bar.dataset.tip) tip.textContent = bar.dataset.tip;
    const { clientX: x, clientY: y } = event, { offsetWidth: width, offsetHeight: height } = tip;
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
    tip.style.top = `${y + height + 24 < innerHeight ? y + 16 : Math.max(4, y - height - 12)}px`;
  };

  // Painting

  const MORPH = {
    childrenOnly: true,
    onBeforeElUpdated(now, next) {
      if ("rows" in (now.dataset ?? {}) || now.isEqualNode(next)) return false;
      if (now.tagName === "DETAILS") next.open = now.open;
      if (now.tagName === "INPUT") next.value = now.value; // `settle` decides
      if (now.tagName !== "svg" || now.children.length < 2) return true;
      now.replaceChildren(...next.childNodes); // a chart has nothing to keep, and most of it moves
      for (const name of ["height", "style", "aria-label"]) now.setAttribute(name, next.getAttribute(name));
      return false;
    },
  };
  const settle = (root) => {
    // What the server says stands in the attributes; the reader's hand on a control is left alone.
    for (const one of root.querySelectorAll("input, option")) {
      if (one.writing || untaken(one.closest("select") ?? one)) continue;
      if (one.type === "checkbox" || one.type === "radio") one.checked = one.defaultChecked;
      else if (one.tagName === "OPTION") one.selected = one.defaultSelected;
      else if (one.value !== one.defaultValue) one.value = one.defaultValue;
    }
  };
  const paintPlace = (name) => {
    const root = places.get(name), markup = painted?.places[name];
    if (!root || markup === undefined) return;
    if (shown.get(root) !== markup) window.morphdom(root, `<div>${markup}</div>`, MORPH);
    shown.set(root, markup);
    settle(root);
    if (root.querySelector("[data-rows]")) rows(root);
  };
  const rows = (root) => {
    const body = root.querySelector("[data-rows]"), box = body.closest(".socio-grid");
    const all = painted.rows.length;
    const first = Math.max(0, Math.min(Math.floor((box.above ?? 0) / ROW), all) - BEYOND);
    const last = Math.min(all, first + SIGHT + 2 * BEYOND);
    const head = [...box.querySelectorAll("thead th")].map((cell) => cell.className);
    const wanted = last - first + 2;
    while (body.rows.length > wanted) body.lastElementChild.remove();
    while (body.rows.length < wanted) body.append(document.createElement("tr"));
    const space = (row, count) => {
      row.className = "socio-space";
      row.style.height = `${count * ROW}px`;
      row.setAttribute("aria-hidden", "true");
      row.replaceChildren();
    };
    space(body.firstElementChild, first);
    space(body.lastElementChild, all - last);
    for (let at = first; at < last; at++) {
      const row = body.rows[at - first + 1], texts = painted.rows[at].split("\t"), code = texts.shift();
      if (row.className === "socio-space") row.removeAttribute("aria-hidden"), row.removeAttribute("style");
      row.className = code === painted.school ? "chosen" : "";
      row.dataset.code = code;
      row.setAttribute("aria-rowindex", at + 2);
      while (row.cells.length < texts.length) row.append(document.createElement(row.cells.length ? "td" : "th"));
      while (row.cells.length > texts.length) row.lastElementChild.remove();
      texts.forEach((text, column) => {
        const cell = row.cells[column];
        if (cell.textContent !== text) cell.textContent = text;
        cell.className = head[column];
        if (!column) cell.scope = "row";
      });
    }
  };
  const scrolled = (event) => {
    if (!event.target.matches?.(".socio-grid") || !event.target.querySelector("[data-rows]")) return;
    event.target.above = event.target.scrollTop;
    rows(event.target);
  };
  let back = false;
  const address = () => {
    if (!painted || dragging) return;
    const now = `?${painted.address}`, before = history.state?.socio, step = painted.step;
    const how = back || before === undefined || before === step ? "replaceState" : "pushState";
    back = false;
    if (location.search !== now || before === undefined) history[how]({ ...history.state, socio: step }, "", now);
  };
  addEventListener("popstate", () => {
    back = true;
    act("open", "", location.search.slice(1));
  });
  const paint = (given) => {
    if (painted && given.session !== painted.session) {
      pending = [];
      told = 0;
    }
    painted = given;
    document.documentElement.lang = given.language;
    number = Math.max(number, given.taken);
    pending = pending.filter(([at]) => at > given.taken);
    for (const name of places.keys()) paintPlace(name);
    requestAnimationFrame(() => setTimeout(address)); // the figures first
    flush();
  };

  // Each place is an element of the page; the one that has the data is told with.

  const utf8 = new TextDecoder();
  return ({ data, parentElement, setStateValue }) => {
    const { place, ...payload } = JSON.parse(utf8.decode(data));
    if (places.get(place) !== parentElement) {
      places.set(place, parentElement);
      parentElement.addEventListener("input", heard);
      parentElement.addEventListener("change", heard);
      parentElement.addEventListener("click", clicked);
      parentElement.addEventListener("keydown", keyed);
      parentElement.addEventListener("pointermove", pointed);
      parentElement.addEventListener("pointerleave", pointed);
      parentElement.addEventListener("scroll", scrolled, { capture: true, passive: true });
    }
    if (payload.places) {
      tell = (acts) => setStateValue("acts", acts);
      paint(payload);
    } else paintPlace(place);
    return () => {
      if (places.get(place) === parentElement) places.delete(place);
    };
  };
})();
