// A decision can be undone for some seconds: the button says how many are left, and goes when they are over.
const countDown = (button) => {
  const left = document.createElement("span");
  button.append(" ", left);
  const end = performance.now() + 1000 * button.dataset.seconds;
  const count = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds <= 0) return button.remove();
    left.textContent = `${seconds} s`;
    setTimeout(count, 250);
  };
  count();
};

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("button[data-seconds]").forEach(countDown);
});
