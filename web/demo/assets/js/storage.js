// What the browser keeps. Storage that is switched off, full or holds something else is as good as empty: the page works
// without it and only forgets sooner.

/** recall reads a value, or gives the fallback. */
export function recall(storage, place, fallback) {
  try {
    return JSON.parse(window[storage].getItem(place)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** keep stores a value; undefined removes it. storage is "localStorage" or "sessionStorage". */
export function keep(storage, place, value) {
  try {
    if (value === undefined) window[storage].removeItem(place);
    else window[storage].setItem(place, JSON.stringify(value));
  } catch {
    return;
  }
}
