// Shows how far a decision on many is, until it is finished.
const EVERY = 1000;

const refresh = async () => {
  const shown = document.getElementById("progress");
  if ("finished" in shown.dataset) return;
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("progress");
    if (fresh) shown.replaceWith(fresh);
  } catch {
    // the server is away for a moment: the next time will tell
  }
  setTimeout(refresh, EVERY);
};

setTimeout(refresh, EVERY);
