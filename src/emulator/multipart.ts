/** The parts of a multipart body; null where it is none. */
export async function readMultipart(body: Buffer, contentType: string): Promise<FormData | null> {
  try {
    const whole = new Response(withoutEpilogue(body, contentType), {
      headers: { 'content-type': contentType },
    });
    return await whole.formData();
  } catch {
    return null;
  }
}

/** What follows the last boundary is to be ignored (RFC 2046, 5.1.1): slack-go writes that boundary twice. */
function withoutEpilogue(body: Buffer, contentType: string): Buffer {
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return body;
  const end = `\r\n--${boundary}--`;
  const at = body.indexOf(end);
  return at === -1 ? body : Buffer.concat([body.subarray(0, at + end.length), Buffer.from('\r\n')]);
}
