import { ensureReported, type Tracked } from './requests.cjs';
import { emitSoon } from './sink.cjs';

const keptBytes = 1024;
const none: Buffer[] = [];

/** Looks at a response's chunks, and at its end. */
export interface Sniffer {
  chunk(chunk: unknown): void;
  end(): void;
}

/**
 * Keeps the beginning of a JSON response, since Slack says `"ok": false` with status 200. Only what says so is reported;
 * a compressed beginning is handed on to be read elsewhere.
 */
class ResponseSniffer implements Sniffer {
  readonly #tracked: Tracked;
  readonly #encoding: string;
  #chunks: Buffer[] = none;
  #bytes = 0;
  #done = false;

  constructor(tracked: Tracked, encoding: string) {
    this.#tracked = tracked;
    this.#encoding = encoding;
  }

  chunk(chunk: unknown): void {
    if (this.#done) return;
    const bytes = asBuffer(chunk);
    if (bytes === null) return;
    if (this.#encoding === '' && this.#bytes === 0 && beginsWell(bytes)) {
      this.#done = true;
      return;
    }
    if (this.#chunks === none) this.#chunks = [];
    // A copy: the client may use its buffer again.
    this.#chunks.push(Buffer.from(bytes.subarray(0, keptBytes - this.#bytes)));
    this.#bytes += bytes.length;
    this.report(this.#bytes >= keptBytes || this.#encoding === '');
  }

  /** Before the response's end is reported: what is kept belongs to it. */
  end(): void {
    if (!this.#done) this.report(true);
  }

  #send(data: string): void {
    this.#tracked.refused = this.#encoding === '';
    ensureReported(this.#tracked);
    emitSoon({ e: 'reply', r: this.#tracked.r, encoding: this.#encoding, data });
  }

  private report(enough: boolean): void {
    if (!enough) return;
    const begin = Buffer.concat(this.#chunks);
    if (this.#encoding === '') {
      const text = begin.toString('utf8');
      const verdict = saysNotOk(text);
      if (verdict === null && this.#bytes < keptBytes) return;
      this.#done = true;
      this.#chunks = [];
      if (verdict === true) this.#send(text);
      return;
    }
    this.#done = true;
    this.#chunks = [];
    if (begin.length > 0) this.#send(begin.toString('base64'));
  }
}

/** Of lines that come as there is news, and that nobody can read before their end. */
class LineSniffer implements Sniffer {
  readonly #tracked: Tracked;
  #begun = false;
  /** Some servers write the end of a line before the next one. */
  #endsBefore = false;

  constructor(tracked: Tracked) {
    this.#tracked = tracked;
  }

  chunk(chunk: unknown): void {
    const bytes = asBuffer(chunk);
    if (bytes === null || bytes.length === 0) return;
    if (!this.#begun) this.#endsBefore = bytes[0] === newline || bytes[0] === carriageReturn;
    this.#begun = true;
    this.#tracked.isInLine = !this.#endsBefore && bytes.at(-1) !== newline;
  }

  end(): void {}
}

const newline = 10;
const carriageReturn = 13;

/** A sniffer for a response that may carry `"ok": false`, or null. */
export function snifferFor(
  tracked: Tracked,
  status: number,
  contentType: string,
  encoding: string,
): Sniffer | null {
  if (isLines(contentType))
    return encoding === '' || encoding === 'identity' ? new LineSniffer(tracked) : null;
  // A stand-in for Slack often names no type, or the wrong one.
  if (status !== 200 || !mayBeJson(contentType)) return null;
  return new ResponseSniffer(tracked, encoding === 'identity' ? '' : encoding);
}

let lastType = '';
let lastIsLines = false;
let lastMayBeJson = true;

/** Responses of one kind follow each other. */
function mayBeJson(contentType: string): boolean {
  learnType(contentType);
  return lastMayBeJson;
}

function isLines(contentType: string): boolean {
  learnType(contentType);
  return lastIsLines;
}

function learnType(contentType: string): void {
  if (contentType !== lastType) {
    lastType = contentType;
    lastIsLines = /event-stream|ndjson/i.test(contentType);
    lastMayBeJson = /^$|json|text\/plain/i.test(contentType);
  }
}

const good = Buffer.from('{"ok":true');

function beginsWell(bytes: Buffer): boolean {
  if (bytes.length >= good.length) {
    let index = 0;
    while (index < good.length && bytes[index] === good[index]) index++;
    if (index === good.length) return true;
  }
  return saysNotOk(bytes.toString('latin1', 0, 200)) === false;
}

/** Null while it is too early to say. */
function saysNotOk(text: string): boolean | null {
  if (/"ok"\s*:\s*false/.test(text)) return /"error"\s*:\s*"[^"]*"/.test(text) ? true : null;
  if (/"ok"\s*:\s*true/.test(text)) return false;
  return null;
}

function asBuffer(chunk: unknown): Buffer | null {
  if (chunk instanceof Buffer) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return null;
}
