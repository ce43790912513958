/**
 * One call being served, as its handler sees it. The AbortSignal is made when it is read; most handlers never do.
 */
import type { OpaqueAuth, Procedure } from '../codec/rpc/index.ts';
import type { CallContext, ConnectionView } from './peer-types.ts';

export class ServedCall implements CallContext {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: Procedure;
  readonly credential: OpaqueAuth;
  readonly connection: ConnectionView;
  /** set once nobody waits for the result any more */
  #aborted: Error | null = null;
  #controller: AbortController | null = null;

  constructor(
    xid: number,
    program: number,
    version: number,
    procedure: Procedure,
    credential: OpaqueAuth,
    connection: ConnectionView,
  ) {
    this.xid = xid;
    this.program = program;
    this.version = version;
    this.procedure = procedure;
    this.credential = credential;
    this.connection = connection;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#aborted !== null) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  /** Nobody waits for the result any more: the connection is gone, or its time is up. */
  abort(reason: Error): void {
    if (this.#aborted !== null) return;
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }

  get aborted(): boolean {
    return this.#aborted !== null;
  }
}
