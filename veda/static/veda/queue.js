// New decisions appear by themselves: the page is fetched again, and only what changed in its list is put in place, so
// that no choice that was made, and nothing that is being typed, is lost.
'use strict';

(() => {
  const SECONDS = 5;
  const list = () => document.querySelector('#result_list tbody');
  const state = document.querySelector('#queue-state');
  if (!state) return;

  const keyOf = (row) => row.querySelector('input.action-select')?.value;
  const keyed = (body) => new Map([...body.rows].map((row) => [keyOf(row), row]));

  let news = 0;
  function renew(old, fresh) {
    const [was, is] = [keyed(old), keyed(fresh)];
    news += [...is.keys()].filter((key) => !was.has(key)).length;
    let before = null;
    for (const [key, row] of is) {
      let mine = was.get(key);
      if (!mine) {
        mine = document.adoptNode(row);
        mine.classList.add('is-new');
      } else if (!mine.querySelector('input.action-select')?.checked) {
        [...row.cells].slice(1).forEach((cell, place) => mine.cells[place + 1].replaceWith(cell));
      }
      const next = before ? before.nextElementSibling : old.firstElementChild;
      if (mine !== next) old.insertBefore(mine, next);
      before = mine;
    }
    for (const [key, row] of was) {
      if (!is.has(key) && !row.querySelector('input.action-select')?.checked) row.remove();
    }
  }

  async function look() {
    if (document.hidden) return;
    const answer = await fetch(location.href, { headers: { 'X-Veda-Look': 'again' } });
    if (!answer.ok || answer.redirected) throw new Error('signed out');
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const [fresh, mine] = [page.querySelector('#result_list tbody'), list()];
    if (fresh && mine) renew(mine, fresh);
    else if (Boolean(fresh) !== Boolean(mine)) {
      const [there, here] = ['#changelist-form', '#changelist-form'].map((name, place) =>
        (place ? document : page).querySelector(name),
      );
      here.replaceWith(there);
      news += fresh?.rows.length ?? 0;
    }
    for (const name of ['.paginator', '#changelist-search .quiet']) {
      const [old, now] = [document, page].map((whose) => whose.querySelector(name));
      if (old && now) old.replaceWith(now);
    }
    const requests = document.querySelector('#help-requests');
    const freshRequests = page.querySelector('#help-requests');
    if (freshRequests && requests.innerHTML !== freshRequests.innerHTML) {
      requests.replaceChildren(...freshRequests.childNodes);
    }
    const told = news ? `${news} new since you opened this page.` : '';
    if (state.textContent !== told) state.textContent = told;
  }

  const untilNextLook = () =>
    new Promise((resolve) => {
      setTimeout(resolve, SECONDS * 1000);
      document.addEventListener('visibilitychange', resolve, { once: true });
    });

  (async () => {
    for (;;) {
      await untilNextLook();
      try {
        await look();
      } catch {
        state.textContent = 'This list isn’t followed just now: no connection, or you were signed out.';
      }
    }
  })();
})();
