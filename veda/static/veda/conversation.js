// The conversation goes on by itself: the page is fetched again, and what was said is put in place. The form stays, with
// what is being typed. Each look also tells that whoever is in the conversation is still there.
'use strict';

(() => {
  const SECONDS = 3;
  const reply = document.querySelector('#reply');

  const isAtEnd = () => window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;

  function put(page, name) {
    const [mine, fresh] = [document.querySelector(name), page.querySelector(name)];
    if (!mine || !fresh) throw new Error('the page is another one now');
    if (mine.innerHTML === fresh.innerHTML) return false;
    mine.replaceChildren(...fresh.childNodes);
    return true;
  }

  /** What was opened stays open. */
  function putEntries(page) {
    const opened = [...document.querySelectorAll('#entries article')].map((entry) => entry.querySelector('details')?.open);
    [...page.querySelectorAll('#entries article')].forEach((entry, place) => {
      const details = entry.querySelector('details');
      if (details && opened[place]) details.open = true;
    });
    const atEnd = isAtEnd();
    if (put(page, '#entries') && atEnd) window.scrollTo(0, document.body.scrollHeight);
  }

  /** Not a word stays on the page of what may no longer be read; what staff typed does. */
  function close(why) {
    document.querySelector('#entries').replaceChildren();
    document.querySelector('#state').textContent = why.textContent;
    document.querySelector('.steps').replaceChildren();
    if (reply) reply.querySelector('[type=submit]').disabled = true;
  }

  /** Whether it may be read still. */
  async function look() {
    const answer = await fetch(location.href, { headers: { 'X-Veda-Look': 'again' } });
    if (answer.status === 403) {
      const why = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#not-readable');
      if (why) {
        close(why);
        return false;
      }
    }
    if (!answer.ok || answer.redirected) throw new Error('signed out');
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    putEntries(page);
    put(page, '#state');
    return true;
  }

  (async () => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
      try {
        if (!(await look())) return;
      } catch {
        document.querySelector('#state').textContent =
          'The conversation isn’t followed just now. Load the page again; what you typed below is not sent.';
      }
    }
  })();

  if (reply) {
    let toldAt = 0;
    reply.content.addEventListener('input', () => {
      if (Date.now() - toldAt < SECONDS * 1000) return;
      toldAt = Date.now();
      fetch(reply.dataset.typing, {
        method: 'POST',
        headers: { 'X-CSRFToken': reply.querySelector('[name=csrfmiddlewaretoken]').value },
      }).catch(() => {});
    });
    reply.content.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) reply.requestSubmit();
    });
    reply.addEventListener('submit', () => {
      reply.querySelector('[type=submit]').disabled = true;
    });
    reply.content.focus({ preventScroll: true });
    window.scrollTo(0, document.body.scrollHeight);
  }
})();
