"use strict";
// Without this script everything is there, folded by the browser itself.
const controls = document.getElementById("controls");
const find = document.getElementById("find");
const rule = document.getElementById("rule");
const count = document.getElementById("count");
const unfold = document.getElementById("unfold");
const changes = Array.from(document.querySelectorAll("details.change"));

function show() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const change of changes) {
    const text = change.textContent.toLowerCase();
    const isMeant = words.every((word) => text.includes(word));
    const hasRule = !rule.value || change.dataset.rules.split(" ").includes(rule.value);
    change.hidden = !(isMeant && hasRule);
    shown += change.hidden ? 0 : 1;
  }
  count.textContent = shown === changes.length ? "" : `${shown} of ${changes.length}`;
}

controls.hidden = false;
controls.addEventListener("submit", (event) => event.preventDefault());
controls.addEventListener("input", show);
controls.addEventListener("reset", () => setTimeout(show));
unfold.addEventListener("click", () => {
  const open = changes.some((change) => !change.hidden && !change.open);
  for (const change of changes) {
    change.open = open && !change.hidden;
  }
  unfold.textContent = open ? "Fold all" : "Unfold all";
});
