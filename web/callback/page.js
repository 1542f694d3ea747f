"use strict";
(() => {
  const { status, connection, origins } = document.querySelector("main").dataset;
  const opener = window.opener;
  if (!opener || !connection) return;
  for (const origin of origins.split(" ").filter(Boolean)) {
    try {
      opener.postMessage({ type: "send-to-crm:connection", connectionId: connection, status }, origin);
    } catch {
      continue; // not an origin: the others are still told
    }
  }
  if (status !== "active") return;
  document.getElementById("closing").textContent = "This window closes by itself.";
  setTimeout(() => window.close(), 1500);
})();
