/* The page's behaviour: draws the network, and search, legend, tooltips and the detail panel around it.
 *
 * Every text in the data comes from papers and is untrusted: it reaches the page as text nodes only (`element` below), and as an
 * address only when it is http or https (`link`).
 */
"use strict";

(() => {
  const MATCHES = 30; // as many as a list can show without becoming a second search
  const RELATIONSHIPS = 25; // of one type, before "Show more"
  const PAPERS_FROM = 1.2; // scale from which papers' titles are drawn without being asked for
  const FEW = 60; // nodes, among which there is room for titles at any scale
  const SVG = "http://www.w3.org/2000/svg";
  // Outlines in a 14 x 14 box, drawn as vis-network draws its shapes.
  const OUTLINES = {
    diamond: "7,0.5 13.5,7 7,13.5 0.5,7",
    square: "1.5,1.5 12.5,1.5 12.5,12.5 1.5,12.5",
    box: "0.5,3 13.5,3 13.5,11 0.5,11",
    triangle: "7,1 13.5,12.5 0.5,12.5",
    triangleDown: "0.5,1.5 13.5,1.5 7,13",
    hexagon: "3.75,1.4 10.25,1.4 13.5,7 10.25,12.6 3.75,12.6 0.5,7",
    star: "7,0.5 8.7,5 13.5,5.2 9.7,8.2 11,12.9 7,10.2 3,12.9 4.3,8.2 0.5,5.2 5.3,5",
  };

  const data = JSON.parse(document.getElementById("data").textContent);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const panel = document.getElementById("panel");
  const hidden = new Set(); // labels switched off in the legend
  let near = null; // ids of the nodes that stand out, or null

  for (const edge of data.edges) {
    if ("evidence" in edge.properties) edge.properties.evidence = data.texts[edge.properties.evidence];
  }
  const nodesById = new Map(data.nodes.map((node) => [node.id, node]));
  const edgesOf = new Map(data.nodes.map((node) => [node.id, []]));
  for (const edge of data.edges) {
    edgesOf.get(edge.from).push(edge);
    if (edge.to !== edge.from) edgesOf.get(edge.to).push(edge);
  }

  // ------------------------------------------------------------------------------------------------------ building elements

  /** An element with attributes and children; strings among the children become text. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function button(attributes, onClick, ...children) {
    const made = element("button", { type: "button", ...attributes }, ...children);
    made.addEventListener("click", onClick);
    return made;
  }

  /** A link where `address` is an http or https URL, else its text. */
  function link(address, text = address) {
    let url;
    try {
      url = new URL(address);
    } catch {
      return document.createTextNode(text);
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") return document.createTextNode(text);
    return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
  }

  function swatch(label) {
    const { shape, color } = data.labels[label];
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "swatch");
    svg.setAttribute("viewBox", "0 0 14 14");
    svg.setAttribute("aria-hidden", "true");
    const outline = document.createElementNS(SVG, shape in OUTLINES ? "polygon" : "circle");
    if (shape in OUTLINES) outline.setAttribute("points", OUTLINES[shape]);
    else for (const [name, value] of [["cx", 7], ["cy", 7], ["r", 6]]) outline.setAttribute(name, value);
    outline.setAttribute("fill", color);
    svg.append(outline);
    return svg;
  }

  const words = (type) => type.replaceAll("_", " ").toLowerCase();
  const papers = (count) => `${count} ${count === 1 ? "paper" : "papers"}`;
  const percent = (score) => `${Math.round(score * 100)} %`;

  /** Where a paper can be read: its own address, else its DOI or arXiv id. */
  function addressOf(paper) {
    if (paper.url) return paper.url;
    if (paper.doi) return `https://doi.org/${paper.doi}`;
    return paper.arxiv ? `https://arxiv.org/abs/${paper.arxiv}` : "";
  }

  // -------------------------------------------------------------------------------------------------------------- tooltips

  function nodeTooltip(node) {
    const { support, aliases, year, venue } = node.properties;
    return element(
      "div",
      { class: "tooltip" },
      element("p", { class: "name" }, node.name),
      element("p", { class: "kind" }, swatch(node.group), [node.group, year, venue].filter(Boolean).join(", ")),
      aliases?.length ? element("p", {}, `Also: ${aliases.slice(0, 5).join(", ")}`) : null,
      support === undefined ? null : element("p", { class: "muted" }, papers(support)),
    );
  }

  function edgeTooltip(edge) {
    const from = nodesById.get(edge.from).name;
    const to = nodesById.get(edge.to).name;
    return element(
      "div",
      { class: "tooltip" },
      element("p", { class: "name" }, `${from} ${words(edge.type)} ${to}`),
      edge.properties.evidence ? element("p", {}, `“${edge.properties.evidence}”`) : null,
      element("p", { class: "muted" }, sourceOf(edge)),
    );
  }

  // --------------------------------------------------------------------------------------------------------------- network

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let labelColors;

  /** The colours of relationships in vis-network's words; also sets those of labels.  Both depend on light or dark. */
  function dress() {
    labelColors = { text: css("--text"), halo: css("--surface") };
    return { color: css("--edge"), highlight: css("--accent"), hover: css("--accent"), inherit: false };
  }

  const nodes = new vis.DataSet(data.nodes.map((node) => ({ ...node, title: nodeTooltip(node) })));
  const edges = new vis.DataSet(data.edges.map((edge) => ({ ...edge, title: edgeTooltip(edge) })));
  const shown = new vis.DataView(nodes, { filter: (node) => !hidden.has(node.group) });
  data.options.edges.color = dress();
  const network = new vis.Network(document.getElementById("network"), { nodes: shown, edges }, data.options);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    network.setOptions({ edges: { color: dress() } });
    drawFaded();
  });

  /** Select a node, bring it into view and show its details. */
  function focus(id) {
    const node = nodesById.get(id);
    if (hidden.has(node.group)) toggle(node.group);
    network.selectNodes([id]);
    network.focus(id, {
      scale: Math.max(network.getScale(), 0.9),
      animation: still.matches ? false : { duration: 400, easingFunction: "easeInOutQuad" },
    });
    showNode(node);
  }

  /** Let some nodes and the relationships among them stand out; without ids, none does. */
  function highlight(ids) {
    if (near === null && ids === null) return;
    near = ids;
    drawFaded();
  }

  /** Draw what does not stand out faintly. */
  function drawFaded() {
    const opacity = (...ids) => (near === null || ids.every((id) => near.has(id)) ? 1 : 0.12);
    nodes.update(data.nodes.map(({ id }) => ({ id, opacity: opacity(id) })));
    edges.update(data.edges.map(({ id, from, to }) => ({ id, color: { opacity: opacity(from, to) } })));
  }

  network.on("click", (event) => {
    if (event.nodes.length > 0) showNode(nodesById.get(event.nodes[0]));
    else if (event.edges.length > 0) showEdge(edges.get(event.edges[0]));
    else showOverview();
  });
  network.on("dragEnd", (event) => {
    // So that a node stays where it was dragged to when its label is switched off and on.
    const moved = network.getPositions(event.nodes);
    nodes.update(Object.entries(moved).map(([id, { x, y }]) => ({ id, x, y })));
  });
  document.getElementById("fit").addEventListener("click", () => network.fit({ animation: !still.matches }));

  // ---------------------------------------------------------------------------------------------------------------- labels

  /** Label after label from the most important on, below or above its node, where it covers none before it. */
  function drawLabels(context) {
    const canvas = context.canvas;
    const ratio = canvas.width / canvas.clientWidth;
    const scale = network.getScale();
    const places = network.getPositions();
    const titles = scale >= PAPERS_FROM || data.nodes.length <= FEW;
    const view = [0, 0, canvas.clientWidth, canvas.clientHeight];
    const taken = [];
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = labelColors.halo;
    context.fillStyle = labelColors.text;
    for (const node of labelled) {
      if (node.shape === "box" || !(node.id in places)) continue;
      if (near === null ? node.group === "Paper" && !titles : !near.has(node.id)) continue;
      const { x: middle, y } = network.canvasToDOM(places[node.id]);
      const radius = node.size * scale;
      const size = Math.min(10.5 + node.size * 0.16, 16);
      context.font = `${size}px system-ui, sans-serif`;
      const half = context.measureText(node.label).width / 2 + 3;
      if (middle < 0 || middle > view[2] || y < 0 || y > view[3]) continue;
      const x = Math.max(half, Math.min(middle, view[2] - half)); // wholly in view where its node is
      for (const top of [y + radius + 2, y - radius - size - 3]) {
        const label = [x - half, top, x + half, top + size + 2];
        if (taken.some((other) => overlap(label, other))) continue;
        taken.push(label, [middle - radius, y - radius, middle + radius, y + radius]);
        context.strokeText(node.label, x, top);
        context.fillText(node.label, x, top);
        break;
      }
    }
    context.restore();
  }

  /** Whether two boxes [left, top, right, bottom] share a point. */
  const overlap = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  const byImportance = (a, b) => b.size - a.size || (a.id < b.id ? -1 : 1);
  const labelled = [...data.nodes].sort(byImportance);
  network.on("afterDrawing", drawLabels);

  // ---------------------------------------------------------------------------------------------------------------- legend

  const legend = document.getElementById("legend");
  for (const [label, { description }] of Object.entries(data.labels)) {
    const count = data.nodes.filter((node) => node.group === label).length;
    legend.append(
      button(
        { "aria-pressed": "true", "data-label": label, title: description },
        () => toggle(label),
        swatch(label),
        label,
        element("span", { class: "count" }, String(count)),
      ),
    );
  }

  function toggle(label) {
    if (!hidden.delete(label)) hidden.add(label);
    legend.querySelector(`[data-label="${label}"]`).setAttribute("aria-pressed", String(!hidden.has(label)));
    shown.refresh();
  }

  // ---------------------------------------------------------------------------------------------------------- detail panel

  function show(...children) {
    panel.replaceChildren(...children.filter((child) => child !== null));
    panel.scrollTop = 0;
  }

  function fields(pairs) {
    const list = element("dl");
    for (const [name, value] of pairs) {
      if (value !== undefined && value !== "") list.append(element("dt", {}, name), element("dd", {}, value));
    }
    return list;
  }

  function showOverview() {
    highlight(null);
    show(
      element("h2", {}, "What is shown"),
      element("p", {}, `${data.nodes.length} nodes, ${data.edges.length} relationships.`),
      ...data.notes.map((note) => element("p", {}, note)),
      element(
        "p",
        { class: "muted" },
        "Choose a node or a line to read the sentences that stand behind it. Size grows with the number of papers.",
      ),
      ...mostSupported(),
    );
  }

  function mostSupported() {
    const most = labelled.filter((node) => node.properties.support > 0).slice(0, 10);
    if (most.length === 0) return [];
    const item = (node) => [end(node), " ", element("span", { class: "source" }, papers(node.properties.support))];
    const list = element("ul", { class: "relationships" }, ...most.map((node) => element("li", {}, ...item(node))));
    return [element("h3", {}, "Most supported"), list];
  }

  function showNode(node) {
    const { abstract, aliases, authors, year, venue, support, score, former_ids: former } = node.properties;
    const address = node.group === "Paper" ? addressOf(node.properties) : (node.properties.url ?? "");
    highlight(new Set([node.id, ...edgesOf.get(node.id).flatMap((edge) => [edge.from, edge.to])]));
    show(
      element("p", { class: "kind" }, swatch(node.group), node.group),
      element("h2", {}, node.name),
      address ? element("p", {}, link(address)) : null,
      fields([
        ["Also", aliases?.join(", ")],
        ["Authors", authors?.join(", ")],
        ["Year", year === undefined ? undefined : String(year)],
        ["Venue", venue],
        ["Support", support === undefined ? undefined : papers(support)],
        ["Score", score === undefined ? undefined : percent(score)],
        ["Id", node.id],
        ["Formerly", former?.join(", ")],
      ]),
      abstract ? element("details", {}, element("summary", {}, "Abstract"), element("p", {}, abstract)) : null,
      ...relationshipGroups(node),
    );
  }

  /** The relationships of a node, under one heading for each type and direction. */
  function relationshipGroups(node) {
    const groups = new Map();
    for (const edge of edgesOf.get(node.id)) {
      const heading = edge.from === node.id ? words(edge.type) : `${words(edge.type)} this`;
      if (!groups.has(heading)) groups.set(heading, { type: edge.type, edges: [] });
      groups.get(heading).edges.push(edge);
    }
    return [...groups].sort(([a], [b]) => a.localeCompare(b)).flatMap(([heading, group]) => {
      const sorted = group.edges.sort(
        (a, b) => (b.properties.support ?? 0) - (a.properties.support ?? 0) || b.properties.score - a.properties.score,
      );
      const list = element("ul", { class: "relationships" });
      const rest = sorted.map((edge) => relationship(edge, edge.from === node.id ? edge.to : edge.from));
      list.append(...rest.splice(0, RELATIONSHIPS));
      const more = rest.length === 0 ? null : button({ class: "more" }, () => {
        list.append(...rest);
        more.remove();
      }, `Show ${rest.length} more`);
      return [element("h3", { title: data.types[group.type] }, `${heading} (${sorted.length})`), list, more].filter(Boolean);
    });
  }

  /** One relationship: its other end, the sentence, and where that stands. */
  function relationship(edge, otherId) {
    return element("li", {}, end(nodesById.get(otherId)), ...statement(edge));
  }

  function end(node) {
    return button({ class: "end", "data-id": node.id }, () => focus(node.id), swatch(node.group), element("span", {}, node.name));
  }

  function statement(edge) {
    const { evidence, link: address } = edge.properties;
    return [
      address ? element("div", {}, link(address)) : null,
      evidence ? element("blockquote", {}, evidence) : null,
      element("div", { class: "source" }, sourceOf(edge), paperLink(edge)),
    ];
  }

  /** Score, support and origin of a relationship in words. */
  function sourceOf({ properties: { score, support, extractor } }) {
    return [
      score === undefined ? null : `score ${percent(score)}`,
      support === undefined ? null : papers(support),
      extractor?.startsWith("derived:") ? "derived by rule" : null,
    ]
      .filter(Boolean)
      .join(", ");
  }

  /** For a relationship that is gathered from several papers: the one whose sentence is shown. */
  function paperLink({ properties: { paper } }) {
    if (paper === undefined) return null;
    const drawn = nodesById.get(paper);
    const line = element("div", {}, "in: ");
    if (drawn) line.append(end(drawn));
    else line.append(link(addressOf(data.cited[paper] ?? {}), data.cited[paper]?.title ?? paper));
    return line;
  }

  function showEdge(edge) {
    highlight(new Set([edge.from, edge.to]));
    show(
      element("p", { class: "kind" }, "Relationship"),
      element("h2", {}, words(edge.type)),
      element("p", { class: "muted" }, data.types[edge.type] ?? ""),
      fields([
        ["From", end(nodesById.get(edge.from))],
        ["To", end(nodesById.get(edge.to))],
      ]),
      ...statement(edge).filter(Boolean),
    );
  }

  // ---------------------------------------------------------------------------------------------------------------- search

  const search = document.getElementById("search");
  const matches = document.getElementById("matches");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const index = data.nodes.map((node) => ({ node, names: [node.name, ...(node.properties.aliases ?? [])] }));
  let active = -1;

  /** How well a name answers a folded query: 0 the same, 1 begins with it, 2 a word does, 3 holds it, 4 not at all. */
  function distance(name, query) {
    const folded = fold(name);
    const at = folded.indexOf(query);
    if (at < 0) return 4;
    if (at === 0) return folded.length === query.length ? 0 : 1;
    return /[\p{L}\p{N}]/u.test(folded[at - 1]) ? 3 : 2;
  }

  /** The nodes whose name or alias answers the text, best first, each with the name that does. */
  function find(text) {
    const query = fold(text.trim());
    if (query === "") return [];
    return index
      .map(({ node, names }) => {
        // The name itself comes first, so an alias is taken only where it answers better, and then counts for a little less.
        const far = names.map((name, position) => distance(name, query) + (position > 0 ? 0.5 : 0));
        const least = Math.min(...far);
        return { node, name: names[far.indexOf(least)], far: least };
      })
      .filter(({ far }) => far < 4)
      .sort((a, b) => a.far - b.far || byImportance(a.node, b.node))
      .slice(0, MATCHES);
  }

  function listMatches() {
    const found = find(search.value);
    const options = found.map(({ node, name }, position) => {
      const option = element(
        "li",
        { role: "option", id: `match-${position}`, "data-id": node.id },
        swatch(node.group),
        element("span", {}, node.name, name === node.name ? null : element("span", { class: "muted" }, ` ${name}`)),
      );
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault(); // keeps the focus in the search box until the choice is made
        choose(node.id);
      });
      return option;
    });
    const none = element("li", { class: "none" }, "Nothing here is called that");
    matches.replaceChildren(...(options.length > 0 ? options : [none]));
    openMatches(search.value.trim() !== "");
    activate(options.length > 0 ? 0 : -1);
  }

  function openMatches(open) {
    matches.hidden = !open;
    search.setAttribute("aria-expanded", String(open));
    if (!open) activate(-1);
  }

  function activate(position) {
    const options = matches.querySelectorAll("[role=option]");
    active = options.length === 0 ? -1 : Math.min(position, options.length - 1);
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
    if (active < 0) search.removeAttribute("aria-activedescendant");
    else {
      search.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    }
  }

  function choose(id) {
    openMatches(false);
    focus(id);
  }

  search.addEventListener("input", listMatches);
  search.addEventListener("blur", () => openMatches(false));
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && matches.hidden) listMatches();
    else if (event.key === "ArrowDown") activate(active + 1);
    else if (event.key === "ArrowUp") activate(Math.max(active - 1, 0));
    else if (event.key === "Escape") openMatches(false);
    else if (event.key === "Enter") {
      if (matches.hidden) listMatches();
      if (active >= 0) choose(matches.querySelectorAll("[role=option]")[active].dataset.id);
    } else return;
    event.preventDefault();
  });

  // ----------------------------------------------------------------------------------------------------------------- start

  if (nodesById.has(data.focus)) {
    network.selectNodes([data.focus]);
    showNode(nodesById.get(data.focus));
  } else showOverview();
  network.once("afterDrawing", () => {
    document.documentElement.dataset.ready = "true";
  });
  network.fit({ animation: false });
  network.redraw();
  window.kg = { network, nodes, edges };
})();
