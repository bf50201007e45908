// Recovery codes are shown once: they can be copied, or kept as a file. They go nowhere else.
const codes = [...document.querySelectorAll("#codes li")].map((code) => code.textContent).join("\n");

document.getElementById("download").href = `data:text/plain;charset=utf-8,${encodeURIComponent(codes)}\n`;
document.getElementById("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(codes);
  document.getElementById("copied").textContent = "Copied.";
});
document.getElementById("keep").hidden = false;
