/** A datagram socket under test: what was sent is kept, what arrives is put in by hand and overwritten afterwards. */
import type { DatagramChannel, DatagramHandlers, Endpoint } from '../../transport/channel.ts';

export function at(address: string, port: number): Endpoint {
  return { text: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`, address, port };
}

export class FakeDatagrams implements DatagramChannel {
  readonly local: Endpoint;
  readonly sent: { readonly bytes: Uint8Array; readonly to: Endpoint }[] = [];
  closed = false;
  #handlers: DatagramHandlers | null = null;

  constructor(local: Endpoint = at('127.0.0.1', 2049)) {
    this.local = local;
  }

  start(handlers: DatagramHandlers): void {
    this.#handlers = handlers;
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    this.sent.push({ bytes: bytes.slice(), to });
  }

  close(): void {
    this.closed = true;
    this.#handlers?.closed({ kind: 'closed' });
  }

  receive(bytes: Uint8Array, from: Endpoint): void {
    // In the middle of a buffer, as Node hands them out.
    const lent = new Uint8Array(bytes.length + 16).subarray(8, 8 + bytes.length);
    lent.set(bytes);
    this.#handlers?.message(lent, from);
    lent.fill(0xa5);
  }
}
