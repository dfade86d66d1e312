"use strict";
(() => {
  const find = (query, within = document) => [...within.querySelectorAll(query)];
  const controls = document.getElementById("controls");
  const details = document.getElementById("details");
  const count = document.getElementById("count");
  const [text, namespace, component, fitted] =
    ["text", "namespace", "component", "fit"].map((id) => document.getElementById(id));
  const rows = new Map(find("#facts tbody tr").map((row) => [row.id, row]));
  const pictures = find(".picture").map((picture) => ({
    picture,
    nodes: find(".node", picture),
    edges: find(".edge", picture),
    labels: new Map(find("text.label", picture).map((it) => [it.dataset.label, it])),
  }));
  let chosen = null;

  const matches = (row) => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const title = row.querySelector("th a").textContent.toLowerCase();
    const tables = row.dataset.component.split("\n");
    return words.every((it) => title.includes(it))
      && (!namespace.value || row.dataset.namespace === namespace.value)
      && (!component.value || tables.includes(component.value));
  };

  const filter = () => {
    const isFiltered = text.value.trim() || namespace.value || component.value;
    const shown = new Set([...rows].filter(([, row]) => matches(row)).map(([id]) => id));
    for (const [id, row] of rows) row.hidden = !shown.has(id);
    for (const { nodes, edges, labels } of pictures) {
      for (const node of nodes) node.classList.toggle("out", !shown.has(node.dataset.node));
      for (const label of labels.values()) label.classList.add("out");
      for (const edge of edges) {
        const isOut = !shown.has(edge.dataset.from) && !shown.has(edge.dataset.to);
        edge.classList.toggle("out", isOut);
        if (!isOut) labels.get(edge.dataset.label)?.classList.remove("out");
      }
    }
    count.textContent = isFiltered ? `${shown.size} of ${rows.size}` : "";
  };

  const toggle = () => {
    for (const box of find("input[name=show]", controls)) {
      document.getElementById(box.value).hidden = !box.checked;
    }
  };

  // As small as the window wants it, and as large as eyes do.
  const fit = () => {
    for (const { picture } of pictures) {
      const own = picture.viewBox.baseVal.width;
      const width = Math.min(own, Math.max(picture.parentElement.clientWidth, 0.5 * own));
      picture.setAttribute("width", fitted.checked ? width : own);
      picture.setAttribute("height", picture.viewBox.baseVal.height * picture.getAttribute("width") / own);
    }
  };

  const show = (id) => {
    const row = rows.get(id);
    details.replaceChildren();
    details.hidden = !row;
    if (!row) return;
    const add = (name, content) => {
      const element = document.createElement(name);
      element.append(...content);
      details.append(element);
      return element;
    };
    add("h2", [row.querySelector("th a").textContent]);
    const close = add("button", ["Close"]);
    close.type = "button";
    close.addEventListener("click", () => choose(null));
    for (const note of find("th .note", row)) details.append(note.cloneNode(true));
    for (const cell of find("td", row)) {
      if (!cell.childNodes.length) continue;
      add("h3", [cell.dataset.title]);
      add("div", [...cell.cloneNode(true).childNodes]);
    }
  };

  const choose = (id) => {
    rows.get(chosen)?.classList.remove("chosen");
    chosen = rows.has(id) && id !== chosen ? id : null;
    rows.get(chosen)?.classList.add("chosen");
    for (const { picture, nodes, edges, labels } of pictures) {
      const near = new Set();
      for (const label of labels.values()) label.classList.remove("near");
      for (const edge of edges) {
        const { from, to, label } = edge.dataset;
        const isNear = chosen !== null && (from === chosen || to === chosen);
        edge.classList.toggle("near", isNear);
        if (isNear) {
          near.add(from).add(to);
          labels.get(label)?.classList.add("near");
        }
      }
      for (const node of nodes) {
        const isChosen = node.dataset.node === chosen;
        node.classList.toggle("chosen", isChosen);
        node.classList.toggle("near", near.has(node.dataset.node));
        if (isChosen) node.setAttribute("aria-current", "true");
        else node.removeAttribute("aria-current");
      }
      picture.classList.toggle("has-chosen", nodes.some((it) => it.dataset.node === chosen));
    }
    show(chosen);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#n']");
    if (!link) return;
    event.preventDefault();
    choose(link.getAttribute("href").slice(1));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") choose(null);
  });
  const update = () => { toggle(); fit(); filter(); };
  controls.addEventListener("input", update);
  controls.addEventListener("reset", () => setTimeout(() => { update(); choose(null); }));
  window.addEventListener("resize", fit);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.hidden = false;
  fitted.defaultChecked = window.innerWidth > 720;
  update();
  if (location.hash) choose(location.hash.slice(1));
})();
