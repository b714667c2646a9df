/** Decodes a server-sent event stream (WHATWG HTML 9.2) piece by piece, wherever the network cut it. */

export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
}

/** A decoder of one stream: takes its bytes in order, returns the events that became whole. */
export function createEventDecoder(): (bytes: Uint8Array) => StreamEvent[] {
  const decoder = new TextDecoder();
  let rest = '';
  let type = '';
  let data: string[] = [];

  function line(text: string): StreamEvent[] {
    if (text === '') {
      const event = { type: type || 'message', data: data.join('\n') };
      const isEmpty = data.length === 0;
      type = '';
      data = [];
      return isEmpty ? [] : [event];
    }
    const [, field, value = ''] = /^([^:]*)(?::[ ]?(.*))?$/s.exec(text) ?? [];
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
    return [];
  }

  return (bytes) => {
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?=[^\n])/);
    rest = lines.pop() ?? '';
    return lines.flatMap(line);
  };
}
