"use strict";
// Draws the picture beside the table of the events, at the heights of its rows, and follows turns.
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const runs = data.runs, stage = $("stage"), root = document.documentElement, body = document.body;
  const lines = [...$("events").tBodies[0].rows];
  const events = lines.filter((line) => line.dataset.a || line.dataset.b);
  const names = ["a", "b"];
  const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
  runs.forEach((run, side) => {
    run.line = [];
    for (const line of events) if (line.dataset[names[side]]) run.line[line.dataset[names[side]] - 1] = line;
    run.of = data.turns.map(() => []);
    for (const [event, turns] of Object.entries(run.turns)) turns.forEach((turn) => run.of[turn].push(+event));
    const big = [...run.violated, ...run.cuts.map((cut) => cut[2]), ...run.bands.filter((band) => "FDKZ".includes(band[4])).map((band) => band[2])];
    big.forEach((event) => run.line[event]?.classList.add("big"));
  });
  let zoom = 2, followed = null, chosen = null, only = false, found = [], match = -1;

  // Which events a turn touches: its own, its requests', and what may have decided about it meanwhile.
  function touched(run, turn) {
    const own = run.of[turn], lit = new Set(own);
    if (!own.length) return lit;
    for (const request of run.requests)
      if (run.turns[request[1]]?.includes(turn)) request.forEach((event) => event >= 0 && lit.add(event));
    const processes = new Set(own.map((event) => run.who[event]).filter(Boolean));
    let last = Math.max(...lit);
    if (run.fates[turn] !== "g")
      for (const cut of run.cuts) if (processes.has(run.who[cut[2]])) last = Math.max(last, cut[2]);
    for (const event of run.around)
      if (event >= own[0] && event <= last && (!run.who[event] || processes.has(run.who[event]))) lit.add(event);
    return lit;
  }

  // Heights of the rows and widths of the lanes.
  const middle = (line) => line.offsetTop + Math.min(line.offsetHeight / 2, 14);
  let wide = 24, place = [], step = [], waits = [];
  function measure() {
    const all = runs.reduce((sum, run) => sum + run.lanes.length, 0) + (runs.length - 1);
    const room = stage.clientWidth * (innerWidth < 820 ? 0.4 : runs.length > 1 ? 0.46 : 0.4);
    wide = Math.max(innerWidth < 820 ? 6 : 9, Math.min(34, room / (all + 0.6)));
    stage.style.setProperty("--pic", Math.round(wide * (all + 0.6)) + "px");
    let from = wide * 0.8;
    for (const run of runs) {
      run.x = run.lanes.map((_, lane) => from + lane * wide);
      from += (run.lanes.length + 1) * wide;
    }
    place = runs.map((run) => run.line.map((line) => (line.offsetHeight ? middle(line) : -1)));
    waits = lines.filter((line) => line.classList.contains("g") && line.offsetHeight).map((line) => [line.offsetTop, line.offsetHeight]);
    step = lines.filter((line) => line.dataset.s && line.offsetHeight).map((line) => [+line.dataset.s, middle(line)]);
  }

  function lanes() {
    const small = wide < 15, tall = small ? 96 : 84, parts = [];
    runs.forEach((run, side) => {
      if (runs.length > 1) parts.push(`<text x="${run.x[0] - wide / 2}" y="13" font-weight="650">${escaped(run.name)}</text>`);
      run.lanes.forEach(([name, group, letter], lane) => {
        const text = name.length > 13 ? name.slice(0, 12) + "…" : name;
        parts.push(`<text class="k${letter}" transform="translate(${run.x[lane] + 3},${tall - 6}) rotate(${small ? -84 : -52})"><title>${escaped(name + (group && ", " + group))}</title>${escaped(text)}</text>`);
      });
    });
    $("lanes").innerHTML = `<svg width="100%" height="${tall}">${parts.join("")}</svg>`;
    const bar = $("tools").offsetHeight, pin = $("pin");
    const pinned = pin && innerWidth >= 820 ? pin.offsetHeight + 10 : 0;
    stage.style.setProperty("--lanes-top", bar + pinned + "px");
    root.style.scrollPaddingTop = bar + pinned + tall + 20 + "px";
  }

  const head = (x, y, x0, y0, letter, dim) => {
    const angle = Math.atan2(y - y0, x - x0), back = (turn) => `${(x - 7 * Math.cos(angle + turn)).toFixed(1)},${(y - 7 * Math.sin(angle + turn)).toFixed(1)}`;
    return `<path class="head ${letter}${dim}" d="M${x.toFixed(1)},${y.toFixed(1)}L${back(0.42)}L${back(-0.42)}Z"/>`;
  };

  function draw() {
    measure();
    const table = $("events"), tall = table.offsetHeight, parts = [];
    const radius = Math.max(1.6, Math.min(5, wide / 4, zoom ? 5 : 2.2));
    runs.forEach((run, side) => {
      const y = place[side], x = run.x, lit = followed === null ? null : touched(run, followed);
      const dim = (...all) => (lit && !all.every((event) => lit.has(event)) ? " dim" : "");
      const shown = (event) => y[event] >= 0;
      const near = (event) => { let at = event; while (at > 0 && !shown(at)) at--; return shown(at) ? y[at] : 0; };
      const kind = (lane) => "k" + run.lanes[lane][2];
      x.forEach((at) => parts.push(`<path class="guide" d="M${at},0V${tall}"/>`));
      for (const [first, last, from, to, letter, label] of run.bands) {
        const top = near(from), end = near(to), left = x[first], right = x[last];
        if (letter === "P") parts.push(`<path class="life ${kind(first)}" d="M${left},${top}V${end}"/>`);
        else if (letter === "T") parts.push(`<path class="task ${kind(first)}" d="M${left},${top}V${end}"/>`);
        else if (letter === "C") parts.push(`<rect class="call ${kind(first)}${dim(from)}" x="${left - radius - 1.5}" width="${2 * radius + 3}" y="${top}" height="${Math.max(end - top, 2)}"><title>${escaped(label)}</title></rect>`);
        else {
          const name = letter === "Z" ? "sleep" : "fault", high = Math.max(end - top, 8);
          parts.push(`<rect class="${name}${lit && !lit.has(from) ? " dim" : ""}" x="${left - wide * 0.42}" width="${right - left + wide * 0.84}" y="${top - 4}" height="${high + 8}" rx="3"><title>${escaped(label)}</title></rect>`);
          if (high > label.length * 5.2 && wide > 11) parts.push(`<text class="label" transform="translate(${right + 3},${top + 4}) rotate(90)">${escaped(label)}</text>`);
        }
      }
      for (const [at, high] of waits) parts.push(`<rect class="wait" x="${x[0] - wide / 2}" width="${x.at(-1) - x[0] + wide}" y="${at + 4}" height="${high - 8}"/><rect class="waits" x="${x[0] - wide / 2}" width="${x.at(-1) - x[0] + wide}" y="${at}" height="${high}"/>`);
      for (const [from, a, to, b, letter, label] of run.arrows) {
        if (!shown(from) && !shown(to)) continue;
        const x1 = x[a], y1 = near(from), x2 = x[b], y2 = near(to), faded = dim(from, to);
        parts.push(`<path class="arrow ${letter}${faded}" d="M${x1},${y1}L${x2},${y2}"><title>${escaped(label)}</title></path>`);
        if (letter === "x") parts.push(`<path class="cross${faded}" d="M${x2 - 4},${y2 - 4}l8,8m0,-8l-8,8"/>`);
        else if (zoom) parts.push(head(x2 - Math.sign(x2 - x1) * radius, y2, x1, y1, letter, faded));
      }
      if (!side) for (const [lane, at] of step) parts.push(`<circle class="step ${kind(lane)}${lit ? " dim" : ""}" cx="${x[lane]}" cy="${at}" r="${radius - 0.5}"/>`);
      const [line, fate] = lit ? way(run, y, x, shown) : ["", ""];
      parts.push(line);
      const colors = run.lane.map(kind);
      run.lane.forEach((lane, event) => {
        if (shown(event)) parts.push(`<circle class="node ${colors[event]}${dim(event)}" data-e="${names[side]}${event}" cx="${x[lane]}" cy="${y[event]}" r="${radius}"/>`);
      });
      for (const [first, last, event, kill, label] of run.cuts) {
        const at = near(event), left = x[first] - wide * 0.4, right = x[last] + wide * 0.4;
        let zigzag = `M${left},${at}`;
        for (let across = left; across < right; across += 8) zigzag += `l4,-4l4,4`;
        parts.push(kill ? `<path class="cut" d="${zigzag}"><title>${escaped(label)}</title></path>` : `<path class="end" d="M${left},${at + radius + 2}H${right}"/>`);
      }
      for (const event of run.violated) parts.push(`<path class="flag" d="M${x[run.lane[event]] - 8},${near(event)}a8,8 0 1 0 16,0a8,8 0 1 0 -16,0"/>`);
      if (run.no_return !== null) parts.push(`<path class="turning" d="M${x[0] - wide * 0.4},${near(run.no_return)}H${x.at(-1) + wide * 0.4}"/>`);
      parts.push(fate);
      if (chosen && chosen.side === side && shown(chosen.event)) parts.push(`<circle class="chosen" cx="${x[run.lane[chosen.event]]}" cy="${y[chosen.event]}" r="${radius + 4}"/>`);
    });
    const part = $("parting");
    if (part?.offsetHeight) parts.push(`<path class="parting" d="M0,${part.offsetTop + part.offsetHeight / 2}H${parseFloat(stage.style.getPropertyValue("--pic"))}"/>`);
    const patterns = `<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--bad)" opacity=".1"/><path d="M0,0V6" stroke="var(--bad)" stroke-width="2" opacity=".45"/></pattern><pattern id="waiting" width="7" height="7" patternUnits="userSpaceOnUse"><path d="M-1,8L8,-1M-1,1L1,-1M6,8L8,6" stroke="var(--line)" stroke-width="1"/></pattern><pattern id="drowsy" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0,3H6" stroke="var(--strong)" stroke-width="1.5"/></pattern></defs>`;
    const svg = $("picture");
    svg.setAttribute("width", parseFloat(stage.style.getPropertyValue("--pic")));
    svg.setAttribute("height", tall);
    svg.style.top = table.offsetTop + "px";
    svg.innerHTML = patterns + parts.join("");
    lanes();
  }

  // The way of the followed turn through the lanes, and its fate at its end.
  function way(run, y, x, shown) {
    const own = run.of[followed].filter(shown);
    if (!own.length) return ["", ""];
    const points = own.map((event) => `${x[run.lane[event]]},${y[event]}`);
    const end = own.at(-1), at = [x[run.lane[end]], y[end]], fate = run.fates[followed];
    const sign = fate === "g" ? "M-3.5,0l2.5,3l4.5,-6" : fate === "b" ? "M-3,-3l6,6m0,-6l-6,6" : "M-3,0h6";
    return [`<polyline class="way" points="${points.join(" ")}"/>`, `<g class="${fate}" transform="translate(${at})"><circle class="fate" r="8"/><path d="${sign}" stroke="currentColor" stroke-width="2" fill="none"/></g>`];
  }

  function follow(turn) {
    followed = turn;
    only = only && turn !== null;
    body.classList.toggle("following", turn !== null);
    body.classList.toggle("only", only);
    for (const line of lines) line.classList.remove("lit", "own");
    if (turn !== null) for (const run of runs) {
      touched(run, turn).forEach((event) => run.line[event]?.classList.add("lit"));
      run.of[turn].forEach((event) => run.line[event]?.classList.add("own"));
    }
    for (const button of document.querySelectorAll("[data-t]")) button.setAttribute("aria-pressed", button.dataset.t === String(turn));
    $("only").hidden = $("all").hidden = turn === null;
    $("only").setAttribute("aria-pressed", only);
    draw();
  }

  function choose(line, scroll) {
    chosen?.line.classList.remove("at");
    chosen?.line.removeAttribute("aria-current");
    for (const other of events) if (other.tabIndex === 0) other.tabIndex = -1;
    line.classList.add("at");
    line.setAttribute("aria-current", "true");
    line.tabIndex = 0;
    const side = line.dataset.a ? 0 : 1, event = line.dataset[names[side]] - 1, run = runs[side];
    chosen = { line, side, event };
    if (scroll) { line.scrollIntoView({ block: "nearest" }); line.focus({ preventScroll: true }); }
    const turns = run.turns[event] || [];
    const request = run.requests.find((all) => all.includes(event));
    const words = ["sent", "arrives", "provider is done", "client is done"];
    const partners = request ? request.map((other, nth) => [words[nth], other]).filter(([, other]) => other >= 0 && other !== event) : [];
    const [time, text] = line.cells;
    $("detail").innerHTML = `<h2><button data-close aria-label="Close">×</button>Event ${event + 1}, ${escaped(time.textContent)} ms</h2><p>${escaped(text.textContent)}</p>` +
      turns.slice(0, 40).map((turn) => `<button data-t="${turn}" aria-pressed="${turn === followed}">${escaped(data.turns[turn])}</button>`).join("") +
      partners.map(([word, other]) => `<button data-to="${names[side]}${other + 1}">its request: ${word}</button>`).join("");
    draw();
  }
  const line = (name) => runs[names.indexOf(name[0])]?.line[name.slice(1) - 1];
  const go = (target) => { if (target) { choose(target, false); target.scrollIntoView({ block: "center" }); target.focus({ preventScroll: true }); } };

  // The next turn that the chosen event names.
  function followNext() {
    if (!chosen) return;
    const turns = runs[chosen.side].turns[chosen.event] || [];
    if (turns.length) follow(turns[(turns.indexOf(followed) + 1) % turns.length]);
  }
  const visible = () => events.filter((one) => one.offsetHeight);
  function move(by) {
    const all = visible(), at = all.indexOf(chosen ? chosen.line : document.activeElement.closest("#events tr"));
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) choose(next, true);
  }
  function landmark() {
    const all = visible().filter((one) => one.classList.contains("big"));
    if (all.length) go(all.find((one) => chosen && one.offsetTop > chosen.line.offsetTop) || all[0]);
  }
  const turn = (by) => data.turns.length && follow(followed === null ? (by > 0 ? 0 : data.turns.length - 1) : (followed + by + data.turns.length) % data.turns.length);
  function scale(by) {
    zoom = Math.max(0, Math.min(3, zoom + by));
    body.className = body.className.replace(/\bz\d\b/g, "").trim();
    body.classList.add("z" + zoom);
    $("out").disabled = zoom === 0;
    $("in").disabled = zoom === 3;
    draw();
  }

  function search() {
    const wanted = $("find").value.trim().toLowerCase();
    for (const mark of $("events").querySelectorAll("mark")) { const cell = mark.parentNode; mark.replaceWith(mark.textContent); cell.normalize(); }
    found = wanted ? lines.filter((one) => one.textContent.toLowerCase().includes(wanted)) : [];
    found.slice(0, 500).forEach((one) => highlight(one, wanted));
    match = -1;
    $("found").textContent = wanted ? `${found.length} found` : "";
    $("before").disabled = $("next").disabled = !found.length;
    if (wanted) draw();
  }
  function highlight(one, wanted) {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const at = text.data.toLowerCase().indexOf(wanted);
      if (at < 0) continue;
      const hit = text.splitText(at);
      hit.splitText(wanted.length);
      const mark = document.createElement("mark");
      hit.replaceWith(mark);
      mark.append(hit);
    }
  }
  function jump(by) {
    if (!found.length) return;
    match = (match + by + found.length) % found.length;
    const target = found[match];
    $("found").textContent = `${match + 1} of ${found.length}`;
    if (target.dataset.a || target.dataset.b) choose(target, false);
    target.scrollIntoView({ block: "center" });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, [data-e], #events tr");
    if (!button) return;
    if (button.dataset.t !== undefined) follow(+button.dataset.t === followed ? null : +button.dataset.t);
    else if (button.dataset.close !== undefined) $("detail").replaceChildren();
    else if (button.dataset.to) go(line(button.dataset.to));
    else if (button.dataset.e) { choose(line(button.dataset.e[0] + (+button.dataset.e.slice(1) + 1)), false); followNext(); }
    else if (button.dataset.a || button.dataset.b) { choose(button, false); followNext(); }
  });
  $("find").addEventListener("input", search);
  $("find").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); jump(event.shiftKey ? -1 : 1); } if (event.key === "Escape") event.target.blur(); });
  $("before").onclick = () => jump(-1);
  $("next").onclick = () => jump(1);
  $("in").onclick = () => scale(1);
  $("out").onclick = () => scale(-1);
  $("all").onclick = () => follow(null);
  const toggleOnly = () => { if (followed !== null) { only = !only; follow(followed); chosen?.line.scrollIntoView({ block: "nearest" }); } };
  $("only").onclick = toggleOnly;
  if ($("part")) $("part").onclick = () => go($("parting").nextElementSibling);
  const keep = (value) => { try { localStorage.setItem("forget-me-not-theme", value); } catch { /* a page without storage forgets it */ } };
  const dark = () => root.style.colorScheme ? root.style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("theme").onclick = () => { root.style.colorScheme = dark() ? "light" : "dark"; keep(root.style.colorScheme); };
  try { root.style.colorScheme = localStorage.getItem("forget-me-not-theme") || ""; } catch { /* the system's theme, then */ }
  const keys = { j: () => move(1), k: () => move(-1), t: () => turn(1), T: () => turn(-1), o: toggleOnly, v: landmark, "+": () => scale(1), "=": () => scale(1), "-": () => scale(-1), Escape: () => follow(null), "/": () => $("find").focus() };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const inRows = event.target.closest("#events");
    if (inRows && event.key === "Enter") return followNext();
    const action = inRows && event.key === "ArrowDown" ? keys.j : inRows && event.key === "ArrowUp" ? keys.k : keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });
  events.forEach((one, nth) => { one.tabIndex = nth ? -1 : 0; });
  let waiting = 0;
  new ResizeObserver(() => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(draw); }).observe(stage);
  const asked = decodeURIComponent(location.hash).match(/^#turn=(.+)$/);
  body.classList.add("z2");
  draw();
  if (asked && data.turns.includes(asked[1])) follow(data.turns.indexOf(asked[1]));
})();
