// The photograph beside the figures: larger, smaller, turned, by buttons, keys, wheel and two fingers.
const STEPS = [100, 125, 150, 200, 300, 400];

for (const viewer of document.querySelectorAll("[data-viewer]")) {
  const frame = viewer.querySelector("[data-viewer-frame]");
  const image = viewer.querySelector("[data-viewer-image]");
  const told = viewer.querySelector("[data-viewer-zoom]");
  const full = viewer.querySelector("[data-viewer-full]");
  const fingers = new Map();
  let apart = 0;

  const zoomTo = (index) => {
    const step = STEPS[Math.min(Math.max(index, 0), STEPS.length - 1)];
    const before = Number(frame.dataset.zoom);
    // What is in the middle stays there.
    const x = (frame.scrollLeft + frame.clientWidth / 2) / before;
    const y = (frame.scrollTop + frame.clientHeight / 2) / before;
    frame.dataset.zoom = step;
    told.textContent = `${step} %`;
    frame.scrollTo(x * step - frame.clientWidth / 2, y * step - frame.clientHeight / 2);
  };
  const now = () => STEPS.indexOf(Number(frame.dataset.zoom));
  const steps = {
    larger: () => zoomTo(now() + 1),
    smaller: () => zoomTo(now() - 1),
    turn: () => { frame.dataset.turn = (Number(frame.dataset.turn) + 90) % 360; },
  };
  const keys = { "+": "larger", "=": "larger", "-": "smaller", r: "turn", R: "turn" };

  viewer.querySelector("[data-viewer-tools]").hidden = false;
  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("[data-viewer-do]");
    if (button) steps[button.dataset.viewerDo]();
    const page = event.target.closest("[data-viewer-page]");
    if (!page) return;
    event.preventDefault();
    image.src = full.href = page.href;
    image.alt = page.dataset.alt;
    for (const each of viewer.querySelectorAll("[data-viewer-page]")) each.removeAttribute("aria-current");
    page.setAttribute("aria-current", "true");
  });
  viewer.addEventListener("keydown", (event) => {
    const step = keys[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    steps[step]();
  });
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomTo(now() + (event.deltaY < 0 ? 1 : -1));
  }, { passive: false });

  const distance = () => {
    const [one, other] = [...fingers.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };
  const lifted = (event) => fingers.delete(event.pointerId);
  frame.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) apart = distance();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (fingers.size !== 2) return;
    const ratio = distance() / apart;
    if (ratio > 1.25 || ratio < 0.8) {
      zoomTo(now() + (ratio > 1 ? 1 : -1));
      apart = distance();
    }
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) frame.addEventListener(end, lifted);
}
