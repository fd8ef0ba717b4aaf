import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import type { EventOf } from './protocol.ts';

/** Slack's error code where the beginning of a response says `"ok": false`; null where it does not. */
export function refusalIn({ encoding, data }: EventOf<'reply'>): string | null {
  const text = encoding === '' ? data : decompressed(encoding, Buffer.from(data, 'base64'));
  if (!/"ok"\s*:\s*false/.test(text)) return null;
  return /"error"\s*:\s*"([^"]{1,100})"/.exec(text)?.[1] ?? 'unknown';
}

/** As much as the beginning of a compressed response gives. */
function decompressed(encoding: string, data: Buffer): string {
  try {
    return decompress(encoding, data).toString('utf8');
  } catch {
    return '';
  }
}

function decompress(encoding: string, data: Buffer): Buffer {
  if (encoding === 'br') return brotliDecompressSync(data, { finishFlush: constants.BROTLI_OPERATION_FLUSH });
  if (encoding === 'gzip') return gunzipSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
  return inflateSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
}
