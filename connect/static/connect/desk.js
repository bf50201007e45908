// Keys of the moderators' desk: one letter decides. None of them works while somebody writes.
document.addEventListener("keydown", (event) => {
  const reason = document.getElementById("reason");
  if (event.key === "Escape" && document.activeElement === reason) {
    reason.blur();
    return;
  }
  const writing = document.activeElement.matches("input:not([type=checkbox]), textarea, select");
  if (writing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "o") document.getElementById("profile").click();
  if (event.key === "t") document.getElementById("share")?.click();
  if (event.key === "e" && reason) {
    event.preventDefault();
    reason.focus();
  }
  const button = document.querySelector(`#decide button[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  if ("needsReason" in button.dataset && !reason.value.trim()) {
    reason.focus();
    return;
  }
  button.click();
});

document.getElementById("template")?.addEventListener("change", (event) => {
  const reason = document.getElementById("reason");
  if (event.target.value) reason.value = event.target.value;
});

// Sent once: a second press while the answer is on its way must not decide on the next record.
document.getElementById("decide")?.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
