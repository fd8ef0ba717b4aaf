/** The part of undici that delivery needs, by its file: the index loads fetch, WebSocket and caches as well. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}
