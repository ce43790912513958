/**
 * The one error class of connecting and listening. What breaks later is a channel's CloseReason.
 */

/**
 * BAD_TARGET: no target, or one this cannot serve: certificate files that are none, say. UNREACHABLE: nobody took the
 * connection. IN_USE: the address to listen on is taken. TLS: handshake or certificate refused. STARTTLS: the other
 * side does not do RFC 9289 as it must. SSH: ssh gave up. TIMEOUT: not ready in time.
 */
export type TransportErrorCode =
  | 'BAD_TARGET'
  | 'UNREACHABLE'
  | 'IN_USE'
  | 'TLS'
  | 'STARTTLS'
  | 'SSH'
  | 'TIMEOUT';

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function isTransportError(e: unknown): e is TransportError {
  return e instanceof TransportError;
}
