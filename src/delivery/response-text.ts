import { TextDecoder } from 'node:util';

/** Bytes of a response that are kept, decoded or not: many times what Slack sends, so that no server can fill the memory. */
export const longestBody = 4 * 1024 * 1024;

const limited = { maxOutputLength: longestBody };
const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => zlib().gunzipSync(body, limited),
  'x-gzip': (body) => zlib().gunzipSync(body, limited),
  br: (body) => zlib().brotliDecompressSync(body, limited),
  // RFC 9110 means zlib's format; some servers send the bare one.
  deflate: (body) =>
    isZlib(body) ? zlib().inflateSync(body, limited) : zlib().inflateRawSync(body, limited),
};

const utf8 = new TextDecoder();

/** A response's body as text. What can't be decoded, although nothing but `identity` was asked for, is left as it came. */
export function responseText(chunks: readonly Buffer[], encoding: string | string[] | undefined): string {
  const [only] = chunks;
  // Nearly every response is one chunk, which needs no copy.
  const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  return utf8.decode(encoding === undefined ? body : decoded(body, encoding));
}

function decoded(body: Buffer, encoding: string | string[]): Buffer {
  const names = [encoding].flat().join(',').toLowerCase().split(',');
  try {
    return names.reduceRight((bytes, name) => decoders[name.trim()]?.(bytes) ?? bytes, body);
  } catch {
    return body;
  }
}

/** Loaded only where a response is compressed: a thread starts sooner without it. */
function zlib() {
  return process.getBuiltinModule('node:zlib');
}

function isZlib(body: Buffer): boolean {
  return ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}
