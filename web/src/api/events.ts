export interface ServerEvent { event: string; data: string }

/**
 * Server-sent events read from a response's body: EventSource cannot send the
 * token's header. Chunks may end anywhere, also inside a character.
 */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let event = 'message';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (data.length) yield { event, data: data.join('\n') };
          [event, data] = ['message', []];
          continue;
        }
        const colon = line.indexOf(':');
        if (colon === 0) continue; // a comment that keeps the line open
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'event') event = text;
        if (field === 'data') data.push(text);
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
