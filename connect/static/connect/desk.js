// Keys of the moderators' desk: one letter decides. None of them works while somebody writes, but Ctrl-Enter.
const form = document.getElementById("decide");
const reason = document.getElementById("reason");
const problem = document.getElementById("problem");
const chips = [...document.querySelectorAll(".desk-chip")];

const buttonOf = (decision) => form?.querySelector(`button[value="${CSS.escape(decision)}"]`);
const armed = () => form?.querySelector("[data-armed]");

// What Ctrl-Enter will decide: the decision that was chosen last.
const arm = (button) => {
  armed()?.removeAttribute("data-armed");
  button?.setAttribute("data-armed", "");
};

const lacksReason = (button) => button && "needsReason" in button.dataset && !reason.value.trim();

const askForReason = (button) => {
  arm(button);
  problem.textContent = `A reason is needed to ${button.value}.`;
  reason.setAttribute("aria-invalid", "true");
  reason.focus();
};

const useReason = (chip) => {
  reason.value = chip.dataset.reason;
  reason.dispatchEvent(new Event("input"));
  chips.forEach((other) => other.setAttribute("aria-pressed", String(other === chip)));
  arm(buttonOf(chip.dataset.decision));
};

reason?.addEventListener("input", () => {
  problem.textContent = "";
  reason.removeAttribute("aria-invalid");
});
chips.forEach((chip) => chip.addEventListener("click", () => useReason(chip)));

// Sent once: a second press while the answer is on its way must not decide on the next record.
form?.addEventListener("submit", (event) => {
  if (lacksReason(event.submitter)) {
    event.preventDefault();
    askForReason(event.submitter);
  } else if (form.dataset.sent) {
    event.preventDefault();
  } else {
    form.dataset.sent = "yes";
  }
});

const decideAsArmed = () => {
  if (armed()) armed().click();
  else problem.textContent = "Choose a decision first, by its key or a reason's number.";
};

document.addEventListener("keydown", (event) => {
  if (event.repeat) return;
  if (event.key === "Escape" && document.activeElement === reason) return reason.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && reason) {
    event.preventDefault();
    return decideAsArmed();
  }
  const writing = document.activeElement.matches("input:not([type=checkbox]), textarea, select");
  if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "o") document.getElementById("profile")?.click();
  if (event.key === "t") document.getElementById("share")?.click();
  if (event.key === "e" && reason) {
    event.preventDefault();
    reason.focus();
  }
  if (chips[event.key - 1]) useReason(chips[event.key - 1]);
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
