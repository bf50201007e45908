// The queue by keyboard: j and k walk, Enter opens (each row's link has the focus), x chooses for a decision on several.
const links = [...document.querySelectorAll(".cell-name a")];
const boxes = [...document.querySelectorAll("input[name=record]")];
const everything = document.getElementById("all");
const bar = document.getElementById("bar");
const reason = document.getElementById("reason");
const problem = document.getElementById("problem");
const dialog = document.getElementById("keys");

const walk = (step) => {
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
};

const count = () => {
  const chosen = boxes.filter((box) => box.checked).length;
  bar.hidden = chosen === 0;
  document.getElementById("how-many").textContent = chosen;
  everything.checked = chosen === boxes.length;
  everything.indeterminate = chosen > 0 && chosen < boxes.length;
  boxes.forEach((box) => box.closest("tr").classList.toggle("chosen", box.checked));
};

boxes.forEach((box) => box.addEventListener("change", count));
everything?.addEventListener("change", () => {
  boxes.forEach((box) => (box.checked = everything.checked));
  count();
});
if (bar) count(); // a browser that goes back keeps what was chosen

reason?.addEventListener("input", () => (problem.textContent = ""));
document.getElementById("chosen")?.addEventListener("submit", (event) => {
  if ("needsReason" in event.submitter.dataset && !reason.value.trim()) {
    event.preventDefault();
    problem.textContent = `A reason is needed to ${event.submitter.value}.`;
    reason.focus();
  } else if (event.target.dataset.sent) {
    event.preventDefault();
  } else {
    event.target.dataset.sent = "yes";
  }
});

document.getElementById("keys-button")?.addEventListener("click", () => dialog.showModal());

const KEYS = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => document.activeElement.closest("tr")?.querySelector("input[name=record]")?.click(),
  n: () => document.getElementById("start")?.click(),
  z: () => document.querySelector("button[data-key=z]")?.click(),
  "/": () => document.getElementById("search").focus(),
  "?": () => dialog?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.activeElement.matches("input")) return document.activeElement.blur();
  const writing = document.activeElement.matches("input:not([type=checkbox]), select, textarea");
  if (writing || dialog?.open || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
