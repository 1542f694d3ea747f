// Package callback is the page that a browser sees after a CRM's consent, where the host gave no return URL.
//
// It has two readers. The window that opened it, if there is one, is told by postMessage
//
//	{type: "send-to-crm:connection", connectionId, status}
//
// sent to each allowed origin and to no other. The person reads whether it worked and that the window can be closed;
// after a success it closes itself. The page has no request to make, so its policy forbids everything but the style
// and the script that are part of it.
package callback
