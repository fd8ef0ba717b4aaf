/**
 * By these a function's name says that it sends something. How much of the list a reader believes depends on what it
 * concludes: `surely` where a word alone accuses, `perhaps` where it is one sign among others.
 */
const surely = 'notif|send|post|publish|deliver|webhook';
const likely = `${surely}|fetch|request|slack|expir`;
const perhaps = `${likely}|push|remind|alert|announce`;

export const sendingWords = { surely, likely, perhaps };

/** HTTP clients that are called by their own names. */
export const clientNames = 'fetch|axios|got|ky|needle|superagent|undici|phin|wretch|ofetch|\\$fetch';
