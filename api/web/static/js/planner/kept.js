// Unsaved strokes and the steps behind them, kept in this browser so that a reload loses nothing.

const NAME = 'gridsvc-drafts';
const STORE = 'drafts';
const VERSION = 2; // of what is kept: steps as one array of numbers each

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion) asked.result.deleteObjectStore(STORE); // of a version before, whose steps were kept otherwise
      asked.result.createObjectStore(STORE);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function run(mode, act) {
  return open().then(
    (database) =>
      new Promise((resolve, reject) => {
        const work = database.transaction(STORE, mode);
        const asked = act(work.objectStore(STORE));
        work.oncomplete = () => {
          database.close();
          resolve(asked.result);
        };
        work.onerror = () => {
          database.close();
          reject(work.error);
        };
      }),
  );
}

// A browser that keeps nothing (private window, full disk) still edits; it only forgets on reload.
export const readKept = (key) => run('readonly', (store) => store.get(key)).catch(() => undefined);
export const writeKept = (key, value) => run('readwrite', (store) => store.put(value, key)).catch(() => undefined);
export const dropKept = (key) => run('readwrite', (store) => store.delete(key)).catch(() => undefined);
