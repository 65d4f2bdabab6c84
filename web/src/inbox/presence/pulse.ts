// A clock of its own thread: in a tab that nobody sees, browsers slow the page's own clock down to once a minute, and the server
// forgets a page after 25 seconds.
setInterval(() => postMessage(0), 15_000);
