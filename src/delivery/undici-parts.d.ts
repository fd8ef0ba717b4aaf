/** The parts of undici that delivery needs, by their files: the index loads fetch, WebSocket and caches as well. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}

declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici';
}
