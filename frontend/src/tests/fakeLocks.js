/** Gives the browser locks, as many tabs share them; what asks for one waits for its turn. */
export function haveLocks() {
  let asked = 0;
  let last = Promise.resolve();
  const locks = {
    request(name, ...rest) {
      const task = rest.at(-1);
      if (rest.length > 1 && rest[0].ifAvailable && asked) return Promise.resolve(task(null));
      asked += 1;
      const run = last
        .then(() => task({ name }))
        .finally(() => {
          asked -= 1;
        });
      last = run.catch(() => {});
      return run;
    },
  };
  Object.defineProperty(navigator, "locks", { value: locks, configurable: true });
  return locks;
}
